import { Decimal } from '../flow/0-decimal.js';
import type { MarketSymbol } from '../flow/0-primitives.js';
import { ExchangeUnavailable, type PositionReading } from './exchange.port.js';
import { isRecord, type JsonRecord } from './exchange-answer.js';
import { malformed, readDecimal, readList, readRecord, readSymbol, readText, readTime } from './answer-fields.js';

const ZERO = new Decimal(0);
const PLACE = 'positionRisk[]';

/**
 * Positions by symbol from a `GET /fapi/v3/positionRisk` answer, flat rows left out. Only a complete answer counts: one
 * row that cannot be read, or a hedge-mode position, makes all of it {@link ExchangeUnavailable}, never flat.
 */
export function readPositions(answer: unknown): Map<MarketSymbol, PositionReading> {
  const positions = new Map<MarketSymbol, PositionReading>();
  for (const item of readList(answer, 'positionRisk')) {
    const row = readRecord(item, PLACE);
    const amount = readDecimal(row, 'positionAmt', PLACE);
    const positionSide = readText(row, 'positionSide', PLACE);
    if (amount.isZero()) continue;
    const symbol = readSymbol(row, PLACE);
    if (positionSide !== 'BOTH') {
      throw new ExchangeUnavailable(
        `${symbol} has a ${positionSide} position of ${amount.toFixed()}: the account is in hedge mode, in which reduce-only orders do not exist. Switch it to one-way mode.`,
      );
    }
    if (positions.has(symbol)) throw malformed(PLACE, 'one row per symbol', symbol);
    positions.set(symbol, readPosition(row, symbol, amount));
  }
  return positions;
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
    updateTimeMs: readTime(row, 'updateTime', PLACE),
  };
}

/** Version 3 tells no leverage: it is what the notional is of the margin put up for it. `0` where that is not told. */
function leverageOf(row: JsonRecord): string {
  if (typeof row.leverage === 'string' && row.leverage !== '') return row.leverage;
  if (row.notional === undefined || row.positionInitialMargin === undefined) return '0';
  const margin = readDecimal(row, 'positionInitialMargin', PLACE);
  return margin.gt(0) ? readDecimal(row, 'notional', PLACE).abs().div(margin).toFixed(0) : '0';
}

/** A symbol without a position. `markPrice` 0 says that no price could be read. */
export function flatPosition(symbol: MarketSymbol, markPrice: Decimal): PositionReading {
  return { symbol, amount: ZERO, entryPrice: ZERO, markPrice, unrealizedPnl: ZERO, leverage: '0', updateTimeMs: 0 };
}

/** Mark prices by symbol from a `premiumIndex` answer for one symbol or all; rows without a price are left out. */
export function readMarkPrices(answer: unknown): Map<string, Decimal> {
  const prices = new Map<string, Decimal>();
  for (const row of Array.isArray(answer) ? answer : [answer]) {
    if (!isRecord(row) || typeof row.symbol !== 'string') throw malformed('premiumIndex[]', 'a price by symbol', row);
    const price = readDecimal(row, 'markPrice', 'premiumIndex[]');
    if (price.gt(0)) prices.set(row.symbol, price);
  }
  return prices;
}
