import { Decimal, toPlainString } from './0-decimal.js';
import type { JsonObject } from './0-json.js';
import type { PlanId, ResolutionOutcome } from './0-primitives.js';
import type { Side } from './4-order.js';
import type { Result, StepResult, TerminalState } from './5-result.js';

/** The order of a claimed attempt, as its journal has it. */
export interface UnsettledOrder {
  readonly planId: PlanId;
  readonly symbol: string;
  readonly attempt: number;
  /** `UPDATE_SL` for a stop. */
  readonly step: string;
  readonly side: Side;
  readonly quantity: Decimal | undefined;
  readonly clientOrderId: string;
  /** The market's step, if the permit stated it. */
  readonly stepSize: Decimal | undefined;
  /** Since then the exchange takes the order no more; Redis' clock. A market order fills when it is taken, if at all. */
  readonly acceptUntilMs: number;
  readonly waitMs: number | undefined;
}

export interface Resolution {
  readonly outcome: ResolutionOutcome;
  readonly executedQty: Decimal;
  readonly by: string;
  readonly reason: string;
}

export type Resolved = { readonly ok: true; readonly result: Result } | { readonly ok: false; readonly detail: string };

const STATE = {
  filled: 'FILLED',
  partly_filled: 'PARTLY_FILLED',
  placed: 'PLACED',
  not_found: 'NOT_FOUND',
} as const satisfies Record<ResolutionOutcome, TerminalState>;

/** The result of a resolution, with the evidence that was held of the order, or why it is refused: a quantity that the order could not have filled is refused. */
export function resolveOrder(order: UnsettledOrder, resolution: Resolution, evidence: JsonObject): Resolved {
  const fault = outcomeFault(order, resolution) ?? quantityFault(order, resolution);
  if (fault !== undefined) return { ok: false, detail: fault };
  const { outcome, executedQty, by, reason } = resolution;
  const absent = outcome === 'not_found';
  const step: StepResult = {
    step: order.step,
    status: outcome,
    details: { resolved: 'by an operator', by, reason, evidence },
    orderId: '',
    side: order.side,
    quantity: order.quantity,
    executedQty,
    avgPrice: undefined,
    clientOrderId: order.clientOrderId,
    filledAtMs: executedQty.gt(0) ? order.acceptUntilMs : 0,
  };
  return {
    ok: true,
    result: {
      planId: order.planId,
      symbol: order.symbol,
      decision: absent ? 'ERROR' : 'EXECUTE',
      executed: !absent,
      wouldExecute: true,
      steps: [step],
      error: absent ? 'order_not_found' : '',
      reason: `resolved by ${by}: ${reason}`,
      attempt: order.attempt,
      waitMs: order.waitMs,
      clientOrderId: order.clientOrderId,
      state: STATE[outcome],
    },
  };
}

function outcomeFault({ step }: UnsettledOrder, { outcome }: Resolution): string | undefined {
  const isStop = step === 'UPDATE_SL';
  if (isStop && outcome !== 'placed' && outcome !== 'not_found')
    return `the order is a stop: it was placed, or not found, not ${outcome}`;
  return !isStop && outcome === 'placed'
    ? 'only a stop is placed; this order filled, partly filled or was not found'
    : undefined;
}

function quantityFault({ quantity, stepSize }: UnsettledOrder, resolution: Resolution): string | undefined {
  const { outcome, executedQty } = resolution;
  const given = toPlainString(executedQty);
  if (outcome === 'not_found' || outcome === 'placed')
    return executedQty.isZero()
      ? undefined
      : `executed_qty is ${given}; with ${outcome} nothing was executed: 0 is needed`;
  if (quantity === undefined) return 'the journal does not say how much was ordered';
  const ordered = toPlainString(quantity);
  if (!executedQty.gt(0)) return `executed_qty is ${given}; more than 0 is needed with ${outcome}`;
  if (!executedQty.lte(quantity)) return `executed_qty is ${given}; the order was for ${ordered}`;
  if (stepSize?.gt(0) === true && !executedQty.mod(stepSize).isZero())
    return `executed_qty is ${given}; a multiple of the market's step ${toPlainString(stepSize)} is needed`;
  const whole = executedQty.eq(quantity);
  if (outcome === 'filled' && !whole) return `executed_qty is ${given} of ${ordered}: that is partly_filled`;
  return outcome === 'partly_filled' && whole
    ? `executed_qty is the whole order of ${ordered}: that is filled`
    : undefined;
}
