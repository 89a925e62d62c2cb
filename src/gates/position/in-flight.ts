import type { Decimal } from '../../flow/0-decimal.js';
import { ALLOW, deny, type Verdict } from '../verdict.js';
import { type PositionInput, secondsBetween } from './evidence.js';

type Input = Pick<PositionInput, 'snapshot' | 'ledger' | 'orderOpen' | 'lastFillMs' | 'cooldownSec' | 'nowMs'>;

function cooling(input: Input, cause: string): Verdict<'cooldown_in_flight'> {
  return deny('cooldown_in_flight', {
    seconds_since_last: input.lastFillMs === undefined ? undefined : secondsBetween(input.lastFillMs, input.nowMs),
    cooldown_sec: input.cooldownSec,
    cause,
  });
}

/**
 * The fill's time is one process' estimate and the snapshot's another's, each from its own idea of Redis' and the exchange's clock.
 * If they differ by less than this, the order is uncertain: then the snapshot includes the fill if it equals the ledger.
 */
export const CLOCKS_APART_MS = 25;

/** Whether the snapshot includes a fill of that time. */
export function isAfterFill(
  snapshot: { readonly tsMs: number; readonly amount: Decimal } | undefined,
  filledMs: number,
  ledgerAmt: Decimal | undefined,
): boolean {
  if (snapshot === undefined) return false;
  const agrees = ledgerAmt !== undefined && snapshot.amount.eq(ledgerAmt);
  return snapshot.tsMs - filledMs >= (agrees ? -CLOCKS_APART_MS : CLOCKS_APART_MS);
}

/** While an order of ours is open, or the snapshot is older than its fill, snapshot and ledger differ for a reason that is not drift. */
export function nothingInFlight(input: Input): Verdict<'cooldown_in_flight'> {
  if (input.orderOpen) return cooling(input, 'order_open');
  const { snapshot, ledger, lastFillMs } = input;
  if (lastFillMs === undefined) return ALLOW;
  const ledgerAmt = ledger.kind === 'present' ? ledger.amount : undefined;
  return isAfterFill(snapshot, lastFillMs, ledgerAmt) ? ALLOW : cooling(input, 'snapshot_older_than_fill');
}

/** Counted from the fill itself, not from when it was read. */
export function cooldownOver(input: Input): Verdict<'cooldown_in_flight'> {
  if (input.lastFillMs === undefined) return ALLOW;
  return secondsBetween(input.lastFillMs, input.nowMs) >= input.cooldownSec ? ALLOW : cooling(input, 'recent_fill');
}
