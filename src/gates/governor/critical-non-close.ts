import type { Decimal } from '../../flow/0-decimal.js';
import { isClose } from '../../flow/1-proposal.js';
import { ALLOW, deny, type Verdict } from '../verdict.js';

/** At a critical kill score only closes pass. */
export function criticalNonClose(input: {
  readonly action: string;
  readonly killScore: Decimal;
  readonly critical: number;
}): Verdict<'kill_score_critical_non_close'> {
  return isClose(input.action) || input.killScore.lt(input.critical)
    ? ALLOW
    : deny('kill_score_critical_non_close', { kill_score: input.killScore, critical: input.critical });
}
