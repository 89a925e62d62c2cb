import { Inject, Injectable } from '@nestjs/common';
import { GROUPS } from '../keys/groups.js';
import { eventKeys } from '../keys/event-keys.js';
import type { Keys } from '../keys/keys.js';
import { KEYS, OPERATOR_SCRIPTS } from '../redis.tokens.js';
import type { ScriptRunner } from '../scripts/script-runner.js';

/**
 * An id further ahead of Redis' clock than this is beyond reach: nobody but a hand wrote it. Redis continues from the newest id when
 * its clock is set back, so an hour, the largest usual step, and a minute are within reach.
 */
export const REACH_MS = 3_660_000;

/** What is appended again of the entries whose ids are beyond reach. */
type Kept = 'all' | 'unread' | 'none';

export interface StreamRow {
  readonly groups: readonly string[];
  readonly keep: Kept;
}

/**
 * The streams of this system. The windows of plans and permits whose entries are not kept are over before a person can act: their
 * plans are in the journal, from which Apply tries them again.
 */
export const STREAM_ROWS = {
  proposalStream: { groups: [GROUPS.apply], keep: 'unread' },
  cellsProposals: { groups: [GROUPS.apply], keep: 'unread' },
  planStream: { groups: [GROUPS.p33, GROUPS.governor, GROUPS.apply], keep: 'none' },
  resultStream: { groups: [GROUPS.p33, GROUPS.governor], keep: 'unread' },
  permitEvents: { groups: [], keep: 'none' },
  governorEvents: { groups: [], keep: 'all' },
  deadLetters: { groups: [], keep: 'all' },
} as const satisfies Readonly<Record<string, StreamRow>>;
export type StreamName = keyof typeof STREAM_ROWS;
export const STREAM_NAMES = Object.keys(STREAM_ROWS) as StreamName[];

/** Nothing of this system has an id beyond reach in an audit stream; what a hand appended stays there as evidence. */
export const AUDIT_ROW: StreamRow = { groups: [], keep: 'all' };

export type Renewed =
  | {
      readonly kind: 'renewed';
      /** The id after which the stream goes on. */
      readonly lastId: string;
      /** Entries with an id beyond reach that were appended again. */
      readonly moved: number;
      /** Those that nobody needs any more. */
      readonly removed: number;
    }
  /** The key was of another type; it is an empty stream now. */
  | { readonly kind: 'replaced'; readonly type: string }
  /** The stream takes entries; nothing was changed. */
  | { readonly kind: 'fine'; readonly lastId: string }
  | { readonly kind: 'absent' };

/** Makes streams take entries again. Writes go through the operators' connection. */
@Injectable()
export class StreamRenewal {
  constructor(
    @Inject(OPERATOR_SCRIPTS) private readonly writer: ScriptRunner,
    @Inject(KEYS) private readonly keys: Keys,
  ) {}

  /** A second call changes nothing. */
  async renew(stream: string, row: StreamRow, reason: string, actor: string): Promise<Renewed> {
    const { keys } = this;
    const { groups, keep } = row;
    const { word, values } = await this.writer.run(
      'renew_stream',
      { renewed: stream, ...eventKeys(keys) },
      { name: stream, reachMs: REACH_MS, keep, groups: groups.join(','), reason, actor },
    );
    const [first, moved, removed] = values.map(String);
    switch (word) {
      case 'renewed':
        return { kind: word, lastId: first ?? '', moved: Number(moved), removed: Number(removed) };
      case 'replaced':
        return { kind: word, type: first ?? '' };
      case 'fine':
        return { kind: word, lastId: first ?? '' };
      case 'absent':
        return { kind: word };
    }
    return word satisfies never;
  }
}
