import type { Account } from './account.js';
import { Decimal, ZERO } from './decimal.js';
import { type Order, type PositionSide, remaining, type Side } from './model.js';
import type { Orders } from './orders.js';
import { refuse } from './wire-error.js';

type Direction = { readonly symbol: string; readonly side: Side; readonly positionSide: PositionSide };

/** Whether an order may only shrink its position: flagged so, or selling LONG / buying SHORT in hedge mode. */
export function onlyCloses(order: { side: Side; positionSide: PositionSide; reduceOnly: boolean }): boolean {
  const hedgeClose =
    (order.positionSide === 'LONG' && order.side === 'SELL') ||
    (order.positionSide === 'SHORT' && order.side === 'BUY');
  return order.reduceOnly || hedgeClose;
}

/** How much of the position an order in this direction would take away; zero when it would add to it. */
export function opposedAmount(account: Account, direction: Direction): Decimal {
  const amount = account.position(direction.symbol, direction.positionSide).amount;
  if (amount.isZero() || amount.isNegative() === (direction.side === 'SELL')) return ZERO;
  return amount.abs();
}

/**
 * The quantity a closing order is accepted with. What resting closing orders already claim is not available twice.
 * A reduce-only MARKET order above what is left is cut to it; any other closing order above it is refused.
 * @throws WireError -2022 nothing to reduce, or larger than the position; -4118 resting orders have claimed it
 */
export function closingQuantity(
  account: Account,
  orders: Orders,
  order: Direction & { quantity: Decimal; type: 'MARKET' | 'LIMIT'; reduceOnly: boolean },
): Decimal {
  const held = opposedAmount(account, order);
  if (held.isZero()) throw refuse.reduceOnly();
  let left = held;
  for (const resting of closingOrders(orders, order)) left = left.minus(remaining(resting));
  if (left.lte(0)) throw refuse.restingReduceOnly();
  if (order.quantity.lte(left)) return order.quantity;
  if (order.type === 'MARKET' && order.reduceOnly) return left;
  throw order.quantity.gt(held) ? refuse.reduceOnly() : refuse.restingReduceOnly();
}

/** Open closing orders that are too large for their position, newest first. */
export function surplusClosingOrders(account: Account, orders: Orders, symbol: string): Order[] {
  const surplus: Order[] = [];
  const claimed = new Map<string, Decimal>();
  for (const order of orders.open(symbol)) {
    if (!onlyCloses(order)) continue;
    const key = `${order.positionSide}|${order.side}`;
    const total = (claimed.get(key) ?? ZERO).plus(remaining(order));
    if (total.gt(opposedAmount(account, order))) surplus.push(order);
    else claimed.set(key, total);
  }
  return surplus;
}

function closingOrders(orders: Orders, direction: Direction): Order[] {
  return orders
    .open(direction.symbol)
    .filter(
      (order) => onlyCloses(order) && order.side === direction.side && order.positionSide === direction.positionSide,
    );
}
