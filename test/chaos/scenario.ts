import type { PaperExchangeStart } from '../harness/paper-exchange-process.js';
import type { GateSpec } from './chaos-gate.js';
import { Random } from './random.js';
import { burstOf, CROWD_POSITION, crowdOf } from './bursts.js';
import { type ChaosEvent, eventsOf } from './events.js';

export interface Proposal {
  readonly atMs: number;
  readonly channel: 'hash' | 'stream' | 'api';
  readonly symbol: string;
  readonly action: 'FULL_CLOSE_PROPOSED' | 'PARTIAL_75' | 'PARTIAL_50' | 'PARTIAL_25' | 'CLOSE_PCT' | 'UPDATE_SL';
  /** Of `CLOSE_PCT`. */
  readonly closePct?: string;
  readonly gate: number;
}

/** What may happen to Redis in a run. */
export type RunKind = 'redis stays or restarts' | 'redis is killed, fsync behind' | 'failover' | 'power loss';

export interface Scenario {
  readonly seed: number;
  readonly kind: RunKind;
  readonly gates: readonly GateSpec[];
  readonly positions: Readonly<Record<string, string>>;
  readonly fsync: 'always' | 'everysec';
  readonly minReplicas: 0 | 1;
  readonly replica: boolean;
  readonly env: Readonly<Record<string, string>>;
  /** Permits are signed, and Apply takes no others. */
  readonly signing: boolean;
  /** Of {@link positions}: symbols that the exchange lists beside its own, and that only a burst asks for. */
  readonly crowd: readonly string[];
  /** Where the exchange lists other symbols than its own. */
  readonly paper?: Omit<PaperExchangeStart, 'positions'>;
  readonly durationMs: number;
  readonly proposals: readonly Proposal[];
  readonly events: readonly ChaosEvent[];
  /** Redis may lose its last writes: docs/chaos.md says which guarantees still hold. */
  readonly mayLoseTail: boolean;
}

export interface ScenarioOptions {
  readonly short: boolean;
  readonly failover: boolean;
  readonly powerLoss: boolean;
}

const ROLES = ['apply', 'governor', 'position-brain'];
const LAYOUTS: readonly (readonly GateSpec[])[] = [
  [
    { id: 'apply-1', roles: ['apply'] },
    { id: 'apply-2', roles: ['apply'] },
    { id: 'gov-1', roles: ['governor'] },
    { id: 'gov-2', roles: ['governor'] },
    { id: 'p33-1', roles: ['position-brain'] },
    { id: 'p33-2', roles: ['position-brain'] },
  ],
  [
    { id: 'all-1', roles: ROLES },
    { id: 'all-2', roles: ROLES },
    { id: 'apply-3', roles: ['apply'] },
  ],
  [
    { id: 'apply-1', roles: ['apply'] },
    { id: 'apply-2', roles: ['apply'] },
    { id: 'issuers-1', roles: ['governor', 'position-brain'] },
    { id: 'issuers-2', roles: ['governor', 'position-brain'] },
  ],
];
const SHORT_LAYOUT: readonly GateSpec[] = [
  { id: 'all-1', roles: ROLES },
  { id: 'all-2', roles: ROLES },
];

/** Large enough for many halvings; BTCUSDT is above the exchange's market maximum of 120. */
const POSITIONS: Readonly<Record<string, string>> = {
  BTCUSDT: '400',
  ETHUSDT: '-900',
  SOLUSDT: '4000',
  DOGEUSDT: '-900000',
  LINKUSDT: '20000',
  '1000SHIBUSDT': '-3000000',
  SPELLUSDT: '90000000',
};

/** Every random choice of a run, made before it begins. */
export function scenarioOf(seed: number, options: ScenarioOptions): Scenario {
  const random = new Random(seed);
  const gates = options.short ? SHORT_LAYOUT : random.pick(LAYOUTS);
  const durationMs = options.short ? 5_000 : random.between(9_000, 12_000);
  const fsync = options.powerLoss ? 'everysec' : random.pick(['always', 'everysec'] as const);
  const minReplicas = options.failover && random.chance(0.5) ? 1 : 0;
  const env = {
    P33_COOLDOWN_SEC: random.pick(['0', '0.2', '0.5']),
    P33_POLL_SEC: random.pick(['0.3', '0.6', '1']),
    APPLY_POLL_SEC: random.pick(['0.1', '0.25']),
    APPLY_MAX_ATTEMPTS: '3',
    APPLY_REPEAT_POLICY: random.pick(['once_per_episode', 'once_per_episode', 'every_proposal']),
    REDIS_MIN_REPLICAS: String(minReplicas),
  };
  const symbols = Object.keys(POSITIONS);
  const ofStrategies = strategySymbols(seed);
  const proposals: Proposal[] = [];
  const perSecond = options.short ? 7 : random.between(6, 10);
  for (let atMs = 0; atMs < durationMs; atMs += (2_000 * random.next()) / perSecond) {
    const proposal = proposalOf(random, atMs, symbols, gates.length);
    // On the symbols of its own, only operators interfere with a strategy.
    if (ofStrategies.includes(proposal.symbol) && proposal.channel !== 'api') continue;
    proposals.push(proposal);
  }
  const events = eventsOf(random, { gates: gates.length, durationMs, ofStrategies, ...options });
  // From a source of its own, so that a run without a burst is drawn as one with it.
  const crowd = crowdOf(seed, options.short);
  proposals.push(...burstOf(new Random(~seed), crowd, gates.length, durationMs));
  // A server that is killed has handed to the kernel what it answered for, but for the moments of a slow fsync.
  const killed = events.some(
    ({ kind, ...event }) => kind === 'redis-restart' && 'how' in event && event.how === 'SIGKILL',
  );
  const fallsBehind = killed && fsync === 'everysec';
  const ofRedis = fallsBehind ? 'redis is killed, fsync behind' : 'redis stays or restarts';
  return {
    seed,
    kind: options.failover ? 'failover' : options.powerLoss ? 'power loss' : ofRedis,
    gates,
    positions: { ...POSITIONS, ...Object.fromEntries(crowd.map((symbol) => [symbol, CROWD_POSITION])) },
    crowd,
    fsync,
    minReplicas,
    replica: options.failover,
    env,
    signing: seed % 2 === 1,
    durationMs,
    proposals,
    events,
    mayLoseTail: options.failover || options.powerLoss || fallsBehind,
  };
}

/** Two symbols of each run have a strategy of their own, which changes its mind. */
function strategySymbols(seed: number): readonly string[] {
  const symbols = Object.keys(POSITIONS);
  return [0, 3].map((apart) => symbols[(seed + apart) % symbols.length] ?? '');
}

function proposalOf(random: Random, atMs: number, symbols: readonly string[], gates: number): Proposal {
  const proposal = {
    atMs,
    channel: random.weighted([
      [3, 'hash'],
      [4, 'stream'],
      [3, 'api'],
    ] as const),
    symbol: random.pick(symbols),
    action: random.weighted([
      [9, 'PARTIAL_50'],
      [4, 'PARTIAL_75'],
      [3, 'PARTIAL_25'],
      [3, 'CLOSE_PCT'],
      [1, 'FULL_CLOSE_PROPOSED'],
      [2, 'UPDATE_SL'],
    ] as const),
    gate: random.between(0, gates - 1),
  };
  return proposal.action === 'CLOSE_PCT'
    ? { ...proposal, closePct: random.pick(['12.5', '40', '66.6', '90']) }
    : proposal;
}
