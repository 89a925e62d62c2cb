import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Decimal } from 'decimal.js';
import type { Redis } from 'ioredis';
import { Arena } from './arena.js';
import { check } from './checks/index.js';
import type { Violation } from './checks/violation.js';
import { Director } from './director.js';
import { attemptsOf, type Evidence, gather, type Probe } from './evidence.js';
import { History } from './history.js';
import { Load } from './load.js';
import { untilCalm } from './quiescence.js';
import type { Scenario } from './scenario.js';
import { Stages } from './stages.js';
import { StampLog } from './stamps.js';

const CALM_WITHIN_MS = 45_000;
/** More than all that a run waits for with a time of its own: start, start after healing, rest and what comes between. */
const RUN_WITHIN_MS = 240_000;
/** What was begun in a run that failed is given so long to end; then its processes are killed anyway. */
const ABANDON_WITHIN_MS = 20_000;
/** A probe's plan and its result take a window and a little more. */
const PROBE_MS = 2_500;

export interface RunReport {
  readonly seed: number;
  readonly kind: Scenario['kind'];
  readonly mayLoseTail: boolean;
  readonly signing: boolean;
  readonly durationMs: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly violations: readonly Violation[];
  readonly folder: string;
}

/** One run: starts everything, injects faults under load, ends them, waits until the system is idle, and checks the guarantees. */
export async function run(scenario: Scenario, main: string, folder: string): Promise<RunReport> {
  const stages = new Stages(RUN_WITHIN_MS);
  const startedMs = performance.now();
  const opening = Arena.open(scenario, main, folder);
  const arena = await stages.limit(stages.of('everything to start', opening)).catch((error: unknown) => {
    // What starts too late ends at once.
    void opening.then((late) => late.close()).catch(() => undefined);
    throw error;
  });
  const redis = arena.redis();
  const reading = arena.redis();
  const history = new History(reading, arena.keys);
  const log = new StampLog(redis, arena.keys);
  const director = new Director(arena, log, history);
  const load = new Load(arena, log);
  const steps = async (): Promise<RunReport> => {
    await stages.of('the Position Brain to know every symbol', untilKnown(redis, arena));
    await stages.of('load and disturbances to be over', disturb(scenario, director, load));
    await stages.of('the disturbances to end', director.settled());
    await stages.of('the exchange to take its faults back', arena.heal());
    await stages.of('every role to run', arena.untilUp());
    await stages.of('the kill switch to be released', director.release());
    const symbols = Object.keys(scenario.positions);
    const unsettled = await stages.of('rest', untilCalm(redis, arena.keys, symbols, CALM_WITHIN_MS));
    const probes = scenario.mayLoseTail ? await stages.of('the probes', probe(arena, redis, load)) : [];
    const records = await stages.of('the records of the exchange', arena.paper.records());
    const { stopped } = director;
    const given = { scenario, records, stopped, accepted: load.accepted, stamps: log.stamps, unsettled, probes };
    const evidence = await stages.of('the evidence in Redis', gather(redis, arena.keys, given, history));
    const violations = check(evidence, arena.unaskedEnds);
    keep(folder, evidence, violations);
    const { seed, kind, mayLoseTail, signing } = scenario;
    return {
      seed,
      kind,
      mayLoseTail,
      signing,
      durationMs: Math.round(performance.now() - startedMs),
      counts: countsOf(
        evidence,
        { ...director.counts, burst: scenario.crowd.length },
        load.sent,
        arena.unaskedEnds.length,
      ),
      violations,
      folder,
    };
  };
  try {
    return await stages.limit(steps());
  } finally {
    await Promise.race([director.abandoned(), sleep(ABANDON_WITHIN_MS, undefined, { ref: false })]);
    const stopped = history.stop();
    redis.disconnect();
    reading.disconnect();
    await stopped;
    await arena.close();
  }
}

/** Waits until the Position Brain knows every symbol; earlier plans would be denied. */
export async function untilKnown(redis: Redis, { keys, scenario }: Arena): Promise<void> {
  for (const symbol of Object.keys(scenario.positions)) {
    while ((await redis.exists(keys.ledger(symbol))) === 0) await sleep(50);
  }
}

async function disturb(scenario: Scenario, director: Director, load: Load): Promise<void> {
  const beganMs = performance.now();
  const proposed: Promise<void>[] = [];
  const due = [
    ...scenario.proposals.map((proposal, index) => ({
      atMs: proposal.atMs,
      act: () => void proposed.push(load.propose(proposal, index)),
    })),
    ...scenario.events.map((event) => ({ atMs: event.atMs, act: () => director.begin(event) })),
  ].toSorted((a, b) => a.atMs - b.atMs);
  for (const { atMs, act } of due) {
    const waitMs = beganMs + atMs - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    act();
  }
  await Promise.all(proposed);
}

async function probe(arena: Arena, redis: Redis, load: Load): Promise<Probe[]> {
  const { positions } = await arena.paper.records();
  const probes: Probe[] = [];
  for (const symbol of Object.keys(arena.scenario.positions)) {
    const kept = await redis.hget(arena.keys.ledger(symbol), 'last_known_amt');
    const exchange = positions.find((each) => each.symbol === symbol)?.amount ?? '0';
    if (kept !== null && new Decimal(kept).eq(exchange)) continue;
    probes.push({ symbol, sinceMs: Date.now() });
    await load.propose(
      { atMs: 0, channel: 'stream', symbol, action: 'PARTIAL_50', gate: 0 },
      1_000_000 + probes.length,
    );
  }
  if (probes.length > 0) await sleep(PROBE_MS);
  return probes;
}

function countsOf(
  { plans, results, records }: Evidence,
  events: Readonly<Record<string, number>>,
  proposals: number,
  ends: number,
): Record<string, number> {
  const attempts = [...attemptsOf(plans).values()];
  return {
    proposals,
    plans: attempts.length,
    attempts: attempts.reduce((sum, each) => sum + each.size, 0),
    orders: records.orders.length,
    stops: records.algoOrders.length,
    executed: results.filter(({ fields }) => fields['executed'] === 'True').length,
    not_found: results.filter(({ fields }) => fields['state'] === 'NOT_FOUND').length,
    ended_by_themselves: ends,
    ...events,
  };
}

/** Writes the evidence of a violation beside the logs. */
function keep(folder: string, evidence: Evidence, violations: readonly Violation[]): void {
  const { traces, takenUp, ...rest } = evidence;
  const record = { violations, ...rest, traces: Object.fromEntries(traces), takenUp: Object.fromEntries(takenUp) };
  writeFileSync(join(folder, 'evidence.json'), JSON.stringify(record, undefined, 1));
}
