import type { Decimal } from '../../flow/0-decimal.js';
import type { Mode } from '../../flow/0-primitives.js';
import type { Issuer } from '../../flow/3-permit.js';
import { GROUPS } from '../keys/groups.js';
import type { Keys } from '../keys/keys.js';

/** Entries kept in the permit event stream; an event older than a window is worth nothing. */
const EVENTS_MAX_LEN = 10_000;

/** The attempt that an issuer gives its verdict on. */
export interface VerdictTarget {
  readonly planId: string;
  /** `undefined` for a plan of a foreign Apply. */
  readonly attempt: number | undefined;
  /** `undefined` for a plan of a foreign Apply, which counts as one that trades. */
  readonly mode: Mode | undefined;
  /** End of the window; only used where there is no journal that says it. Redis' clock. */
  readonly deadlineMs: number;
  /** The plan stream entry to acknowledge with the verdict; `""` when there is none. */
  readonly entryId: string;
}

/** Why no permit may be given at all: decided in the very step that would give it. */
export type Stopped = 'kill_switch_active' | 'disarmed';

/** A permit or denial as it is stored. */
export interface SealedVerdict {
  readonly issuer: Issuer;
  /** As the issuer sealed it; exactly this is stored. */
  readonly bytes: string;
  readonly ttlMs: number;
}

/** What the Governor reserves in the step that gives its permit. */
export interface ReservationRequest {
  readonly symbol: string;
  /** A dry run spends nothing. */
  readonly reserve: boolean;
  readonly notionalUsd: Decimal;
  readonly qty: Decimal;
  /** A continuation counts with the first order of its close. */
  readonly isCounted: boolean;
  readonly usageVersion: string;
  /** The day's totals with this reservation in them. */
  readonly day: string;
  readonly dayNotionalUsd: Decimal;
  readonly dayQty: Decimal;
}

/** Who gives a permit, and what goes with it. */
export type IssuedBy =
  { readonly issuer: 'p33' } | { readonly issuer: 'governor'; readonly reservation: ReservationRequest };
export type PermitToIssue = SealedVerdict & IssuedBy;

/**
 * What became of a verdict. `closed`: the attempt has ended, or was decided before. `usage_changed`: the limits moved since they
 * were read, and nothing was written; read and judge again.
 */
export type Issued = 'issued' | 'closed' | 'expired' | 'already_issued' | 'usage_changed' | Stopped;

/** What is under a plan's three verdict keys; `""` where there is nothing. */
export interface VerdictBytes {
  readonly governor: string;
  readonly p33: string;
  readonly block: string;
}

/** A verdict as the stream of permit events carries it. */
export interface PermitEvent {
  readonly planId: string;
  /** `""` for a plan of a foreign Apply. */
  readonly attempt: string;
  readonly issuer: Issuer;
  readonly verdict: 'allow' | 'deny';
  /** The permit, denial or block exactly as stored. */
  readonly bytes: string;
}

/** Answers whether the plan still waits for another verdict. */
export type OnPermitEvent = (event: PermitEvent) => boolean;

/** What the permit event stream says of a verdict that was issued for a target. */
export function eventOf(
  { planId, attempt }: VerdictTarget,
  issuer: PermitEvent['issuer'],
  verdict: PermitEvent['verdict'],
  bytes: string,
): PermitEvent {
  return { planId, attempt: String(attempt ?? ''), issuer, verdict, bytes };
}

/** The keys that every verdict touches. */
export function verdictKeys(keys: Keys, { planId }: VerdictTarget) {
  return { journal: keys.journal(planId), permitEvents: keys.permitEvents(), planStream: keys.planStream() };
}

/** What the scripts are told of every verdict. */
export function verdictArgs({ planId, attempt, deadlineMs, entryId }: VerdictTarget, { issuer, ttlMs }: SealedVerdict) {
  return {
    planId,
    attempt: attempt ?? '',
    deadlineMs,
    ttlMs,
    group: GROUPS[issuer],
    entryId,
    eventsMaxLen: EVENTS_MAX_LEN,
  };
}
