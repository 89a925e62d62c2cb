import { ALLOW, deny, type Verdict } from '../verdict.js';

/** How far a strategy's clock may run ahead of Redis'. */
export const FUTURE_TOLERANCE_SEC = 5;

export interface FreshnessInput {
  readonly nowSec: number;
  readonly lastUpdateEpochSec: number;
  readonly maxAgeSec: number;
}

/** An old proposal is stale; a proposal from the future is a fault. */
export function fresh(input: FreshnessInput): Verdict<'proposal_stale' | 'proposal_invalid'> {
  const ageSec = input.nowSec - input.lastUpdateEpochSec;
  if (!(ageSec >= -FUTURE_TOLERANCE_SEC)) {
    return deny('proposal_invalid', {
      field: 'last_update_epoch',
      age_seconds: ageSec,
      allowed_ahead_seconds: FUTURE_TOLERANCE_SEC,
    });
  }
  return ageSec <= input.maxAgeSec
    ? ALLOW
    : deny('proposal_stale', { age_seconds: ageSec, max_age_seconds: input.maxAgeSec });
}
