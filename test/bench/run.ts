import { setTimeout as sleep } from 'node:timers/promises';
import type { Fields } from '../../src/flow/0-primitives.js';
import { readEntries } from '../../src/redis/streams/stream-entry.js';
import type { RedisSession } from '../../src/cli/redis-session.js';
import type { LatencySummary } from './latencies.js';
import { type Arrival, openLoop } from './load.js';
import { Observer } from './observer.js';
import { totalUsage } from './process-usage.js';
import { by, type Effort } from './scenario.js';
import type { Subject } from './subjects/subject.js';
import type { BenchEnvironment } from './environment.js';

export const SETTLE_MS = 5_000;
const WARM_UP = { perSecond: 400, count: 200 } as const;

export interface Measured {
  /** Plan seen to result seen; empty where plans were not watched. */
  readonly wait: LatencySummary;
  /** From when the proposal was meant to come to its result. */
  readonly total: LatencySummary;
  readonly offeredPerSecond: number;
  readonly donePerSecond: number;
  /** CPU time of the subject's processes and of Redis, per plan. */
  readonly cpuMsPerPlan: number;
  readonly redisCpuMsPerPlan: number;
  /** Without a result in time, and results other than wanted by their reason. */
  readonly missing: number;
  readonly failures: Readonly<Record<string, number>>;
  readonly duplicates: number;
  /** Results after {@link RunOptions.lateAfterMs}. */
  readonly late: number;
}

export interface RunOptions {
  readonly perSecond: number;
  readonly count: number;
  /** Plans are watched as well, for the wait alone. */
  readonly seesPlans?: boolean;
  /** From when the proposal was meant to come. */
  readonly lateAfterMs?: number;
}

let proposals = 0;

/** A proposal of the load: as a strategy writes it, each with an id of its own. */
export function proposalAt(epochSec: number): Fields & { readonly proposal_id: string } {
  return {
    harvest_action: 'PARTIAL_50',
    kill_score: '0.5',
    k_regime_flip: '0.1',
    k_sigma_spike: '0.2',
    k_ts_drop: '0.1',
    k_age_penalty: '0.1',
    new_sl_proposed: '',
    R_net: '1.2',
    last_update_epoch: epochSec.toFixed(3),
    computed_at_utc: new Date(epochSec * 1_000).toISOString(),
    reason_codes: 'bench',
    proposal_id: `bench-${(proposals += 1)}`,
  };
}

/** Sends proposals over the stream without waiting for anything. */
export function submitter(
  session: RedisSession,
  subject: Subject,
  symbols: readonly string[],
  observer: Observer,
  onPlan: (planId: string) => void = () => undefined,
): (arrival: Arrival) => void {
  const stream = session.keys.proposalStream();
  return ({ index, startMs }) => {
    const symbol = symbols[index % symbols.length] ?? '';
    const proposal = proposalAt(Date.now() / 1_000);
    const planId = subject.planIdOf(symbol, proposal);
    observer.expect(planId, startMs);
    onPlan(planId);
    const entry = ['symbol', symbol, ...Object.entries(proposal).flat()];
    session.commands
      .xadd(stream, 'MAXLEN', '~', '50000', '*', ...entry)
      .catch((error: unknown) => observer.notSent(planId, String(error)));
  };
}

/** Enough for the engine to have compiled what a plan goes through: before that a plan takes up to twice as long. */
export const warmUpCount = (effort: Effort): number =>
  by(effort, { quick: WARM_UP.count, normal: 3_000, full: 10_000 });

/** Warms the subject up: its code is compiled, its connections are open, its scripts are loaded. */
export async function warmUp(
  environment: BenchEnvironment,
  subject: Subject,
  count: number = WARM_UP.count,
  perSecond: number = WARM_UP.perSecond,
): Promise<void> {
  const observer = await Observer.start(environment.session, subject, false);
  const send = submitter(environment.session, subject, environment.symbols, observer);
  await openLoop({ perSecond, count, send });
  await observer.settled(SETTLE_MS);
  await observer.stop();
}

/** One load on a running subject. */
export async function measure(environment: BenchEnvironment, subject: Subject, options: RunOptions): Promise<Measured> {
  const observer = await Observer.start(environment.session, subject, options.seesPlans ?? true, options.lateAfterMs);
  const send = submitter(environment.session, subject, environment.symbols, observer);
  const before = { own: totalUsage(subject.pids), redis: totalUsage([environment.redisPid]) };
  const startedMs = performance.now();
  await openLoop({ ...options, send });
  const missing = await observer.settled(SETTLE_MS);
  const tookSec = (performance.now() - startedMs) / 1_000;
  const after = { own: totalUsage(subject.pids), redis: totalUsage([environment.redisPid]) };
  await observer.stop();
  subject.forgetLog();
  return {
    wait: observer.wait.summary(),
    total: observer.total.summary(),
    offeredPerSecond: options.perSecond,
    donePerSecond: observer.total.count / tookSec,
    cpuMsPerPlan: (after.own.cpuMs - before.own.cpuMs) / options.count,
    redisCpuMsPerPlan: (after.redis.cpuMs - before.redis.cpuMs) / options.count,
    missing,
    failures: Object.fromEntries(observer.failures),
    duplicates: observer.duplicates,
    late: observer.late,
  };
}

const QUIET_MS = 500;
const QUIET_WITHIN_MS = 30_000;

/** Waits until nothing more comes of what was too much: the next load must not pay for the last. */
export async function quieten({ session: { commands, keys } }: BenchEnvironment): Promise<void> {
  const untilMs = performance.now() + QUIET_WITHIN_MS;
  const newest = async (): Promise<string> =>
    readEntries(await commands.xrevrange(keys.resultStream(), '+', '-', 'COUNT', 1)).entries[0]?.id ?? '';
  for (let last = ''; performance.now() < untilMs; await sleep(QUIET_MS)) {
    const now = await newest();
    if (now === last) return;
    last = now;
  }
}
