import { type Decimal, plain } from '../flow/0-decimal.js';
import { encodeTakenUp, leftToTarget, parseTakenUp, type TakenUp, takeUp } from '../flow/1-standing.js';
import type { MarketRules } from '../exchange/exchange.port.js';
import type { AttemptStanding } from '../redis/stores/journal-requests.js';
import type { Attempt } from './attempt.js';
import { notSent, type Outcome } from './outcomes.js';

/** What an order of an attempt may close, from the target of its standing proposal and the position of its permit. */
export interface OrderTarget {
  readonly takenUp: TakenUp;
  /** Still to be closed; 0 for a stop. */
  readonly left: Decimal;
}

/**
 * The target of an attempt: the one that was fixed when its proposal was taken up, or, where no position was fresh then, fixed now
 * from the position that the Position Brain's permit is about. An outcome where the position is another one since.
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
    return notSent(attempt, 'permit_invalid', 'what the journal says of the standing proposal cannot be read');
  const share = attempt.step.step === 'UPDATE_SL' ? undefined : attempt.step.pct;
  const takenUp = stored ?? takeUp({ amount, step: rules.stepSize }, share, standing.episode, nowMs);
  const hasTurned = amount.isNegative() !== takenUp.amount.isNegative();
  const hasGrown = amount.abs().gte(takenUp.amount.abs().plus(rules.stepSize));
  if (hasTurned || hasGrown) {
    const reason = `the position is ${plain(amount)} now and was ${plain(takenUp.amount)} when the proposal was taken up: it is another one`;
    return notSent(attempt, 'position_changed', reason);
  }
  return { takenUp, left: leftToTarget(amount, takenUp) };
}

/** Nothing is left to close; the reason names what remains of the position. */
export function targetReached(
  attempt: Attempt,
  identity: string,
  target: OrderTarget,
  amount: Decimal,
  smallest: Decimal,
): Outcome {
  const { takenUp, left } = target;
  const goal = takenUp.target === undefined ? '' : plain(takenUp.target);
  const reason = left.gt(0)
    ? `the position is ${plain(amount)} and its target ${goal}: the remainder of ${plain(left)} is less than ${plain(smallest)}, the least that can be closed`
    : `the position is ${plain(amount)} and its target ${goal}: nothing is left to close`;
  return {
    ...notSent(attempt, 'target_reached', reason, { exchange_position_amt: amount, target: takenUp.target }),
    decision: 'SKIP',
    state: 'SKIPPED',
    standing: { identity, takenUp: encodeTakenUp({ ...takenUp, isDone: true }), isDone: true },
  };
}
