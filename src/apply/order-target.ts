import { type Decimal, toPlainString } from '../flow/0-decimal.js';
import {
  encodeTakenUp,
  isAnotherPosition,
  leftToTarget,
  parseTakenUp,
  type TakenUp,
  takeUp,
} from '../flow/1-standing.js';
import type { MarketRules } from '../exchange/exchange.port.js';
import type { AttemptStanding } from '../redis/stores/journal-requests.js';
import type { Attempt } from './attempt.js';
import { notSent, type Outcome } from './outcomes.js';

/** What the order of an attempt may close, from the target of its standing proposal and the position in its permit. */
export interface OrderTarget {
  readonly takenUp: TakenUp;
  /** Still to be closed; 0 for a stop. */
  readonly left: Decimal;
}

/**
 * The target of an attempt, fixed when its proposal was taken up. If no fresh position was known then, it is fixed now from the
 * position in the Position Brain's permit. Returns an outcome when the position has turned or grown since.
 */
export function targetOf(
  attempt: Attempt,
  standing: AttemptStanding,
  amount: Decimal,
  rules: MarketRules,
  nowMs: number,
): OrderTarget | Outcome {
  const stored = parseTakenUp(standing.takenUp);
  if (stored === 'unreadable')
    return notSent(attempt, 'permit_invalid', 'the standing proposal in the journal cannot be read');
  const share = attempt.step.step === 'UPDATE_SL' ? undefined : attempt.step.pct;
  const takenUp = stored ?? takeUp({ amount, step: rules.stepSize }, share, standing.episode, nowMs);
  if (isAnotherPosition(amount, takenUp, rules.stepSize)) {
    const reason = `the position is ${toPlainString(amount)} now and was ${toPlainString(takenUp.amount)} when the proposal was taken up: it has turned or grown`;
    return notSent(attempt, 'position_changed', reason);
  }
  return { takenUp, left: leftToTarget(amount, takenUp) };
}

/** Nothing is left to close; the reason gives the remaining position. */
export function targetReached(
  attempt: Attempt,
  identity: string,
  target: OrderTarget,
  amount: Decimal,
  smallest: Decimal,
): Outcome {
  const { takenUp, left } = target;
  const goal = takenUp.target === undefined ? '' : toPlainString(takenUp.target);
  const reason = left.gt(0)
    ? `the position is ${toPlainString(amount)} and its target ${goal}: the remainder of ${toPlainString(left)} is less than ${toPlainString(smallest)}, the smallest quantity that can be closed`
    : `the position is ${toPlainString(amount)} and its target ${goal}: nothing is left to close`;
  return {
    ...notSent(attempt, 'target_reached', reason, { exchange_position_amt: amount, target: takenUp.target }),
    decision: 'SKIP',
    state: 'SKIPPED',
    standing: { identity, takenUp: encodeTakenUp({ ...takenUp, isDone: true }), isDone: true },
  };
}
