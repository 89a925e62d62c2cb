import type { RedisSession } from '../../src/cli/redis-session.js';
import { readEntries } from '../../src/redis/streams/stream-entry.js';
import { Latencies, type LatencySummary } from './latencies.js';

const BLOCK_MS = 200;
const BATCH = 500;

/** From when a plan is seen in its stream to when its permit of the Position Brain is seen to be set, both from outside. */
export class PermitWatch {
  readonly #planSeenMs = new Map<string, number>();
  readonly #permitSeenMs = new Map<string, number>();
  #isStopping = false;
  #reading: Promise<void> | undefined;
  #unsubscribe: () => void = () => undefined;

  private constructor(private readonly session: RedisSession) {}

  static async start(session: RedisSession): Promise<PermitWatch> {
    const watch = new PermitWatch(session);
    const { keys, commands } = session;
    await commands.config('SET', 'notify-keyspace-events', 'K$');
    const subscriber = await session.openBlocking();
    const start = keys.positionPermit('');
    subscriber.on('pmessage', (_pattern: string, channel: string) => {
      const planId = channel.slice(channel.indexOf(start) + start.length);
      if (!watch.#permitSeenMs.has(planId)) watch.#permitSeenMs.set(planId, performance.now());
    });
    await subscriber.psubscribe(`__keyspace@0__:${start}*`);
    watch.#unsubscribe = () => subscriber.disconnect();
    watch.#reading = watch.#readPlans();
    watch.#reading.catch(() => undefined);
    return watch;
  }

  async end(): Promise<LatencySummary> {
    this.#isStopping = true;
    await this.#reading;
    this.#unsubscribe();
    const found = new Latencies();
    for (const [planId, seenMs] of this.#permitSeenMs) {
      const planMs = this.#planSeenMs.get(planId);
      if (planMs !== undefined) found.record(seenMs - planMs);
    }
    return found.summary();
  }

  async #readPlans(): Promise<void> {
    const blocking = await this.session.openBlocking();
    const stream = this.session.keys.planStream();
    let after =
      readEntries(await this.session.commands.xrevrange(stream, '+', '-', 'COUNT', 1)).entries[0]?.id ?? '0-0';
    while (!this.#isStopping) {
      const reply = await blocking.xread('COUNT', BATCH, 'BLOCK', BLOCK_MS, 'STREAMS', stream, after);
      const seenMs = performance.now();
      for (const [, raw] of reply ?? []) {
        const { entries } = readEntries(raw);
        after = entries.at(-1)?.id ?? after;
        for (const { fields } of entries) {
          const planId = fields['plan_id'] ?? '';
          if (!this.#planSeenMs.has(planId)) this.#planSeenMs.set(planId, seenMs);
        }
      }
    }
    blocking.disconnect();
  }
}
