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

/**
 * The fill's time is one process' estimate and the read's another's, each from its own idea of Redis' and the venue's clock: so
 * far apart their order is certain. What a change pushed has that change in it, whatever the clocks say.
 */
const CLOCKS_APART_MS = 25;

/** While an order of ours is open, or the snapshot is older than its fill, figures differ for a reason that is no drift. */
export function nothingInFlight(input: Input): Verdict<'cooldown_in_flight'> {
  if (input.orderOpen) return cooling(input, 'order_open');
  if (input.lastFillMs === undefined) return ALLOW;
  const { snapshot } = input;
  if (snapshot === undefined) return cooling(input, 'snapshot_older_than_fill');
  const marginMs = snapshot.isPushed ? 0 : CLOCKS_APART_MS;
  return snapshot.tsMs >= input.lastFillMs + marginMs ? ALLOW : cooling(input, 'snapshot_older_than_fill');
}

/** Counted from the fill itself, not from when it was read. */
export function cooldownOver(input: Input): Verdict<'cooldown_in_flight'> {
  if (input.lastFillMs === undefined) return ALLOW;
  return secondsBetween(input.lastFillMs, input.nowMs) >= input.cooldownSec ? ALLOW : cooling(input, 'recent_fill');
}
