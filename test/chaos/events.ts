import type { ExchangeFault } from '../harness/paper-exchange-process.js';
import type { LinkState } from '../harness/tcp-proxy.js';
import { exchangeFaults, inTheDark, type RulesChange, rulesChange } from './exchange-faults.js';
import type { Random } from './random.js';
import { type Game, gameOf } from './strategy.js';

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
  | { readonly kind: 'rules'; readonly symbol: string; readonly change: RulesChange }
  | { readonly kind: 'strategy'; readonly symbol: string; readonly game: Game }
);

/** What the disturbances depend on. */
interface EventOptions {
  /** How many processes there are. */
  readonly gates: number;
  readonly durationMs: number;
  /** The symbols with a strategy of their own. */
  readonly ofStrategies: readonly string[];
  readonly short: boolean;
  readonly failover: boolean;
  readonly powerLoss: boolean;
}

/** The disturbances of a run, in the order of their times. */
export function eventsOf(random: Random, options: EventOptions): ChaosEvent[] {
  const { gates, durationMs, ofStrategies } = options;
  const events: ChaosEvent[] = [];
  const spacing = options.short ? 700 : 600;
  for (let atMs = 300; atMs < durationMs - 500; atMs += spacing * (0.4 + 1.2 * random.next())) {
    events.push({ atMs: Math.round(atMs), ...oneEvent(random, gates) });
  }
  for (let atMs = 200; atMs < durationMs; atMs += 2_000 * random.next()) {
    events.push({ atMs: Math.round(atMs), kind: 'exchange-faults', faults: exchangeFaults(random) });
  }
  for (const symbol of ofStrategies) {
    // One that begins while the one before it goes on is left out.
    for (let atMs = 100; atMs < durationMs - 300; atMs += 900 * random.next())
      events.push({ atMs: Math.round(atMs), kind: 'strategy', symbol, game: gameOf(random, events.length) });
  }
  if (random.chance(0.6)) {
    const atMs = random.between(500, durationMs - 1_000);
    events.push({ atMs, kind: 'rules', ...rulesChange(random) });
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
  // Early, so that the proof time passes before everything is healed.
  if (random.chance(0.5)) {
    events.push({ atMs: random.between(200, 1_200), kind: 'exchange-faults', faults: inTheDark(random) });
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

function oneEvent(random: Random, gates: number): Unplaced<ChaosEvent> {
  const gate = random.between(0, gates - 1);
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
