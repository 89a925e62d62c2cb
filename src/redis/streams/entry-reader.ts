import { setTimeout as sleep } from 'node:timers/promises';
import { limitReplies, LONGEST_REPLY_BYTES } from '../connection/reply-limit.js';
import type { RedisClient } from '../connection/redis-clients.js';
import { type ReadEntries, readEntries, type StreamEntry } from './stream-entry.js';

const RECONNECT_MS = 2_000;
const RECONNECT_STEP_MS = 10;

/** Why an entry that could not be read is a dead letter. */
export const TOO_LARGE = `the entry is larger than ${LONGEST_REPLY_BYTES} bytes, which is the most that is read of one. It was not read`;

export interface PendingEntries extends ReadEntries {
  /** Larger than {@link LONGEST_REPLY_BYTES}. */
  readonly tooLarge: readonly string[];
}

/** Reads pending entries of a stream by their ids, and finds the ones that are too large to be read. */
export class EntryReader {
  /** How often a reply was too long. */
  #exceeded = 0;

  /** `blocking` is the connection of one consumer, which reads nothing else meanwhile. */
  constructor(
    private readonly blocking: RedisClient,
    private readonly stream: string,
  ) {
    limitReplies(blocking, () => (this.#exceeded += 1));
  }

  /** All at once; one by one when that is too much. */
  async read(ids: readonly string[]): Promise<PendingEntries> {
    const together = await this.#within(() => Promise.all(ids.map((id) => this.#one(id))));
    if (together !== 'too large') return sorted(ids, together, []);
    const found: (StreamEntry | undefined)[] = [];
    const tooLarge: string[] = [];
    for (const id of ids) {
      await this.#connected();
      const one = await this.#within(() => this.#one(id));
      if (one === 'too large') tooLarge.push(id);
      else found.push(one);
    }
    await this.#connected();
    return sorted(ids, found, tooLarge);
  }

  async #one(id: string): Promise<StreamEntry | undefined> {
    return readEntries(await this.blocking.xrange(this.stream, id, id)).entries[0];
  }

  async #within<T>(read: () => Promise<T>): Promise<T | 'too large'> {
    const before = this.#exceeded;
    try {
      return await read();
    } catch (error) {
      if (this.#exceeded > before) return 'too large';
      throw error;
    }
  }

  /** Waits for the connection that was closed; the next read fails if it does not come back. */
  async #connected(): Promise<void> {
    const untilMs = performance.now() + RECONNECT_MS;
    while (this.blocking.status !== 'ready' && performance.now() < untilMs) await sleep(RECONNECT_STEP_MS);
  }
}

function sorted(
  ids: readonly string[],
  found: readonly (StreamEntry | undefined)[],
  tooLarge: readonly string[],
): PendingEntries {
  const entries = found.filter((entry) => entry !== undefined);
  const known = new Set([...entries.map(({ id }) => id), ...tooLarge]);
  return { entries, tooLarge, gone: ids.filter((id) => !known.has(id)) };
}
