import type { ExchangeFault, PaperExchangeStart } from '../harness/paper-exchange-process.js';
import type { GateSpec } from './chaos-gate.js';
import { Random } from './random.js';
import type { LinkState } from '../harness/tcp-proxy.js';
import { exchangeFaults } from './exchange-faults.js';

export interface Proposal {
  readonly atMs: number;
  readonly channel: 'hash' | 'stream' | 'api';
  readonly symbol: string;
  readonly action: 'FULL_CLOSE_PROPOSED' | 'PARTIAL_75' | 'PARTIAL_50' | 'UPDATE_SL';
  readonly gate: number;
}

/** When a process is killed: at once, a while after the replies of Redis stopped coming, or while an entry is handled. */
export type KillMoment =
  | { readonly kind: 'at once' }
  | { readonly kind: 'muted'; readonly forMs: number }
  | {
      readonly kind: 'delivery';
      readonly stream: 'proposalStream' | 'planStream' | 'resultStream';
      readonly afterMs: number;
    };

export type ChaosEvent = { readonly atMs: number } & (
  | {
      readonly kind: 'kill';
      readonly gate: number;
      readonly downMs: number;
      readonly moment: KillMoment;
      readonly newName: boolean;
    }
  | { readonly kind: 'terminate'; readonly gate: number; readonly downMs: number }
  | { readonly kind: 'pause'; readonly gate: number; readonly forMs: number }
  | { readonly kind: 'redis-link'; readonly gate: number; readonly state: LinkState; readonly forMs: number }
  | { readonly kind: 'exchange-link'; readonly gate: number; readonly state: LinkState; readonly forMs: number }
  | { readonly kind: 'redis-restart'; readonly how: 'SIGTERM' | 'SIGKILL'; readonly downMs: number }
  | { readonly kind: 'redis-pause'; readonly forMs: number }
  | { readonly kind: 'power-loss'; readonly downMs: number }
  | { readonly kind: 'failover'; readonly behindMs: number }
  | { readonly kind: 'exchange-faults'; readonly faults: readonly ExchangeFault[] }
  | { readonly kind: 'streams'; readonly action: 'drop' | 'expire' | 'silence' }
  | { readonly kind: 'kill-switch'; readonly gate: number; readonly heldMs: number }
);

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
  /** A file with other symbols for the exchange. */
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
    REDIS_MIN_REPLICAS: String(minReplicas),
  };
  const symbols = Object.keys(POSITIONS);
  const proposals: Proposal[] = [];
  const perSecond = options.short ? 7 : random.between(6, 10);
  for (let atMs = 0; atMs < durationMs; atMs += (2_000 * random.next()) / perSecond) {
    proposals.push({
      atMs,
      channel: random.weighted([
        [3, 'hash'],
        [4, 'stream'],
        [3, 'api'],
      ]),
      symbol: random.pick(symbols),
      action: random.weighted([
        [10, 'PARTIAL_50'],
        [4, 'PARTIAL_75'],
        [1, 'FULL_CLOSE_PROPOSED'],
        [2, 'UPDATE_SL'],
      ]),
      gate: random.between(0, gates.length - 1),
    });
  }
  const events = eventsOf(random, gates, durationMs, options);
  // A killed server has passed all answered writes to the kernel, except during a slow fsync.
  const killed = events.some(
    ({ kind, ...event }) => kind === 'redis-restart' && 'how' in event && event.how === 'SIGKILL',
  );
  const fallsBehind = killed && fsync === 'everysec';
  const ofRedis = fallsBehind ? 'redis is killed, fsync behind' : 'redis stays or restarts';
  return {
    seed,
    kind: options.failover ? 'failover' : options.powerLoss ? 'power loss' : ofRedis,
    gates,
    positions: POSITIONS,
    fsync,
    minReplicas,
    replica: options.failover,
    env,
    durationMs,
    proposals,
    events,
    mayLoseTail: options.failover || options.powerLoss || fallsBehind,
  };
}

function eventsOf(
  random: Random,
  gates: readonly GateSpec[],
  durationMs: number,
  options: ScenarioOptions,
): ChaosEvent[] {
  const events: ChaosEvent[] = [];
  const spacing = options.short ? 700 : 600;
  for (let atMs = 300; atMs < durationMs - 500; atMs += spacing * (0.4 + 1.2 * random.next())) {
    events.push({ atMs: Math.round(atMs), ...oneEvent(random, gates) });
  }
  for (let atMs = 200; atMs < durationMs; atMs += 2_000 * random.next()) {
    events.push({ atMs: Math.round(atMs), kind: 'exchange-faults', faults: exchangeFaults(random) });
  }
  if (options.failover) {
    events.push({
      atMs: random.between(Math.round(durationMs * 0.3), Math.round(durationMs * 0.8)),
      kind: 'failover',
      behindMs: random.pick([0, 0, 150, 600, 1_200]),
    });
  } else if (options.powerLoss) {
    const atMs = random.between(Math.round(durationMs * 0.3), Math.round(durationMs * 0.8));
    events.push({ atMs, kind: 'power-loss', downMs: random.between(0, 800) });
  } else if (random.chance(options.short ? 0.3 : 0.6)) {
    events.push({
      atMs: random.between(1_500, durationMs - 500),
      kind: 'redis-restart',
      how: random.pick(['SIGTERM', 'SIGKILL'] as const),
      downMs: random.pick([0, 100, 700, 2_000]),
    });
  }
  return events.toSorted((a, b) => a.atMs - b.atMs);
}

function killMoment(random: Random): KillMoment {
  const kind = random.weighted([
    [1, 'at once'],
    [1, 'muted'],
    [2, 'delivery'],
  ] as const);
  switch (kind) {
    case 'at once':
      return { kind };
    case 'muted':
      return { kind, forMs: random.between(20, 400) };
    case 'delivery': {
      const stream = random.pick(['proposalStream', 'planStream', 'resultStream'] as const);
      return { kind, stream, afterMs: random.between(0, 3) };
    }
  }
  return kind satisfies never;
}

type Unplaced<E> = E extends { readonly atMs: number } ? Omit<E, 'atMs'> : never;

function oneEvent(random: Random, gates: readonly GateSpec[]): Unplaced<ChaosEvent> {
  const gate = random.between(0, gates.length - 1);
  const kind = random.weighted([
    [3, 'kill'],
    [2, 'terminate'],
    [6, 'pause'],
    [6, 'redis-link'],
    [4, 'exchange-link'],
    [1, 'redis-pause'],
    [2, 'streams'],
    [2, 'kill-switch'],
  ] as const);
  const state = random.pick(['cut', 'stall', 'mute'] as const);
  switch (kind) {
    case 'kill':
      return {
        kind,
        gate,
        downMs: random.between(0, 1_500),
        moment: killMoment(random),
        newName: random.chance(0.6),
      };
    case 'terminate':
      return { kind, gate, downMs: random.between(0, 1_000) };
    case 'pause':
      return { kind, gate, forMs: random.pick([150, 500, 1_000, 1_800, 3_000, 4_500]) };
    case 'redis-link':
      return { kind, gate, state, forMs: random.pick([50, 200, 600, 1_300, 2_500]) };
    case 'exchange-link':
      return { kind, gate, state, forMs: random.pick([100, 400, 900, 2_000]) };
    case 'redis-pause':
      return { kind, forMs: random.pick([200, 900, 1_700]) };
    case 'streams':
      return { kind, action: random.pick(['drop', 'expire', 'silence'] as const) };
    case 'kill-switch':
      return { kind, gate, heldMs: random.between(300, 2_000) };
  }
  return kind satisfies never;
}
