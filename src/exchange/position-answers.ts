import { Decimal, parseDecimal } from '../flow/0-decimal.js';
import { printable } from '../flow/0-outside-text.js';
import type { MarketSymbol } from '../flow/0-primitives.js';
import { ExchangeUnavailable, type PositionReading } from './exchange.port.js';
import { isRecord, type JsonRecord } from './exchange-answer.js';
import { malformed, readDecimal, readList, readTime } from './answer-fields.js';
import { readSymbolRows, type SymbolRows } from './answer-rows.js';

const ZERO = new Decimal(0);
const PLACE = 'positionRisk[]';

/**
 * The positions of a `GET /fapi/v3/positionRisk` answer, flat rows left out. A symbol whose row cannot be read, or that has
 * two, is named among the faults: it is not flat. A position of hedge mode, of whatever symbol, makes all of the answer
 * {@link ExchangeUnavailable}.
 */
export function readPositions(answer: unknown): SymbolRows<PositionReading> {
  refuseHedgeMode(answer);
  const rows = readSymbolRows(answer, 'positionRisk', (row, symbol) => {
    const amount = readDecimal(row, 'positionAmt', PLACE);
    if (amount.isZero()) return undefined;
    if (row.positionSide !== 'BOTH') throw malformed(`${PLACE}.positionSide`, 'BOTH', row.positionSide);
    return readPosition(row, symbol, amount);
  });
  const twice = [...rows.read].filter(([, readings]) => readings.length > 1).map(([symbol]) => symbol);
  if (twice.length === 0) return rows;
  return {
    ...rows,
    read: new Map([...rows.read].filter(([symbol]) => !twice.includes(symbol))),
    faults: new Map([
      ...rows.faults,
      ...twice.map((each) => [each, malformed(PLACE, 'one row per symbol', each).message] as const),
    ]),
  };
}

function refuseHedgeMode(answer: unknown): void {
  for (const row of readList(answer, 'positionRisk')) {
    if (!isRecord(row) || (row.positionSide !== 'LONG' && row.positionSide !== 'SHORT')) continue;
    const amount = parseDecimal(String(row.positionAmt));
    if (amount === undefined || amount.isZero()) continue;
    throw new ExchangeUnavailable(
      `${printable(String(row.symbol))} has a ${row.positionSide} position of ${amount.toFixed()}: the account is in hedge mode, in which reduce-only orders do not exist. Switch it to one-way mode.`,
    );
  }
}

function readPosition(row: JsonRecord, symbol: MarketSymbol, amount: Decimal): PositionReading {
  const markPrice = readDecimal(row, 'markPrice', PLACE);
  if (!markPrice.gt(0)) throw malformed(`${PLACE}.markPrice`, 'above zero', row.markPrice);
  return {
    symbol,
    amount,
    entryPrice: readDecimal(row, 'entryPrice', PLACE),
    markPrice,
    unrealizedPnl: readDecimal(row, 'unRealizedProfit', PLACE),
    leverage: leverageOf(row),
    markPriceAgeMs: 0,
    updateTimeMs: readTime(row, 'updateTime', PLACE),
  };
}

/** Version 3 has no leverage: it is notional divided by initial margin. `0` when one of them is missing. */
function leverageOf(row: JsonRecord): string {
  if (typeof row.leverage === 'string' && row.leverage !== '') return row.leverage;
  if (row.notional === undefined || row.positionInitialMargin === undefined) return '0';
  const margin = readDecimal(row, 'positionInitialMargin', PLACE);
  return margin.gt(0) ? readDecimal(row, 'notional', PLACE).abs().div(margin).toFixed(0) : '0';
}

/** A symbol without a position. `markPrice` is 0 when no price could be read. */
export function flatPosition(symbol: MarketSymbol, markPrice: Decimal, markPriceAgeMs: number): PositionReading {
  return {
    symbol,
    amount: ZERO,
    entryPrice: ZERO,
    markPrice,
    markPriceAgeMs,
    unrealizedPnl: ZERO,
    leverage: '0',
    updateTimeMs: 0,
  };
}
