import { ALLOW, deny, type Verdict } from '../verdict.js';
import { type PositionInput, secondsBetween } from './evidence.js';

type Input = Pick<PositionInput, 'snapshot' | 'orderOpen' | 'lastFillMs' | 'cooldownSec' | 'nowMs'>;

function cooling(input: Input, cause: string): Verdict<'cooldown_in_flight'> {
  return deny('cooldown_in_flight', {
    seconds_since_last: input.lastFillMs === undefined ? undefined : secondsBetween(input.lastFillMs, input.nowMs),
    cooldown_sec: input.cooldownSec,
    cause,
  });
}

/** While an order of ours is open, or the snapshot is older than its fill, figures differ for a reason that is no drift. */
export function nothingInFlight(input: Input): Verdict<'cooldown_in_flight'> {
  if (input.orderOpen) return cooling(input, 'order_open');
  if (input.lastFillMs === undefined) return ALLOW;
  return input.snapshot !== undefined && input.snapshot.tsMs >= input.lastFillMs
    ? ALLOW
    : cooling(input, 'snapshot_older_than_fill');
}

/** Counted from the fill itself, not from when it was read. */
export function cooldownOver(input: Input): Verdict<'cooldown_in_flight'> {
  if (input.lastFillMs === undefined) return ALLOW;
  return secondsBetween(input.lastFillMs, input.nowMs) >= input.cooldownSec ? ALLOW : cooling(input, 'recent_fill');
}
