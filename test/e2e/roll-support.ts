import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Keys } from '../../src/redis/keys/keys.js';
import type { PaperExchange } from '../../src/paper-exchange/index.js';
import { parseProposal } from '../../src/flow/1-proposal.js';
import { planIdOf } from '../../src/flow/2-plan.js';
import { check } from '../chaos/checks/index.js';
import { type Evidence, gather } from '../chaos/evidence.js';
import { type Entry, History } from '../chaos/history.js';
import type { AcceptedProposal } from '../chaos/load.js';
import { untilCalm } from '../chaos/quiescence.js';
import { StampLog } from '../chaos/stamps.js';
import { eventually } from '../harness/eventually.js';
import type { GateProcess } from '../harness/gate-process.js';
import { MAIN } from '../harness/program.js';
import { proposalFields } from '../harness/proposals.js';

export const ROLES = ['position-brain', 'governor', 'apply'] as const;
export type Role = (typeof ROLES)[number];
/** `all`: all three in one process. */
type Roles = Role | 'all';
type Wanted = readonly { readonly role: Roles; readonly copy: string }[];
export const SIX: Wanted = ['a', 'b'].flatMap((copy) => ROLES.map((role) => ({ role, copy })));
export const THREE: Wanted = ['a', 'b', 'c'].map((copy) => ({ role: 'all', copy }));
export const ROLL_POSITIONS: Readonly<Record<string, string>> = {
  BTCUSDT: '400',
  ETHUSDT: '-9000',
  SOLUSDT: '40000',
  DOGEUSDT: '-9000000',
  LINKUSDT: '200000',
  '1000SHIBUSDT': '-30000000',
  SPELLUSDT: '900000000',
};
/** Limits that are never reached: what does not trade then is the roll's doing. */
export const ROLL_ENV = {
  APPLY_REPEAT_POLICY: 'once_per_episode',
  APPLY_PROPOSALS_PER_MIN: '1000000',
  GOV_MAX_REDUCE_NOTIONAL_PER_DAY_USD: '1000000000000',
} as const;

const EVERY_MS = 100;
const KNOWN_WITHIN_MS = 20_000;
const CALM_WITHIN_MS = 30_000;

interface RollReport {
  /** What the checks of docs/chaos.md found, as sentences. */
  readonly violations: readonly string[];
  readonly proposals: number;
  readonly executed: number;
  /** Orders whose process ended before it had their answer. */
  readonly unknown: number;
  /** From the publication of an attempt to its result, by the clock of Redis. */
  readonly worstResultMs: number;
  /** From the first publication of a plan to its last result, whatever that says. */
  readonly worstPlanMs: number;
  /** The plans that took longest: what was published and what came of it, in ms since the first publication. */
  readonly slowest: readonly string[];
  /** How often a proposal ended without an order, by the error of its last result, or by the reason of one that was never published. */
  readonly others: Readonly<Record<string, number>>;
}

interface Instance {
  readonly role: Roles;
  readonly copy: string;
  gate: GateProcess;
}

type StartInstance = (role: Roles, copy: string, main: string) => Promise<GateProcess>;

interface Deployment {
  readonly redis: Redis;
  /** Blocks while it reads. */
  readonly reading: Redis;
  readonly keys: Keys;
  readonly exchange: PaperExchange;
}

/** Replaces the instances, one process at a time, with each of the builds in turn, while ten proposals a second arrive. */
export function rollUnderLoad(
  builds: readonly string[],
  deployment: Deployment,
  start: StartInstance,
  wanted: Wanted,
): Promise<RollReport> {
  return underLoad(deployment, start, wanted, async (instances) => {
    for (const main of builds) for (const instance of instances) await replace(instance, start, main);
  });
}

/** Starts the instances, and does something with them while ten proposals a second arrive. */
export async function underLoad(
  deployment: Deployment,
  start: StartInstance,
  wanted: Wanted,
  act: (instances: readonly Instance[]) => Promise<void>,
): Promise<RollReport> {
  const { redis, keys } = deployment;
  const instances = await startInstances(start, wanted);
  for (const symbol of Object.keys(ROLL_POSITIONS))
    await eventually(async () => (await redis.exists(keys.ledger(symbol))) === 1 || undefined, KNOWN_WITHIN_MS);
  const load = new RollLoad(deployment);
  try {
    await act(instances);
    return await load.report();
  } finally {
    await load.stop();
  }
}

/** All of this version. */
function startInstances(start: StartInstance, wanted: Wanted): Promise<Instance[]> {
  return Promise.all(wanted.map(async ({ role, copy }) => ({ role, copy, gate: await start(role, copy, MAIN) })));
}

/** Ends an instance as an upgrade does, and starts it again from another build. */
async function replace(instance: Instance, start: StartInstance, main: string): Promise<void> {
  const { role, copy, gate } = instance;
  const { code } = await gate.program.stop('SIGTERM');
  if (code !== 0)
    throw new Error(`${role}-${copy} ended with ${code ?? 'a signal'}, not 0:\n${gate.program.lastLines()}`);
  instance.gate = await start(role, copy, main);
}

/** Ten proposals a second for as long as instances are replaced, and what became of them. */
class RollLoad {
  readonly #history: History;
  readonly #log: StampLog;
  readonly #accepted: AcceptedProposal[] = [];
  readonly #stopped = new AbortController();
  readonly #running: Promise<void>;

  constructor(private readonly deployment: Deployment) {
    const { redis, reading, keys } = deployment;
    this.#history = new History(reading, keys);
    this.#log = new StampLog(redis, keys);
    this.#running = this.#propose();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
    await this.#history.stop();
    this.deployment.reading.disconnect();
  }

  /** Ends the load, waits until all has come to rest, and checks every guarantee. */
  async report(): Promise<RollReport> {
    const { redis, keys, exchange } = this.deployment;
    this.#stopped.abort();
    await this.#running;
    const symbols = Object.keys(ROLL_POSITIONS);
    const unsettled = await untilCalm(redis, keys, symbols, CALM_WITHIN_MS);
    const given = {
      scenario: {
        positions: ROLL_POSITIONS,
        env: ROLL_ENV as Readonly<Record<string, string>>,
        mayLoseTail: false,
      } as Evidence['scenario'],
      records: exchange.records(),
      stopped: [],
      accepted: this.#accepted,
      stamps: this.#log.stamps,
      unsettled,
      probes: [],
    };
    return reportOf(await gather(redis, keys, given, this.#history));
  }

  async #propose(): Promise<void> {
    const symbols = Object.keys(ROLL_POSITIONS);
    const beganMs = performance.now();
    for (let count = 0; !this.#stopped.signal.aborted; count += 1) {
      await sleep(Math.max(0, beganMs + count * EVERY_MS - performance.now()));
      const symbol = symbols[count % symbols.length] ?? '';
      const fields = proposalFields('CLOSE_PCT', { close_pct: '0.05', proposal_id: `roll-${count}` });
      await this.#log.stream(symbol, fields);
      const reading = parseProposal(symbol, fields);
      if (!reading.ok) throw new Error(`${reading.reason}: ${reading.detail}`);
      this.#accepted.push({ symbol, fields, planId: planIdOf(reading.proposal) });
    }
  }
}

function reportOf(evidence: Evidence): RollReport {
  const { plans, results, accepted } = evidence;
  const found = Object.keys(ROLL_POSITIONS).flatMap((symbol) => check(ofSymbol(evidence, symbol), []));
  const violations = found.map(({ invariant, what }) => `${invariant}: ${what}`);
  const attempts = plans.filter(({ fields }) => fields['decision'] === 'EXECUTE');
  const publishedAs = new Map(attempts.map((plan) => [attemptOf(plan), timeOf(plan)]));
  const firstMs = new Map(attempts.toReversed().map((plan) => [planOf(plan), timeOf(plan)]));
  const fills = results.filter(({ fields }) => fields['executed'] === 'True');
  const times = new Map<string, number>();
  for (const fill of fills) times.set(planOf(fill), (times.get(planOf(fill)) ?? 0) + 1);
  for (const [planId, count] of times)
    if (count > 1) violations.push(`${count} results of plan ${planId} say that it executed`);
  const last = new Map(results.map((result) => [planOf(result), result]));
  const others: Record<string, number> = {};
  for (const { planId } of accepted.filter((each) => !times.has(each.planId))) {
    const { error = 'refused', reason = '' } = last.get(planId)?.fields ?? {};
    const why = error || (reason.split(':')[0] ?? '');
    others[why] = (others[why] ?? 0) + 1;
  }
  return {
    violations,
    proposals: accepted.length,
    executed: times.size,
    unknown: [...evidence.traces.values()].filter((steps) => steps.some(({ step }) => step === 'unknown')).length,
    worstResultMs: worst(results.map((result) => timeOf(result) - (publishedAs.get(attemptOf(result)) ?? Infinity))),
    worstPlanMs: worst(results.map((result) => timeOf(result) - (firstMs.get(planOf(result)) ?? Infinity))),
    others,
    slowest: slowest(attempts, results, firstMs),
  };
}

const SLOWEST = 3;
function slowest(
  attempts: readonly Entry[],
  results: readonly Entry[],
  firstMs: ReadonlyMap<string, number>,
): string[] {
  const sinceFirst = (entry: Entry): number => timeOf(entry) - (firstMs.get(planOf(entry)) ?? Infinity);
  const last = new Map(results.map((result) => [planOf(result), sinceFirst(result)]));
  const longest = [...last].filter(([, ms]) => Number.isFinite(ms)).toSorted(([, a], [, b]) => b - a);
  return longest.slice(0, SLOWEST).map(([planId]) => {
    const own = (entry: Entry): boolean => planOf(entry) === planId;
    const published = attempts.filter(own).map((entry) => `${sinceFirst(entry)} attempt ${entry.fields['attempt']}`);
    const ended = results.filter(own).map(({ fields, ...entry }) => {
      const said = fields['error'] || fields['state'] || '';
      return `${sinceFirst({ ...entry, fields })} ${said} (${fields['wait_ms']})`;
    });
    return `${planId}: ${[...published, ...ended].toSorted((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10)).join(', ')}`;
  });
}

/** The checks compare each entry with each: they are quick where they see one symbol at a time. */
function ofSymbol(evidence: Evidence, symbol: string): Evidence {
  const { accepted, records, scenario } = evidence;
  const isOfSymbol = (each: { readonly symbol: string }): boolean => each.symbol === symbol;
  const isEntry = ({ fields }: Entry): boolean => fields['symbol'] === symbol;
  const plans = new Set(accepted.filter(isOfSymbol).map(({ planId }) => planId));
  return {
    ...evidence,
    scenario: { ...scenario, positions: { [symbol]: ROLL_POSITIONS[symbol] ?? '' } },
    records: {
      ...records,
      orders: records.orders.filter(isOfSymbol),
      trades: records.trades.filter(isOfSymbol),
    },
    plans: evidence.plans.filter(isEntry),
    results: evidence.results.filter(isEntry),
    accepted: accepted.filter(isOfSymbol),
    stamps: evidence.stamps.filter(isOfSymbol),
    traces: new Map([...evidence.traces].filter(([planId]) => plans.has(planId))),
    reservations: evidence.reservations.filter(({ planId }) => plans.has(planId)),
  };
}

const planOf = ({ fields }: Entry): string => fields['plan_id'] ?? '';
const attemptOf = (entry: Entry): string => `${planOf(entry)}:${entry.fields['attempt'] ?? ''}`;
const worst = (delays: readonly number[]): number => delays.filter(Number.isFinite).reduce((a, b) => Math.max(a, b), 0);
const timeOf = ({ id }: Entry): number => Number(id.split('-')[0]);
