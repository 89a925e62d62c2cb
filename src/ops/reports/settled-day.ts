import { Decimal, toPlainString } from '../../flow/0-decimal.js';
import { planOfOrder } from '../../flow/4-order.js';
import type { SettledTrade } from '../../exchange/exchange.port.js';
import type { AssetSumAnswer, ClosedTradeAnswer } from './day-report.dto.js';

/** One trade of the account. */
export interface DayTrade {
  readonly symbol: string;
  readonly trade: SettledTrade;
  /** Of its order, where it is known. */
  readonly clientOrderId: string | undefined;
  /** The position before it, where it is known: positive for long. */
  readonly before: Decimal | undefined;
}

const ZERO = new Decimal(0);
const DECIMALS = 8;

/** What a profit in a symbol is counted in: Binance names its USD-M symbols after it. */
function settledIn(symbol: string): string {
  return /(USDT|USDC|BUSD|FDUSD|TUSD|USD1|BTC)(?:_\d{6})?$/.exec(symbol)?.[1] ?? 'unknown';
}

export const signedQuantity = ({ side, quantity }: SettledTrade): Decimal =>
  side === 'BUY' ? quantity : quantity.neg();

/** By time, and as the exchange counts them within a millisecond. */
export const inOrder = (trades: readonly SettledTrade[]): SettledTrade[] =>
  trades.toSorted((a, b) => a.timeMs - b.timeMs || new Decimal(a.tradeId).cmp(b.tradeId));

/** How much of a trade has closed a position; what is left of it has opened one. */
function closedQuantity({ trade, clientOrderId = '', before }: DayTrade): Decimal {
  const { side, positionSide, quantity, realizedPnl } = trade;
  if (positionSide !== 'BOTH') return (positionSide === 'LONG') === (side === 'SELL') ? quantity : ZERO;
  // Our orders only reduce.
  if (planOfOrder(clientOrderId) !== undefined) return quantity;
  const isAgainst = before !== undefined && !before.isZero() && before.isPositive() === (side === 'SELL');
  const closed = isAgainst ? Decimal.min(before.abs(), quantity) : ZERO;
  // Without the position, a profit or a loss says that something was closed.
  return closed.isZero() && !realizedPnl.isZero() ? quantity : closed;
}

/** The exchange books (exit - entry) × quantity for a long position and its negative for a short one. */
function entryPrice({ side, price, realizedPnl }: SettledTrade, closed: Decimal): Decimal {
  const gained = realizedPnl.div(closed);
  return (side === 'SELL' ? price.minus(gained) : price.plus(gained)).toDecimalPlaces(DECIMALS);
}

/** Both parts together are the fee to the last digit. */
function closingFee({ commission, quantity }: SettledTrade, closed: Decimal): Decimal {
  return closed.eq(quantity) ? commission : commission.mul(closed).div(quantity).toDecimalPlaces(DECIMALS);
}

function closedTrade({ symbol, trade, clientOrderId = '' }: DayTrade, closed: Decimal): ClosedTradeAnswer {
  return {
    at_ms: trade.timeMs,
    symbol,
    side: trade.side,
    quantity: toPlainString(closed),
    opened_quantity: toPlainString(trade.quantity.minus(closed)),
    entry_price: toPlainString(entryPrice(trade, closed)),
    exit_price: toPlainString(trade.price),
    realized_pnl: toPlainString(trade.realizedPnl),
    pnl_asset: settledIn(symbol),
    fee: toPlainString(closingFee(trade, closed)),
    fee_asset: trade.commissionAsset,
    order_id: trade.orderId,
    trade_id: trade.tradeId,
    plan_id: planOfOrder(clientOrderId) ?? null,
  };
}

/** What the trades of a day have closed, and their sums by asset: exactly, as the exchange has booked them. */
export function settledDay(trades: readonly DayTrade[]): {
  readonly closed: readonly ClosedTradeAnswer[];
  readonly openingTrades: number;
  readonly sums: readonly AssetSumAnswer[];
} {
  const sums = new Map<string, { pnl: Decimal; fees: Decimal; openingFees: Decimal }>();
  const add = (asset: string, what: 'pnl' | 'fees' | 'openingFees', amount: Decimal): void => {
    const sum = sums.get(asset) ?? { pnl: ZERO, fees: ZERO, openingFees: ZERO };
    sums.set(asset, { ...sum, [what]: sum[what].plus(amount) });
  };
  const closed: ClosedTradeAnswer[] = [];
  let openingTrades = 0;
  for (const each of trades.toSorted((a, b) => a.trade.timeMs - b.trade.timeMs)) {
    const { commission, commissionAsset, quantity, realizedPnl } = each.trade;
    const part = closedQuantity(each);
    const fee = part.isZero() ? ZERO : closingFee(each.trade, part);
    if (!part.isZero()) {
      closed.push(closedTrade(each, part));
      add(settledIn(each.symbol), 'pnl', realizedPnl);
      add(commissionAsset, 'fees', fee);
    }
    if (part.lt(quantity)) {
      openingTrades += 1;
      add(commissionAsset, 'openingFees', commission.minus(fee));
    }
  }
  return {
    closed,
    openingTrades,
    sums: [...sums].map(([asset, { pnl, fees, openingFees }]) => ({
      asset,
      realized_pnl: toPlainString(pnl),
      fees: toPlainString(fees),
      net: toPlainString(pnl.minus(fees)),
      opening_fees: toPlainString(openingFees),
    })),
  };
}
