import type { Fields } from '../../flow/0-primitives.js';
import { asRedisError } from '../../redis/connection/redis.errors.js';
import type { RedisClient } from '../../redis/connection/redis-clients.js';
import { readEntries } from '../../redis/streams/stream-entry.js';
import type { RedisSession } from '../redis-session.js';

export type WatchedStream = 'plan' | 'permit' | 'result';

export interface SeenEntry {
  readonly stream: WatchedStream;
  readonly id: string;
  readonly fields: Fields;
}

type Fits = (entry: SeenEntry) => boolean;

/** Short, so that stopping is quick. */
const BLOCK_MS = 100;
const BATCH = 200;

/** Follows plans, permit events and results from the moment it is started, and remembers what it saw. */
export class DeploymentWatch {
  readonly #seen: SeenEntry[] = [];
  readonly #waiting = new Set<() => void>();
  readonly #running: Promise<void>;
  #stopping = false;
  #trouble: Error | undefined;

  private constructor(
    private readonly blocking: RedisClient,
    private readonly places: Map<string, { readonly stream: WatchedStream; after: string }>,
  ) {
    this.#running = this.#follow();
  }

  /** Everything that is appended after this resolves is seen. */
  static async start(session: RedisSession): Promise<DeploymentWatch> {
    const { keys, commands } = session;
    const streams: readonly (readonly [WatchedStream, string])[] = [
      ['plan', keys.planStream()],
      ['permit', keys.permitEvents()],
      ['result', keys.resultStream()],
    ];
    const places = await Promise.all(
      streams.map(async ([stream, key]) => {
        const newest = await commands.xrevrange(key, '+', '-', 'COUNT', 1);
        return [key, { stream, after: newest[0]?.[0] ?? '0-0' }] as const;
      }),
    );
    return new DeploymentWatch(await session.openBlocking(), new Map(places));
  }

  /** The first entry that matches, past or future; `undefined` when none came within `withinMs` or the watch was stopped. */
  async first(fits: Fits, withinMs: number): Promise<SeenEntry | undefined> {
    const untilMs = performance.now() + withinMs;
    for (;;) {
      const found = this.#seen.find(fits);
      if (found !== undefined) return found;
      if (this.#trouble !== undefined) throw this.#trouble;
      const leftMs = untilMs - performance.now();
      if (leftMs <= 0 || this.#stopping) return undefined;
      await this.#news(leftMs);
    }
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#running;
  }

  #news(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, withinMs);
      this.#waiting.add(done);
    });
  }

  async #follow(): Promise<void> {
    while (!this.#stopping) {
      try {
        this.#accept(await this.#read());
      } catch (error) {
        if (!this.#stopping) this.#trouble = asRedisError(error, 'following the streams');
        this.#stopping = true;
      }
      for (const wake of this.#waiting) wake();
    }
  }

  #read(): Promise<unknown> {
    const keys = [...this.places.keys()];
    const after = [...this.places.values()].map((place) => place.after);
    return this.blocking.xread('COUNT', BATCH, 'BLOCK', BLOCK_MS, 'STREAMS', ...keys, ...after);
  }

  #accept(reply: unknown): void {
    for (const [key, raw] of (reply ?? []) as [string, Parameters<typeof readEntries>[0]][]) {
      const place = this.places.get(key);
      if (place === undefined) continue;
      for (const { id, fields } of readEntries(raw).entries) {
        place.after = id;
        this.#seen.push({ stream: place.stream, id, fields });
      }
    }
  }
}
