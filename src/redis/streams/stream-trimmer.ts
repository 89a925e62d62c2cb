import { asRedisError } from '../connection/redis.errors.js';
import type { RedisClient } from '../connection/redis-clients.js';
import { compareIds } from './stream-entry.js';

/** At least this many entries are kept. */
const KEPT_ENTRIES = 10_000;
const MAX_SAMPLES = 10_000;

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
 * or acknowledged, and the entries of open plans. It remembers the last id of the stream at each call, and cuts at a remembered id that
 * has {@link KEPT_ENTRIES} entries after it.
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
      const needed = [cut, ...stillNeeded, ...(await this.#neededByGroups())].toSorted(compareIds)[0] ?? cut;
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
    const old = this.#samples.findLastIndex((sample) => sample.entriesAdded <= now.entriesAdded - KEPT_ENTRIES);
    const cut = this.#samples[old]?.lastId;
    this.#samples = [...this.#samples.slice(Math.max(0, old)), now].slice(-MAX_SAMPLES);
    return cut;
  }

  async #neededByGroups(): Promise<string[]> {
    const groups = (await this.client.xinfo('GROUPS', this.stream)) as readonly unknown[];
    const needed: string[] = [];
    for (const group of groups.map(infoOf)) {
      needed.push(String(group['last-delivered-id']));
      const pending = (await this.client.xpending(this.stream, String(group['name']))) as readonly unknown[];
      if (typeof pending[1] === 'string') needed.push(pending[1]);
    }
    return needed;
  }
}
