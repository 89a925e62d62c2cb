import { Decimal } from '../flow/0-decimal.js';
import type { JsonObject } from '../flow/0-json.js';
import type { GovernorReason, ResultError } from '../flow/0-reasons.js';
import { ISSUER_LABEL, type Issuer } from '../flow/3-permit.js';
import type { Side } from '../flow/4-order.js';
import type { Result, StepResult, TerminalState } from '../flow/5-result.js';
import type { OrderReport } from '../exchange/exchange.port.js';
import type { Attempt } from './attempt.js';

/** How an attempt ended. `retryable` follows from error and reason when the result is recorded. */
export type Outcome = Omit<Result, 'planId' | 'symbol' | 'attempt'> & {
  /** The standing proposal to store when the attempt ended without an order; absent if it does not change. */
  readonly standing?: { readonly identity: string; readonly takenUp: string; readonly isDone: boolean };
};

/** The order that would have been sent, as far as it was known. */
export interface SentOrder {
  readonly clientOrderId: string;
  readonly side: Side | '';
  readonly quantity: Decimal | undefined;
}

const ZERO = new Decimal(0);
const NO_ORDER: SentOrder = { clientOrderId: '', side: '', quantity: undefined };

function step(attempt: Attempt, status: StepResult['status'], details: JsonObject, sent: SentOrder): StepResult {
  return {
    step: attempt.step.step,
    status,
    details,
    orderId: '',
    side: sent.side,
    quantity: sent.quantity,
    executedQty: ZERO,
    avgPrice: undefined,
    clientOrderId: sent.clientOrderId,
    filledAtMs: 0,
  };
}

/** Nothing was sent. While disarmed every result has the error `disarmed`, and the reason says what would have happened. */
export function notSent(
  attempt: Attempt,
  error: Exclude<ResultError, ''>,
  reason: string,
  details: JsonObject = {},
  waitMs?: number,
): Outcome {
  const disarmed = attempt.disarmed && error !== 'kill_switch_active';
  const state: TerminalState = error === 'permit_timeout' || error === 'plan_expired' ? 'EXPIRED' : 'BLOCKED';
  return {
    decision: 'BLOCKED',
    executed: false,
    wouldExecute: false,
    steps: [step(attempt, 'not_sent', details, NO_ORDER)],
    error: disarmed ? 'disarmed' : error,
    reason: disarmed && error !== 'disarmed' ? `would have ended ${error}: ${reason}` : reason,
    waitMs,
    clientOrderId: '',
    state: disarmed ? 'BLOCKED' : state,
  };
}

/**
 * An issuer said no. A plan that a person must approve waits for that, unless it sends an order again: that is over before a person
 * could answer.
 */
export function deniedBy(issuer: Issuer, attempt: Attempt, reason: string, context: JsonObject): Outcome {
  const outcome = notSent(attempt, issuer === 'governor' ? 'governor_denied' : 'p33_denied', reason, context);
  const isAsked = issuer === 'governor' && reason === ('approval_required' satisfies GovernorReason);
  if (!isAsked || attempt.disarmed || attempt.repeats !== undefined) return outcome;
  return { ...outcome, state: 'WAITING_APPROVAL' };
}

/** Nobody approved the plan before its proposal was too old, or it cannot have another attempt any more. */
export function approvalOver(attempt: Attempt, why: string, detail: string): Outcome {
  if (why === 'kill_switch_active') return notSent(attempt, why, detail);
  const outcome = notSent(attempt, 'governor_denied', 'approval_required' satisfies GovernorReason, {
    message: detail,
  });
  return why === 'proposal_stale' ? { ...outcome, state: 'EXPIRED' } : outcome;
}

export function missingPermits(attempt: Attempt, missing: readonly Issuer[], redisFault: boolean): Outcome {
  const reason = `missing: ${missing.map((issuer) => ISSUER_LABEL[issuer]).join(', ')}`;
  return notSent(attempt, redisFault ? 'permit_check_redis_error' : 'permit_timeout', reason);
}

/** A dry run that received both permits: what would have been sent. */
export function dryRun(attempt: Attempt, sent: SentOrder, details: JsonObject): Outcome {
  return {
    decision: attempt.disarmed ? 'BLOCKED' : 'EXECUTE',
    executed: false,
    wouldExecute: true,
    steps: [step(attempt, 'dry_run', details, sent)],
    error: attempt.disarmed ? 'disarmed' : '',
    reason: attempt.disarmed
      ? 'the system is disarmed; both permits were given'
      : 'dry_run: both permits were given, nothing was sent',
    waitMs: undefined,
    clientOrderId: '',
    state: attempt.disarmed ? 'BLOCKED' : 'SKIPPED',
  };
}

/** The exchange definitely did not accept the order. */
export function refusedByExchange(
  attempt: Attempt,
  error: 'order_rejected' | 'order_not_found' | 'exchange_unavailable',
  sent: SentOrder,
  details: JsonObject,
  waitMs: number | undefined,
): Outcome {
  const absent = error === 'order_not_found';
  return {
    decision: 'ERROR',
    executed: false,
    wouldExecute: true,
    steps: [step(attempt, absent ? 'not_found' : 'rejected', details, sent)],
    error,
    reason: typeof details['message'] === 'string' ? details['message'] : error,
    waitMs,
    clientOrderId: sent.clientOrderId,
    state: absent ? 'NOT_FOUND' : error === 'order_rejected' ? 'REJECTED' : 'BLOCKED',
  };
}

/** A final order, known from its report or from the user stream alone. */
export interface FinalOrder extends Pick<OrderReport, 'orderId' | 'side' | 'quantity' | 'executedQty'> {
  /** `unknown` where no report of the order was seen. */
  readonly status: OrderReport['status'] | 'unknown';
  readonly avgPrice: Decimal | undefined;
}

/** An order ends like this without a fill when the order book had no match, or when it was cancelled. Another attempt may fill. */
function isPassing(status: FinalOrder['status']): boolean {
  return status === 'EXPIRED' || status === 'EXPIRED_IN_MATCH' || status === 'CANCELED';
}

/** The outcome of a final order: `executed` is true only if something filled. */
export function filled(
  attempt: Attempt,
  order: FinalOrder,
  sent: SentOrder,
  filledAtMs: number,
  details: JsonObject,
  waitMs: number | undefined,
): Outcome {
  if (!order.executedQty.gt(0)) {
    const message = `the order ended ${order.status} without a fill`;
    const { orderId: order_id, status: order_status } = order;
    const said = { ...details, message, order_id, order_status };
    return refusedByExchange(
      attempt,
      isPassing(order.status) ? 'exchange_unavailable' : 'order_rejected',
      sent,
      said,
      waitMs,
    );
  }
  const whole = order.executedQty.gte(order.quantity);
  return {
    decision: 'EXECUTE',
    executed: true,
    wouldExecute: true,
    steps: [
      {
        ...step(attempt, whole ? 'filled' : 'partly_filled', { ...details, order_status: order.status }, sent),
        orderId: order.orderId,
        side: order.side,
        executedQty: order.executedQty,
        avgPrice: order.avgPrice,
        filledAtMs,
      },
    ],
    error: '',
    reason: '',
    waitMs,
    clientOrderId: sent.clientOrderId,
    state: whole ? 'FILLED' : 'PARTLY_FILLED',
  };
}

export function placedStop(
  attempt: Attempt,
  stopId: string,
  sent: SentOrder,
  details: JsonObject,
  waitMs: number | undefined,
): Outcome {
  return {
    decision: 'EXECUTE',
    executed: true,
    wouldExecute: true,
    steps: [{ ...step(attempt, 'placed', details, sent), orderId: stopId }],
    error: '',
    reason: '',
    waitMs,
    clientOrderId: sent.clientOrderId,
    state: 'PLACED',
  };
}
