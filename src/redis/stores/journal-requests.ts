import type { Fields, Mode } from '../../flow/0-primitives.js';

export interface PublishRequest {
  readonly planId: string;
  readonly symbol: string;
  readonly action: string;
  readonly attempt: number;
  readonly mode: Mode;
  /**
   * All fields of the stream entry, those of the attempt included. By `source`, action or share and `proposal_id` the claim checks
   * that its strategy still asks for it.
   */
  readonly fields: Fields;
  /** The proposal as it came, so that a later attempt can be made from the journal alone. */
  readonly proposal: string;
  readonly freshUntilMs: number;
  readonly windowMs: number;
  readonly dedupeTtlMs: number;
  readonly maxAttempts: number;
  readonly standing: StandingOfPlan;
}

/** The standing proposal behind a plan, as it was read and as it is to be taken up. */
export interface StandingOfPlan {
  readonly identity: string;
  /** 0 for the plan of the proposal itself, 1 for the first plan after it. */
  readonly continuation: number;
  /** The plan whose place a continuation takes; `""` for none. */
  readonly continues: string;
  /** Keeps the target; a dry run only carries it along. */
  readonly persist: boolean;
  readonly episode: number;
  readonly startsEpisode: boolean;
  /** The bytes that were stored when it was judged; `""` for none. */
  readonly expected: string;
  /** `""` while no target could be fixed. */
  readonly takenUp: string;
}

export type Published =
  | { readonly kind: 'published'; readonly entryId: string; readonly publishedMs: number; readonly deadlineMs: number }
  | { readonly kind: 'duplicate' }
  /** The journal says the last attempt was this one: publish with the next number. */
  | { readonly kind: 'attempt_is'; readonly attempt: number }
  | { readonly kind: 'backing_off'; readonly retryAtMs: number }
  | { readonly kind: 'exhausted' }
  /** Another plan of the same proposal is open, or waits for its next attempt. */
  | { readonly kind: 'open_plan'; readonly planId: string }
  /** A plan of an operator is under way on the symbol. */
  | { readonly kind: 'waits_for'; readonly planId: string }
  /** The standing proposal has changed since it was judged: judge again. */
  | { readonly kind: 'standing_changed' };

export interface RefusalRequest {
  readonly planId: string;
  readonly symbol: string;
  readonly action: string;
  readonly state: string;
  /** Same digest, same refusal: told once. */
  readonly digest: string;
  readonly detail: string;
  readonly plan: Fields;
  readonly result: Fields;
  readonly ttlMs: number;
}

/** The standing proposal behind an attempt, as the journal has it. */
export interface AttemptStanding {
  readonly identity: string;
  readonly episode: number;
  /** The bytes of what was taken up; `""` while no target could be fixed. */
  readonly takenUp: string;
}

export type Taken =
  | {
      readonly kind: 'waiting';
      readonly nowMs: number;
      readonly publishedMs: number;
      readonly deadlineMs: number;
      /** `""` where there is none yet. */
      readonly governorBytes: string;
      readonly positionBytes: string;
      readonly blockBytes: string;
      readonly standing: AttemptStanding;
    }
  | { readonly kind: 'expired' }
  | { readonly kind: 'closed'; readonly state: string }
  /** A later attempt of the plan was published since. */
  | { readonly kind: 'superseded' }
  /** The attempt was published as another entry: this one is a copy or a forgery. */
  | { readonly kind: 'other_entry'; readonly entryId: string }
  | { readonly kind: 'no_journal' };

export interface ResultRequest {
  readonly planId: string;
  readonly symbol: string;
  readonly attempt: number;
  /** Identifies this recording: asking again with it changes nothing. */
  readonly token: string;
  readonly fromStates: readonly ('PUBLISHED' | 'WAITING' | 'CLAIMED' | 'UNKNOWN')[];
  /** Refuse while the window is still open, by Redis' clock. */
  readonly onlyAfterDeadline: boolean;
  /** Refuse when somebody else claimed; `""` for any. */
  readonly claimToken: string;
  readonly state: string;
  readonly fields: Fields;
  /** What filled keeps the in-flight guard for `guardMs`, or until the ledger's step. */
  readonly filled: boolean;
  readonly guardMs: number;
  /** `undefined`: final, no other attempt. */
  readonly retryAfterMs: number | undefined;
  readonly maxAttempts: number;
  readonly identity: string;
  /** The standing proposal after this result; `""` where it stays as it was. */
  readonly takenUp: string;
  /** The rest of the close goes on as a continuation after so long; `undefined` for none. */
  readonly continueAfterMs: number | undefined;
  /** Nothing was sent, and the same proposal may be asked for again. */
  readonly resumable: boolean;
  /** Where a person settled the attempt: who, what and why, as JSON for the trace. */
  readonly resolution?: string;
}

export type Recorded =
  | { readonly kind: 'recorded'; readonly resultId: string; readonly nowMs: number; readonly publishedMs: number }
  | { readonly kind: 'closed'; readonly state: string }
  | { readonly kind: 'early'; readonly remainingMs: number };
