import { Decimal } from './0-decimal.js';
import { planOfOrder, type Side } from './4-order.js';

/** What the position must be, computed from the explained fills. */
export interface Ledger {
  /** Signed: long above zero, short below. */
  readonly lastKnownAmt: Decimal;
  /** Fills at or before this time (Redis' clock, ms) are part of the amount already; 0 when nothing was adopted. */
  readonly asOfMs: number;
}

/** One report about one order: `executedQty` is cumulative. */
export interface Fill {
  readonly identity: string;
  readonly side: Side;
  readonly executedQty: Decimal;
  /** Redis' clock; `undefined` where unknown. */
  readonly timeMs: number | undefined;
  /** The steps of Redis' clock that `timeMs` includes. Without it, all that are known when the fill is reported. */
  readonly clockStepsMs?: number | 'unknown';
}

const EXCHANGE_ORDER_ID = /^[1-9]\d*$/;

/**
 * What the ledger counts a fill under, so that every report of one order finds the same count: an order of ours under its client
 * order id, which is derived before it is sent; every other order under the exchange's order id, because its client order id may
 * be used again. `name` where the report has no order id of the exchange.
 */
export function countedUnder(name: string, orderId: string): string {
  return planOfOrder(name) === undefined && EXCHANGE_ORDER_ID.test(orderId) ? orderId : name;
}

export type LedgerStep =
  | { readonly kind: 'applied'; readonly amount: Decimal; readonly increase: Decimal }
  /** Already counted, from an earlier report. */
  | { readonly kind: 'known' }
  /** Part of the adopted amount: marked, so that a later report of it does not count either. */
  | { readonly kind: 'covered' };

/**
 * Applies one fill report. `countedQty` is what was counted for this order so far: only an increase moves the ledger,
 * so a fill that arrives twice, or by result and by push, counts once.
 */
export function applyFill(ledger: Ledger, fill: Fill, countedQty: Decimal): LedgerStep {
  const increase = fill.executedQty.minus(countedQty);
  if (!increase.gt(0)) return { kind: 'known' };
  // A fill without a known time is counted: if the adopted amount included it, a drift shows; a fill that was left out might not show.
  if ((fill.timeMs ?? Infinity) <= ledger.asOfMs) return { kind: 'covered' };
  const signed = fill.side === 'BUY' ? increase : increase.neg();
  return { kind: 'applied', amount: ledger.lastKnownAmt.plus(signed), increase };
}

export function sideOfAmount(amount: Decimal): 'LONG' | 'SHORT' | 'NONE' {
  if (amount.isZero()) return 'NONE';
  return amount.isNegative() ? 'SHORT' : 'LONG';
}

/** Whether exchange and ledger agree: within `tolerancePct` of the exchange amount, and never less than half a step. */
export function toleranceOf(exchangeAmt: Decimal, tolerancePct: number, stepSize: Decimal): Decimal {
  return Decimal.max(exchangeAmt.abs().mul(tolerancePct).div(100), stepSize.div(2));
}
