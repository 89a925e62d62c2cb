import { setTimeout as sleep } from 'node:timers/promises';
import type { Fields } from '../../src/flow/0-primitives.js';
import { readEntries } from '../../src/redis/streams/stream-entry.js';
import type { RedisSession } from '../../src/cli/redis-session.js';
import { Latencies } from './latencies.js';
import type { Subject } from './subjects/subject.js';

const BATCH = 2_000;
const BLOCK_MS = 200;

interface Awaited {
  readonly startMs: number;
  planSeenMs: number;
}

/** Watches what a deployment publishes from outside, on a connection of its own, and takes the time of it. */
export class Observer {
  /** From the moment the proposal was meant to come to the moment its result is seen. */
  readonly total = new Latencies();
  /** From the moment the plan is seen to the moment its result is seen: the way of both is the same. */
  readonly wait = new Latencies();
  /** Results that were not what was asked for, by their `error`. */
  readonly failures = new Map<string, number>();
  /** Results of plans that had one already. */
  duplicates = 0;
  /** Results that came later than the load allows. */
  late = 0;
  readonly #awaited = new Map<string, Awaited>();
  readonly #ended = new Set<string>();
  #running: Promise<void> | undefined;
  #stopping = false;
  #after = { plan: '0-0', result: '0-0' };

  private constructor(
    private readonly session: RedisSession,
    private readonly subject: Subject,
    private readonly seesPlans: boolean,
    private readonly lateAfterMs: number,
  ) {}

  /** `seesPlans: false` reads results alone: cheaper, for loads that are to fill the machine. */
  static async start(
    session: RedisSession,
    subject: Subject,
    seesPlans: boolean,
    lateAfterMs = Infinity,
  ): Promise<Observer> {
    const observer = new Observer(session, subject, seesPlans, lateAfterMs);
    const newest = async (stream: string): Promise<string> =>
      readEntries(await session.commands.xrevrange(stream, '+', '-', 'COUNT', 1)).entries[0]?.id ?? '0-0';
    observer.#after = {
      plan: await newest(session.keys.planStream()),
      result: await newest(session.keys.resultStream()),
    };
    observer.#running = observer.#loop();
    // stop() reports a failure of the observer; until then it must not end the bench.
    observer.#running.catch(() => undefined);
    return observer;
  }

  expect(planId: string, startMs: number): void {
    this.#awaited.set(planId, { startMs, planSeenMs: Number.NaN });
  }

  /** It was not even sent: Redis did not take it in time. */
  notSent(planId: string, why: string): void {
    if (this.#awaited.delete(planId)) this.#failed(`not sent: ${why}`);
  }

  /** Waits until everything has its result, at most `withinMs`; answers with how many have none. */
  async settled(withinMs: number): Promise<number> {
    const untilMs = performance.now() + withinMs;
    while (this.#awaited.size > 0 && performance.now() < untilMs) await sleep(5);
    const missing = this.#awaited.size;
    this.#awaited.clear();
    return missing;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#running;
  }

  async #loop(): Promise<void> {
    const blocking = await this.session.openBlocking();
    const { keys } = this.session;
    const [planStream, resultStream] = [keys.planStream(), keys.resultStream()];
    while (!this.#stopping) {
      const { plan, result } = this.#after;
      const reply = this.seesPlans
        ? await blocking.xread('COUNT', BATCH, 'BLOCK', BLOCK_MS, 'STREAMS', planStream, resultStream, plan, result)
        : await blocking.xread('COUNT', BATCH, 'BLOCK', BLOCK_MS, 'STREAMS', resultStream, result);
      const nowMs = performance.now();
      for (const [stream, raw] of reply ?? []) {
        const { entries } = readEntries(raw);
        if (stream === planStream) {
          this.#after.plan = entries.at(-1)?.id ?? plan;
          for (const { fields } of entries) this.#onPlan(fields, nowMs);
        } else {
          this.#after.result = entries.at(-1)?.id ?? result;
          for (const { fields } of entries) this.#onResult(fields, nowMs);
        }
      }
    }
    blocking.disconnect();
  }

  #onPlan(fields: Fields, nowMs: number): void {
    const awaited = this.#awaited.get(fields['plan_id'] ?? '');
    if (awaited !== undefined) awaited.planSeenMs = nowMs;
  }

  #onResult(fields: Fields, nowMs: number): void {
    const planId = fields['plan_id'] ?? '';
    const awaited = this.#awaited.get(planId);
    if (awaited === undefined) {
      if (this.#ended.has(planId)) this.duplicates += 1;
      return;
    }
    this.#awaited.delete(planId);
    this.#ended.add(planId);
    if (!this.subject.isWanted(fields)) {
      const why = `${fields['error'] ?? ''} ${fields['reason'] ?? ''}`.trim() || (fields['state'] ?? 'no state');
      this.#failed(why);
      return;
    }
    this.total.record(nowMs - awaited.startMs);
    if (nowMs - awaited.startMs > this.lateAfterMs) this.late += 1;
    if (!Number.isNaN(awaited.planSeenMs)) this.wait.record(nowMs - awaited.planSeenMs);
  }

  #failed(why: string): void {
    this.failures.set(why, (this.failures.get(why) ?? 0) + 1);
  }
}
