import { Decimal, toPlainString } from '../../flow/0-decimal.js';
import { planOfOrder } from '../../flow/4-order.js';
import type { SettledTrade } from '../../exchange/exchange.port.js';
import type { AssetSumAnswer, ClosedTradeAnswer } from './day-report.dto.js';

/** One trade of the account, and the client order id of its order where it is known. */
export interface DayTrade {
  readonly symbol: string;
  readonly trade: SettledTrade;
  readonly clientOrderId: string | undefined;
}

const ZERO = new Decimal(0);
const PRICE_DECIMALS = 8;

/** What a profit in a symbol is counted in: Binance names its USD-M symbols after it. */
function settledIn(symbol: string): string {
  return /(USDT|USDC|BUSD|FDUSD|TUSD|USD1|BTC)(?:_\d{6})?$/.exec(symbol)?.[1] ?? 'unknown';
}

/** Our orders only reduce; of the others, those with a profit or a loss have closed something. */
function hasClosed({ trade, clientOrderId = '' }: DayTrade): boolean {
  return !trade.realizedPnl.isZero() || planOfOrder(clientOrderId) !== undefined;
}

/** The exchange books (exit - entry) × quantity for a long position and its negative for a short one. */
function entryPrice({ side, price, quantity, realizedPnl }: SettledTrade): Decimal {
  const gained = realizedPnl.div(quantity);
  return (side === 'SELL' ? price.minus(gained) : price.plus(gained)).toDecimalPlaces(PRICE_DECIMALS);
}

function closedTrade({ symbol, trade, clientOrderId = '' }: DayTrade): ClosedTradeAnswer {
  return {
    at_ms: trade.timeMs,
    symbol,
    side: trade.side,
    quantity: toPlainString(trade.quantity),
    entry_price: toPlainString(entryPrice(trade)),
    exit_price: toPlainString(trade.price),
    realized_pnl: toPlainString(trade.realizedPnl),
    pnl_asset: settledIn(symbol),
    fee: toPlainString(trade.commission),
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
  const ordered = trades.toSorted((a, b) => a.trade.timeMs - b.trade.timeMs);
  const closed = ordered.filter(hasClosed);
  for (const each of ordered) {
    const { commission, commissionAsset, realizedPnl } = each.trade;
    const isClosing = hasClosed(each);
    add(commissionAsset, isClosing ? 'fees' : 'openingFees', commission);
    if (isClosing) add(settledIn(each.symbol), 'pnl', realizedPnl);
  }
  return {
    closed: closed.map(closedTrade),
    openingTrades: ordered.length - closed.length,
    sums: [...sums].map(([asset, { pnl, fees, openingFees }]) => ({
      asset,
      realized_pnl: toPlainString(pnl),
      fees: toPlainString(fees),
      net: toPlainString(pnl.minus(fees)),
      opening_fees: toPlainString(openingFees),
    })),
  };
}
