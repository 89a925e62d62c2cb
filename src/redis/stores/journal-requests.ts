import type { Fields, Mode } from '../../flow/0-primitives.js';

export interface PublishRequest {
  readonly planId: string;
  readonly symbol: string;
  readonly action: string;
  readonly attempt: number;
  readonly mode: Mode;
  /**
   * All fields of the stream entry, including those of the attempt. From `source`, action or share, and `proposal_id` the claim checks
   * that the strategy still asks for it.
   */
  readonly fields: Fields;
  /** The proposal as received, so that a later attempt can be made from the journal alone. */
  readonly proposal: string;
  readonly freshUntilMs: number;
  readonly windowMs: number;
  readonly dedupeTtlMs: number;
  readonly maxAttempts: number;
  /** True if a Governor permit that a hand wrote before this attempt counts for it. With signing on, it never does. */
  readonly keepsManualPermit?: boolean;
  readonly standing: StandingOfPlan;
}

/** Orders of the same full close that the plan sends again before their outcome is known. */
export interface Repeats {
  /** `plan_id:attempt` of each, newest first, with commas between. */
  readonly orders: string;
  /** Of the newest, on first publication: the plan is published only if that attempt is unknown and was not repeated yet. */
  readonly newest: { readonly planId: string; readonly attempt: number } | undefined;
  /** When the first of them was claimed. */
  readonly firstClaimedMs: number;
  /** How often the close will have been sent again with this plan. */
  readonly resends: number;
}

/** The standing proposal of a plan, as read and as it will be taken up. */
export interface StandingOfPlan {
  readonly identity: string;
  /** 0 for the plan of the proposal itself, 1 for the first plan after it. */
  readonly continuation: number;
  /** The plan that a continuation replaces; `""` for none. */
  readonly continues: string;
  readonly repeats: Repeats | undefined;
  /** True to store the target; a dry run does not store it. */
  readonly persist: boolean;
  readonly episode: number;
  readonly startsEpisode: boolean;
  /** The stored bytes when the proposal was judged; `""` for none. */
  readonly expected: string;
  /** `""` if no target could be fixed. */
  readonly takenUp: string;
}

export type Published =
  | { readonly kind: 'published'; readonly entryId: string; readonly publishedMs: number; readonly deadlineMs: number }
  | { readonly kind: 'duplicate' }
  /** The last attempt in the journal: publish with the next number. */
  | { readonly kind: 'attempt_is'; readonly attempt: number }
  | { readonly kind: 'backing_off'; readonly retryAtMs: number }
  | { readonly kind: 'exhausted' }
  /** Another plan of the same proposal is open, or waits for its next attempt. */
  | { readonly kind: 'open_plan'; readonly planId: string }
  /** A person has rejected the proposal in this episode of the symbol. */
  | { readonly kind: 'rejected' }
  /** A plan of an operator is open or waits for its next attempt on the symbol. */
  | { readonly kind: 'waits_for'; readonly planId: string }
  /** The standing proposal has changed since it was judged; judge again. */
  | { readonly kind: 'standing_changed' };

export interface RefusalRequest {
  readonly planId: string;
  readonly symbol: string;
  readonly action: string;
  readonly state: string;
  /** A refusal with the same digest is reported once. */
  readonly digest: string;
  readonly detail: string;
  readonly plan: Fields;
  readonly result: Fields;
  readonly ttlMs: number;
}

/** The standing proposal of an attempt, from the journal. */
export interface AttemptStanding {
  readonly identity: string;
  readonly episode: number;
  /** The bytes of the taken-up proposal; `""` if no target could be fixed. */
  readonly takenUp: string;
  /** See {@link Repeats.orders}; `""` for none. */
  readonly repeats: string;
}

export type Taken =
  | {
      readonly kind: 'waiting';
      readonly nowMs: number;
      readonly publishedMs: number;
      readonly deadlineMs: number;
      /** `""` if there is none yet. */
      readonly governorBytes: string;
      readonly positionBytes: string;
      readonly blockBytes: string;
      readonly standing: AttemptStanding;
    }
  | { readonly kind: 'expired' }
  | { readonly kind: 'closed'; readonly state: string }
  /** A later attempt of the plan has been published. */
  | { readonly kind: 'superseded' }
  /** The attempt was published as another entry; this one is a copy or a forgery. */
  | { readonly kind: 'other_entry'; readonly entryId: string }
  | { readonly kind: 'no_journal' };

export interface ResultRequest {
  readonly planId: string;
  readonly symbol: string;
  readonly attempt: number;
  /** Identifies this recording: a second call with it changes nothing. */
  readonly token: string;
  readonly fromStates: readonly ('PUBLISHED' | 'WAITING' | 'CLAIMED' | 'UNKNOWN')[];
  /** Refuse while the window is still open, by Redis' clock. */
  readonly onlyAfterDeadline: boolean;
  /** Refuse if the attempt was claimed with another token; `""` for any. */
  readonly claimToken: string;
  readonly state: string;
  readonly fields: Fields;
  /** A filled order keeps the in-flight guard for `guardMs`, or until the ledger has counted the fill. */
  readonly filled: boolean;
  readonly guardMs: number;
  /** `undefined` if no other attempt follows. */
  readonly retryAfterMs: number | undefined;
  readonly maxAttempts: number;
  readonly identity: string;
  /** The standing proposal after this result; `""` if it does not change. */
  readonly takenUp: string;
  /** The delay before the continuation of the close; `undefined` for none. */
  readonly continueAfterMs: number | undefined;
  /** True if nothing was sent and the same proposal may run again. */
  readonly resumable: boolean;
  /** True if the plan waits for the approval of a person as long as its proposal is fresh. That counts as no try. */
  readonly waitsForApproval?: boolean;
  /** If an operator settled the attempt: who, what and why, as JSON for the trace. */
  readonly resolution?: string;
}

/** The end of a plan that waits for its next attempt. */
export interface RetryEnd {
  readonly state: string;
  readonly reason: string;
  /** A result of the plan itself, with attempt 0. */
  readonly fields: Fields;
  readonly dueMs?: number | undefined;
}

export type Recorded =
  | { readonly kind: 'recorded'; readonly resultId: string; readonly nowMs: number; readonly publishedMs: number }
  | { readonly kind: 'closed'; readonly state: string }
  | { readonly kind: 'early'; readonly remainingMs: number };
