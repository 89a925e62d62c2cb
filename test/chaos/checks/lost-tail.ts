import { Decimal } from 'decimal.js';
import type { Evidence } from '../evidence.js';
import { ownOrder } from './orders.js';
import { type Violation, violation } from './violation.js';

/**
 * When Redis lost its last writes, its records may lag behind the exchange. Then: every order had both
 * permits as they were issued, is reduce-only, no bigger than the position and never over it; a result that says
 * `executed=True` has its fill; and a symbol whose ledger is not the exchange's amount trades no further.
 */
export function lostTail(evidence: Evidence): Violation[] {
  return [...shrinks(evidence), ...permitted(evidence), ...filled(evidence), ...blocked(evidence)];
}

function shrinks({ records, scenario }: Evidence): Violation[] {
  const found: Violation[] = [];
  const positions = new Map(Object.entries(scenario.positions).map(([symbol, start]) => [symbol, new Decimal(start)]));
  for (const trade of records.trades) {
    const before = positions.get(trade.symbol) ?? new Decimal(0);
    const after = trade.side === 'BUY' ? before.plus(trade.quantity) : before.minus(trade.quantity);
    positions.set(trade.symbol, after);
    if (after.abs().lt(before.abs()) && (after.isZero() || after.isNegative() === before.isNegative())) continue;
    const plan = ownOrder(trade.clientOrderId)?.planId ?? '';
    found.push(
      violation(
        'only-smaller',
        `${trade.clientOrderId}: ${trade.symbol} went from ${before.toFixed()} to ${after.toFixed()}`,
        plan,
      ),
    );
  }
  for (const order of records.orders) {
    if (!order.reduceOnly) found.push(violation('only-smaller', `${order.clientOrderId} is not reduce-only`));
  }
  return found;
}

function permitted({ records, permitEvents }: Evidence): Violation[] {
  return records.orders.flatMap(({ clientOrderId, origType }) => {
    const own = ownOrder(clientOrderId);
    if (own === undefined || origType !== 'MARKET') return [];
    const allowed = (issuer: string): boolean =>
      permitEvents.some(
        ({ fields }) =>
          fields['plan_id'] === own.planId &&
          fields['attempt'] === own.attempt &&
          fields['issuer'] === issuer &&
          fields['verdict'] === 'allow',
      );
    const missing = ['governor', 'p33'].filter((issuer) => !allowed(issuer));
    if (missing.length === 0) return [];
    return [violation('two-keys', `order ${clientOrderId} without a permit of ${missing.join(' and ')}`, own.planId)];
  });
}

function filled({ results, records }: Evidence): Violation[] {
  return results.flatMap(({ fields }) => {
    const { plan_id: planId = '', attempt = '', executed } = fields;
    if (executed !== 'True') return [];
    const isIts = (id: string): boolean => ownOrder(id)?.planId === planId && ownOrder(id)?.attempt === attempt;
    const shown =
      records.trades.some(({ clientOrderId }) => isIts(clientOrderId)) ||
      records.algoOrders.some(({ clientAlgoId }) => isIts(clientAlgoId));
    if (shown) return [];
    return [
      violation('truthful', `plan ${planId} attempt ${attempt}: executed=True, and the exchange shows no fill`, planId),
    ];
  });
}

/** A symbol whose ledger was off in the end was asked once more: nothing may have been sent for it. */
function blocked({ probes, records }: Evidence): Violation[] {
  return probes.flatMap(({ symbol, sinceMs }) => {
    const order = records.orders.find((each) => each.symbol === symbol && each.acceptedAtMs >= sinceMs);
    if (order === undefined) return [];
    const what = `${symbol}: ${order.clientOrderId} was accepted although the ledger was not the exchange's amount`;
    return [violation('blocks-when-off', what, ownOrder(order.clientOrderId)?.planId ?? '')];
  });
}
