import type { Mode } from '../../flow/0-primitives.js';
import type { Issuer } from '../../flow/3-permit.js';

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

export type Issued = 'issued' | 'closed' | 'expired' | Stopped;

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
