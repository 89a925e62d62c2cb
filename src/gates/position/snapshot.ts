import { ALLOW, deny, type Verdict } from '../verdict.js';
import { type PositionInput, secondsBetween, SNAPSHOT_AHEAD_SEC } from './evidence.js';

type Input = Pick<PositionInput, 'snapshot' | 'exchangeFault' | 'nowMs' | 'staleThresholdSec' | 'rules'>;

const ageSec = (input: Input): number =>
  input.snapshot === undefined ? NaN : secondsBetween(input.snapshot.tsMs, input.nowMs);

/** A snapshot from the future would stay fresh forever. */
const isFresh = (input: Input): boolean =>
  ageSec(input) >= -SNAPSHOT_AHEAD_SEC && ageSec(input) <= input.staleThresholdSec;

/** There must be a snapshot, and rules to round by. A failed query is reported as such, never as "no position". */
export function snapshotKnown(input: Input): Verdict<'no_exchange_snapshot' | 'exchange_unreachable'> {
  if (!isFresh(input) && input.exchangeFault !== undefined) {
    return deny('exchange_unreachable', {
      last_error: input.exchangeFault,
      age_seconds: input.snapshot && ageSec(input),
    });
  }
  if (input.snapshot === undefined) return deny('no_exchange_snapshot');
  return ALLOW;
}

/** A stale snapshot counts as missing. */
export function snapshotFresh(input: Input): Verdict<'stale_exchange_state'> {
  return isFresh(input)
    ? ALLOW
    : deny('stale_exchange_state', { age_seconds: ageSec(input), threshold_seconds: input.staleThresholdSec });
}

/** Without the exchange's step a quantity cannot be rounded down, and a guess could round up. */
export function rulesKnown(input: Input): Verdict<'exchange_unreachable'> {
  return input.rules === undefined
    ? deny('exchange_unreachable', {
        last_error: input.exchangeFault ?? 'the market rules of the symbol are not known',
      })
    : ALLOW;
}

export function positionOpen(input: Input): Verdict<'no_position'> {
  const amount = input.snapshot?.amount;
  return amount !== undefined && !amount.isZero() ? ALLOW : deny('no_position', { exchange_amt: amount });
}
