import type { Decimal } from '../../flow/0-decimal.js';
import { isClose } from '../../flow/1-proposal.js';
import { ALLOW, deny, type Verdict } from '../verdict.js';

export interface KillScoreInput {
  readonly action: string;
  readonly killScore: Decimal;
  readonly critical: number;
  readonly warning: number;
}

/** Closes are never blocked for being urgent; other actions pass only below the warning score. */
export function killScore(input: KillScoreInput): Verdict<'kill_score_critical' | 'kill_score_warning_risk_increase'> {
  if (isClose(input.action)) return ALLOW;
  const context = { kill_score: input.killScore, warning: input.warning, critical: input.critical };
  if (!input.killScore.lt(input.critical)) return deny('kill_score_critical', context);
  return input.killScore.lt(input.warning) ? ALLOW : deny('kill_score_warning_risk_increase', context);
}
