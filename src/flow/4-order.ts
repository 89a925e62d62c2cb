import { Decimal, floorToStep } from './0-decimal.js';
import type { PlanId } from './0-primitives.js';

/** How far the estimate of the exchange's clock may be off when the end of a request's life is computed. */
export const CLOCK_SKEW_MS = 1_000;

export type Side = 'BUY' | 'SELL';

/** The side that shrinks a position of this signed amount: a short is bought back. */
export function reducingSide(positionAmt: Decimal): Side {
  return positionAmt.isNegative() ? 'BUY' : 'SELL';
}

/** A client order id holds this much of its plan id: a plan id that is found there in this length may have been cut. */
export const PLAN_ID_IN_ORDER = 24;

/**
 * The client order id of one step of one attempt: any process can derive it and look the order up. At most 36
 * characters of `[A-Za-z0-9_-]`, the exchange's rule; a foreign plan id keeps its first {@link PLAN_ID_IN_ORDER}.
 */
export function clientOrderIdOf(planId: PlanId, stepIndex: number, attempt: number): string {
  const safe = planId.replaceAll(/[^A-Za-z0-9_-]/g, '_').slice(0, PLAN_ID_IN_ORDER);
  return `pg-${safe}-${stepIndex}-${attempt}`;
}

/** What {@link clientOrderIdOf} makes. */
const OWN_ORDER = new RegExp(`^pg-([A-Za-z0-9_-]{1,${PLAN_ID_IN_ORDER}})-\\d{1,4}-\\d{1,9}$`);

/** The plan an order of this system belongs to; `undefined` for the orders of others. */
export function planOfOrder(clientOrderId: string): string | undefined {
  return OWN_ORDER.exec(clientOrderId)?.[1];
}

export interface QuantityLimits {
  readonly stepSize: Decimal;
  readonly minQty: Decimal;
  readonly maxQty: Decimal;
}

export type OrderQuantity =
  | {
      readonly kind: 'sendable';
      readonly quantity: Decimal;
      /** The exchange's maximum, when it was cut to it. */ readonly cutTo: Decimal | undefined;
    }
  | { readonly kind: 'below_step' };

/** Rounds down to the exchange's step and cuts to its market maximum; nothing is ever rounded up. */
export function orderQuantity(wanted: Decimal, limits: QuantityLimits): OrderQuantity {
  // NaN on either side is the result, and cannot be sent.
  const quantity = floorToStep(Decimal.min(wanted, limits.maxQty), limits.stepSize);
  if (!(quantity.gt(0) && quantity.gte(limits.minQty))) return { kind: 'below_step' };
  return { kind: 'sendable', quantity, cutTo: wanted.gt(limits.maxQty) ? quantity : undefined };
}
