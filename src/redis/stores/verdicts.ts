import type { Decimal } from '../../flow/0-decimal.js';
import type { Fields, Mode } from '../../flow/0-primitives.js';
import type { Issuer } from '../../flow/3-permit.js';
import { GROUPS } from '../keys/groups.js';
import type { Keys } from '../keys/keys.js';

/** Entries kept in the permit event stream. Events older than a window are not needed. */
const EVENTS_MAX_LEN = 10_000;

/** The attempt that a verdict is about. */
export interface VerdictTarget {
  readonly planId: string;
  readonly symbol: string;
  /** `undefined` for a plan of a foreign Apply. */
  readonly attempt: number | undefined;
  /** `undefined` for a plan of a foreign Apply, which counts as a real run. */
  readonly mode: Mode | undefined;
  /** End of the window by Redis' clock; used only without a journal. */
  readonly deadlineMs: number;
  /** The plan stream entry to acknowledge with the verdict; `""` when there is none. */
  readonly entryId: string;
}

/** Why no permit may be issued at all; checked in the step that would issue it. */
export type Stopped = 'kill_switch_active' | 'disarmed';

/** A permit or denial as it is stored. */
export interface SealedVerdict {
  readonly issuer: Issuer;
  /** The bytes as the issuer sealed them; exactly these are stored. */
  readonly bytes: string;
  readonly ttlMs: number;
  /** For a permit on evidence that its plan carries. */
  readonly carried?: CarriedEvidence | undefined;
}

/** The evidence of a plan as it came, and when it was judged by the estimate of Redis' clock. */
export interface CarriedEvidence {
  readonly text: string;
  readonly judgedMs: number;
}

/** A denial as it is stored. */
export type Denied = SealedVerdict & {
  /** What people are asked, as {@link parseApproval} reads it; absent for a denial that no person can change. */
  readonly asks?: Fields | undefined;
};

/** What the Governor reserves in the step that issues its permit. */
export interface ReservationRequest {
  readonly symbol: string;
  /** False for a dry run. */
  readonly reserve: boolean;
  readonly notionalUsd: Decimal;
  readonly qty: Decimal;
  /** True for a continuation whose first order still counts; it is not counted again. */
  readonly isCounted: boolean;
  /** `plan_id:attempt` of the order that it sends again, whose reservation it takes over; `""` for none. */
  readonly repeats: string;
  readonly usageVersion: string;
  /** The totals of the day including this reservation. */
  readonly day: string;
  readonly dayNotionalUsd: Decimal;
  readonly dayQty: Decimal;
}

/** The issuer of a permit, with the Governor's reservation. */
export type IssuedBy =
  { readonly issuer: 'p33' } | { readonly issuer: 'governor'; readonly reservation: ReservationRequest };
export type PermitToIssue = SealedVerdict & IssuedBy;

/**
 * What happened to a verdict. `closed`: the attempt has ended, or was decided before. `usage_changed`: the usage has changed since it
 * was read, and nothing was written; read and judge again. `evidence_changed`: the same, for evidence that the plan carries.
 */
export type Issued =
  'issued' | 'closed' | 'expired' | 'already_issued' | 'usage_changed' | 'evidence_changed' | Stopped;

/** The values of a plan's three verdict keys; `""` for a missing one. */
export interface VerdictBytes {
  readonly governor: string;
  readonly p33: string;
  readonly block: string;
}

/** A verdict in the permit event stream. */
export interface PermitEvent {
  readonly planId: string;
  /** `""` for a plan of a foreign Apply. */
  readonly attempt: string;
  readonly issuer: Issuer;
  readonly verdict: 'allow' | 'deny';
  /** The permit, denial or block exactly as stored. */
  readonly bytes: string;
}

/** Returns true if the plan still waits for another verdict. */
export type OnPermitEvent = (event: PermitEvent) => boolean;

/** The permit event of a verdict. */
export function eventOf(
  { planId, attempt }: VerdictTarget,
  issuer: PermitEvent['issuer'],
  verdict: PermitEvent['verdict'],
  bytes: string,
): PermitEvent {
  return { planId, attempt: String(attempt ?? ''), issuer, verdict, bytes };
}

/** The keys that every verdict uses. */
export function verdictKeys(keys: Keys, { planId }: VerdictTarget) {
  return { journal: keys.journal(planId), permitEvents: keys.permitEvents(), planStream: keys.planStream() };
}

/** The script arguments of every verdict. */
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

/** The script arguments of a permit on evidence that its plan carries. */
export function carriedArgs({ carried }: SealedVerdict) {
  return { carried: carried?.text ?? '', judgedMs: carried?.judgedMs ?? '' };
}
