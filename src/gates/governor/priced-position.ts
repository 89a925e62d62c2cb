import type { Decimal } from '../../flow/0-decimal.js';
import { SNAPSHOT_AHEAD_SEC } from '../position/evidence.js';
import { type Denial, deny } from '../verdict.js';

export interface PricedPosition {
  readonly amount: Decimal;
  readonly markPrice: Decimal | undefined;
  readonly tsMs: number;
}

/** What a notional is computed from. */
export interface Priced {
  readonly allow: true;
  readonly amount: Decimal;
  readonly markPrice: Decimal;
}

/** A notional needs a fresh amount and a price: without them the limits would allow what they cannot measure. */
export function pricedPosition(input: {
  readonly nowMs: number;
  readonly snapshot: PricedPosition | undefined;
  readonly staleThresholdSec: number;
}): Priced | Denial<'position_fetch_failed'> {
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
  const { amount, markPrice } = snapshot;
  return markPrice?.gt(0) === true
    ? { allow: true, amount, markPrice }
    : deny('position_fetch_failed', { cause: 'no_mark_price' });
}
