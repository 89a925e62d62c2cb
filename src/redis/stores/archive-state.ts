import type { RedisClient } from '../connection/redis-clients.js';
import type { Keys } from '../keys/keys.js';
import { loadScript } from '../scripts/script-source.js';
import { EVENT_SOURCES, type EventSource } from '../streams/event-streams.js';
import { fieldsOf } from '../streams/stream-entry.js';

/** One stream of the archive as Redis knows it. */
export interface ArchivedStream {
  /** Up to here everything is archived; `""` before the first entry. */
  readonly id: string;
  readonly unread: number;
  /** The time of the oldest entry that is not archived. */
  readonly oldestMs: number | undefined;
  /** Entries that were trimmed before they were archived. */
  readonly missed: number;
  /** When the last of these were noticed; Redis' clock. */
  readonly missedAtMs: number | undefined;
}

export interface ArchiveState {
  readonly nowMs: number;
  /** INSTANCE_ID of the process that writes; `""` for none. */
  readonly leader: string;
  /** What the one that writes, or wrote last, said of it: JSON. */
  readonly about: string;
  readonly streams: Readonly<Record<EventSource, ArchivedStream>>;
}

/** The state that `look_at_archive` answers with. */
export function archiveStateOf(values: readonly unknown[]): ArchiveState {
  const [now, leader, flat, ...parts] = values;
  const state = fieldsOf(flat as readonly string[]);
  const seen = parts as readonly (readonly [string, string, string])[];
  const found = EVENT_SOURCES.map((source, at) => {
    const [unread = '0', trimmed = '0', oldest = ''] = seen[at] ?? [];
    const id = state[`${source}:to`] ?? '';
    const missed = Number(state[`${source}:missed`] ?? '0') + Number(trimmed);
    const oldestMs = oldest === '' ? undefined : Number(oldest.split('-')[0]);
    const noticed = state[`${source}:missed_at`];
    const missedAtMs = Number(trimmed) > 0 ? Number(now) : noticed === undefined ? undefined : Number(noticed);
    return [source, { id, unread: Number(unread), oldestMs, missed, missedAtMs }] as const;
  });
  return {
    nowMs: Number(now),
    leader: String(leader),
    about: state['about'] ?? '',
    streams: Object.fromEntries(found) as Record<EventSource, ArchivedStream>,
  };
}

/** For a command that has a connection alone: nothing is recorded of the server. */
export async function readArchiveState(client: RedisClient, keys: Keys): Promise<ArchiveState> {
  const streams = [keys.planStream(), keys.permitEvents(), keys.resultStream(), keys.governorEvents()];
  const named = [keys.archiveLeader(), keys.archiveState(), ...streams];
  const { text } = loadScript('look_at_archive');
  const [, ...values] = (await client.eval(text, named.length, ...named)) as readonly unknown[];
  return archiveStateOf(values);
}
