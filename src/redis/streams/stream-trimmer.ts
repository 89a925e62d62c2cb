import { asRedisError } from '../connection/redis.errors.js';
import { ARCHIVE_GROUP } from '../keys/groups.js';
import type { RedisClient } from '../connection/redis-clients.js';
import { compareIds } from './stream-entry.js';

/** At least this many entries are kept. */
const KEPT_ENTRIES = 10_000;
/** As many are kept for the archive, no more: one that is dead or full must not fill Redis. What it loses is counted. */
const KEPT_FOR_ARCHIVE = 100_000;
/** The size is remembered each time so many entries were added. */
const SAMPLED_ENTRIES = 100;

/** The newest id that a stream has given out, and how many entries it was given so far. */
export interface StreamSize {
  readonly entriesAdded: number;
  readonly lastId: string;
}

type Info = Readonly<Record<string, unknown>>;

function infoOf(flat: unknown): Info {
  const list = flat as readonly unknown[];
  return Object.fromEntries(
    Array.from({ length: list.length / 2 }, (_, index) => [String(list[2 * index]), list[2 * index + 1]]),
  );
}

/**
 * Trims one stream by MINID. It keeps at least the newest {@link KEPT_ENTRIES} entries, every entry that the slowest group has not read
 * or acknowledged, and the entries of open plans; of what only the archive has not read the newest {@link KEPT_FOR_ARCHIVE}. It remembers
 * the last id of the stream from time to time, and cuts at a remembered id that has that many entries after it.
 */
export class StreamTrimmer {
  #samples: StreamSize[] = [];

  constructor(
    private readonly client: RedisClient,
    private readonly stream: string,
  ) {}

  /** `now` is the stream as it is; `stillNeeded` are ids that must stay. Returns the number of removed entries. */
  async trim(now: StreamSize, stillNeeded: readonly string[]): Promise<number> {
    try {
      const cut = this.#cut(now);
      if (cut === undefined) return 0;
      const needed = [cut, ...stillNeeded, ...(await this.#neededByGroups(now))].toSorted(compareIds)[0] ?? cut;
      return await this.client.xtrim(this.stream, 'MINID', '~', needed);
    } catch (error) {
      throw asRedisError(error, `trimming ${this.stream}`);
    }
  }

  /** The newest remembered id that has enough entries after it. */
  #cut(now: StreamSize): string | undefined {
    const last = this.#samples.at(-1);
    // A deleted stream counts its entries from zero again.
    if (last !== undefined && now.entriesAdded < last.entriesAdded) this.#samples = [];
    // A renewed stream goes on from an older id; a newer one would cut away everything after it.
    this.#samples = this.#samples.filter((sample) => compareIds(sample.lastId, now.lastId) <= 0);
    const newest = this.#samples.at(-1);
    if (newest === undefined || now.entriesAdded - newest.entriesAdded >= SAMPLED_ENTRIES) this.#samples.push(now);
    this.#samples = this.#samples.slice(Math.max(0, this.#lastBefore(now, KEPT_FOR_ARCHIVE)));
    return this.#samples[this.#lastBefore(now, KEPT_ENTRIES)]?.lastId;
  }

  /** The newest sample with so many entries after it; -1 for none. */
  #lastBefore(now: StreamSize, entries: number): number {
    return this.#samples.findLastIndex((sample) => sample.entriesAdded <= now.entriesAdded - entries);
  }

  async #neededByGroups(now: StreamSize): Promise<string[]> {
    const groups = (await this.client.xinfo('GROUPS', this.stream)) as readonly unknown[];
    const needed: string[] = [];
    for (const group of groups.map(infoOf)) {
      const pending = (await this.client.xpending(this.stream, String(group['name']))) as readonly unknown[];
      const own = [String(group['last-delivered-id']), ...(typeof pending[1] === 'string' ? [pending[1]] : [])];
      const oldest =
        group['name'] === ARCHIVE_GROUP ? this.#samples[this.#lastBefore(now, KEPT_FOR_ARCHIVE)]?.lastId : undefined;
      needed.push(...own.map((id) => (oldest !== undefined && compareIds(id, oldest) < 0 ? oldest : id)));
    }
    return needed;
  }
}
