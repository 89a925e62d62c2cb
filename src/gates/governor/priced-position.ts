import type { Decimal } from '../../flow/0-decimal.js';
import { SNAPSHOT_AHEAD_SEC } from '../position/evidence.js';
import { ALLOW, deny, type Verdict } from '../verdict.js';

export interface PricedPosition {
  readonly amount: Decimal;
  readonly markPrice: Decimal | undefined;
  readonly tsMs: number;
}

/** A notional needs a fresh amount and a price: without either the limits would let pass what they cannot measure. */
export function pricedPosition(input: {
  readonly nowMs: number;
  readonly snapshot: PricedPosition | undefined;
  readonly staleThresholdSec: number;
}): Verdict<'position_fetch_failed'> {
  const { snapshot } = input;
  if (snapshot === undefined) return deny('position_fetch_failed', { cause: 'no_snapshot' });
  const ageSec = (input.nowMs - snapshot.tsMs) / 1000;
  if (!(ageSec >= -SNAPSHOT_AHEAD_SEC && ageSec <= input.staleThresholdSec)) {
    return deny('position_fetch_failed', {
      cause: 'stale_snapshot',
      age_seconds: ageSec,
      threshold_seconds: input.staleThresholdSec,
    });
  }
  return snapshot.markPrice?.gt(0) === true ? ALLOW : deny('position_fetch_failed', { cause: 'no_mark_price' });
}
