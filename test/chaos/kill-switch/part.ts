import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sameMarks, writeListing } from '../../harness/listing.js';
import { Arena } from '../arena.js';
import { check } from '../checks/index.js';
import type { Violation } from '../checks/violation.js';
import { gather } from '../evidence.js';
import { History } from '../history.js';
import { untilCalm } from '../quiescence.js';
import { Random } from '../random.js';
import { untilKnown } from '../run.js';
import type { Scenario } from '../scenario.js';
import { StampLog } from '../stamps.js';
import { Drill, type Engagement, type Stages } from './drill.js';
import type { DrillKind } from './options.js';
import { stoppedForGood, stoppedHere } from './stopped.js';
import type { TroubledCall } from './trouble.js';
import { POSITIONS, standingFaults } from './exchange.js';

const CALM_WITHIN_MS = 30_000;

/** What one set of processes went through. */
export interface PartReport {
  readonly seed: number;
  readonly engagements: readonly Engagement[];
  readonly troubled: readonly TroubledCall[];
  readonly notConfirmed: number;
  readonly stages: Stages;
  readonly proposals: number;
  readonly orders: number;
  /** Requests for an order that the exchange refused, by its own records. */
  readonly refused: number;
  readonly durationMs: number;
  readonly violations: readonly Violation[];
  readonly folder: string;
}

/** Two processes of Apply and one of both issuers, on a Redis and an exchange of their own. */
function scenario(seed: number, folder: string): Scenario {
  const symbols = Object.keys(POSITIONS);
  return {
    seed,
    kind: 'redis stays or restarts',
    gates: [
      { id: 'apply-1', roles: ['apply'] },
      { id: 'apply-2', roles: ['apply'] },
      { id: 'issuers', roles: ['governor', 'position-brain'] },
    ],
    positions: POSITIONS,
    crowd: [],
    paper: { exchangeInfoFile: writeListing(folder, symbols), marks: sameMarks(symbols, '100') },
    fsync: 'everysec',
    minReplicas: 0,
    replica: false,
    env: {
      APPLY_MAX_ATTEMPTS: '1',
      P33_COOLDOWN_SEC: '0',
      P33_POLL_SEC: '0.5',
      EXCHANGE_RECV_WINDOW_MS: '300',
      APPLY_REPEAT_POLICY: 'every_proposal',
      LOG_LEVEL: 'info',
    },
    signing: seed % 2 === 1,
    durationMs: 0,
    proposals: [],
    events: [],
    mayLoseTail: false,
  };
}

export async function part(
  seed: number,
  engagements: number,
  plans: number,
  main: string,
  folder: string,
  kind: DrillKind,
  onProgress: (done: Drill) => void,
): Promise<PartReport> {
  const startedMs = performance.now();
  mkdirSync(folder, { recursive: true });
  const arena = await Arena.open(scenario(seed, folder), main, folder);
  const redis = arena.redis();
  const reading = arena.redis();
  const history = new History(reading, arena.keys);
  const log = new StampLog(redis, arena.keys);
  const drill = new Drill(arena, redis, log, new Random(seed), plans, kind);
  const progress = setInterval(() => onProgress(drill), 5_000);
  try {
    await untilKnown(redis, arena);
    await arena.paper.addFaults(standingFaults());
    await drill.run(engagements);
    await arena.heal();
    const unsettled = await untilCalm(redis, arena.keys, Object.keys(POSITIONS), CALM_WITHIN_MS);
    const records = await arena.paper.records();
    const given = {
      scenario: arena.scenario,
      records,
      stopped: [],
      accepted: [],
      stamps: log.stamps,
      unsettled,
      probes: [],
    };
    const evidence = await gather(redis, arena.keys, given, history);
    const violations = [
      ...stoppedForGood(drill.engagements, records, evidence.traces),
      ...stoppedHere(
        drill.troubled,
        records,
        evidence.traces,
        new Map(arena.gates.map((gate) => [gate.spec.id, sentIn(gate.logFile)])),
      ),
      ...check(evidence, arena.unaskedEnds),
    ];
    const report = {
      seed,
      engagements: drill.engagements,
      troubled: drill.troubled,
      notConfirmed: drill.notConfirmed,
      stages: drill.stages,
      proposals: drill.proposals,
      orders: records.orders.length,
      refused: records.requests.filter(({ method, path, code }) => isOrder(method, path) && code !== undefined).length,
      durationMs: Math.round(performance.now() - startedMs),
      violations,
      folder,
    };
    writeFileSync(join(folder, 'report.json'), JSON.stringify({ ...report, orders: records.orders }, undefined, 1));
    return report;
  } finally {
    clearInterval(progress);
    const ended = history.stop();
    redis.disconnect();
    reading.disconnect();
    await ended;
    await arena.close();
  }
}

const isOrder = (method: string, path: string): boolean => method === 'POST' && path.endsWith('/order');

/** The attempts that a process sent, by its log: it says so right after the bytes were written. */
function sentIn(logFile: string): Set<string> {
  const lines = readFileSync(logFile, 'utf8').split('\n');
  const sent = lines
    .filter((line) => line.includes('Both permits ready after'))
    .map((line) => JSON.parse(line) as { readonly plan_id: string; readonly attempt: number });
  return new Set(sent.map(({ plan_id: planId, attempt }) => `${planId}:${attempt}`));
}
