import { Inject, Injectable } from '@nestjs/common';
import type { ScriptRunner } from '../scripts/script-runner.js';
import { eventKeys } from '../keys/event-keys.js';
import type { Keys } from '../keys/keys.js';
import { TAKEN_AT_ONCE_MS } from './stream-consumer.js';
import { LARGEST_ENTRY_BYTES, readMeasured, type StreamEntry } from './stream-entry.js';
import { KEYS, OPERATOR_SCRIPTS } from '../redis.tokens.js';

/** Entries per call; for a longer list call again. */
const COUNT = 1_000;

export interface HandOver {
  readonly stream: string;
  readonly group: string;
  /** The consumer whose entries are moved; it must have stopped reading. */
  readonly from: string;
  readonly to: string;
  readonly minIdleMs: number;
}

export type HandedOver =
  | {
      readonly kind: 'handed';
      readonly ids: readonly string[];
      /** Pending entries whose bodies were trimmed; they are no longer pending. */
      readonly goneCount: number;
      /** True if there may be more entries. */
      readonly more: boolean;
    }
  | { readonly kind: 'no_group' };

/** What a group would leave behind. */
export interface Backlog {
  /** Not read by the group yet, oldest first; without the bodies of those that are too large to be read. */
  readonly unread: readonly StreamEntry[];
  readonly unreadCount: number;
  /** Read, and not acknowledged; 10 000 at most. */
  readonly pendingIds: readonly string[];
  /** The id up to which it was read: `to`, or the last of the stream. */
  readonly to: string;
}

export interface Skip {
  readonly stream: string;
  readonly group: string;
  /** The group's last delivered id when its backlog was read. */
  readonly seen: string;
  readonly to: string;
  readonly reason: string;
  readonly actor: string;
}

export type Skipped =
  | { readonly kind: 'skipped'; readonly acknowledged: number }
  /** It has read on since. */
  | { readonly kind: 'moved' | 'no_group' };

/** Moves and skips entries of a consumer group. Writes go through the operators' connection. */
@Injectable()
export class GroupEntries {
  constructor(
    @Inject(OPERATOR_SCRIPTS) private readonly writer: ScriptRunner,
    @Inject(KEYS) private readonly keys: Keys,
  ) {}

  /** A second call changes nothing: the moved entries no longer belong to that consumer. */
  async handOver({ stream, group, from, to, minIdleMs }: HandOver): Promise<HandedOver> {
    const args = { group, from, to, minIdleMs, count: COUNT, idleMs: TAKEN_AT_ONCE_MS };
    const { word, values } = await this.writer.run('hand_over', { stream }, args);
    if (word === 'no_group') return { kind: word };
    const ids = (values[0] as readonly unknown[]).map(String);
    const found = Number(values[1]);
    return { kind: word, ids, goneCount: found - ids.length, more: found === COUNT };
  }

  /** The entries after `from` up to `to`; without `to` up to the last one of now. `undefined`: there is no such group. */
  async backlog(stream: string, group: string, from: string, to?: string): Promise<Backlog | undefined> {
    const unread: StreamEntry[] = [];
    let [after, until, unreadCount] = [from, to ?? '+', 0];
    for (;;) {
      const args = { group, from: after, to: until, count: COUNT, mostBytes: LARGEST_ENTRY_BYTES };
      const { word, values } = await this.writer.run('read_backlog', { stream }, args);
      if (word === 'no_group') return undefined;
      const { entries, ids } = readMeasured(values[0]);
      // What is appended from now on is left out.
      if (until === '+') until = String(values[2]);
      unread.push(...entries);
      unreadCount += ids.length;
      after = ids.at(-1) ?? after;
      if (ids.length < COUNT)
        return { unread, unreadCount, pendingIds: (values[1] as readonly unknown[]).map(String), to: until };
    }
  }

  /** Nothing happens if the group has read on since its backlog was read. */
  async skip({ stream, group, seen, to, reason, actor }: Skip): Promise<Skipped> {
    const context = JSON.stringify({ stream, group, from: seen, to, actor });
    const keys = { stream, ...eventKeys(this.keys) };
    const { word, values } = await this.writer.run('skip_entries', keys, { group, seen, to, reason, context });
    return word === 'skipped' ? { kind: word, acknowledged: Number(values[0]) } : { kind: word };
  }

  /** Single entries; those that are gone, or too large to be read, are left out. */
  async read(stream: string, ids: readonly string[]): Promise<StreamEntry[]> {
    const found = await Promise.all(
      ids.map(async (id) => {
        const { values } = await this.writer.run('read_entry', { stream }, { id, mostBytes: LARGEST_ENTRY_BYTES });
        return readMeasured(values[0]).entries;
      }),
    );
    return found.flat();
  }
}
