import type { Redis } from 'ioredis';
import type { Keys } from '../../src/redis/keys/keys.js';
import type { StoppedSpan } from './director.js';
import type { Entry, History } from './history.js';
import type { AcceptedProposal } from './load.js';
import type { ExchangeRecords } from '../harness/paper-exchange-process.js';
import type { Scenario } from './scenario.js';
import type { Stamp } from './stamps.js';

export interface TraceStep {
  readonly step: string;
  readonly attempt: number;
  /** Redis' clock. */
  readonly at_ms: number;
  readonly [field: string]: unknown;
}

export interface Reserved {
  readonly planId: string;
  readonly attempt: string;
  readonly fields: Readonly<Record<string, string>>;
}

export interface SymbolState {
  readonly ledger: Readonly<Record<string, string>>;
  readonly usage: Readonly<Record<string, string>>;
  /** `plan_id:attempt` of the rolling hour. */
  readonly executions: readonly string[];
  readonly hold: string | null;
  readonly inflight: string | null;
}

/** What the journal of a plan says of the proposal behind its last claim. Amounts are signed; a stop has no target. */
export interface TakenUpAtClaim {
  readonly identity: string;
  readonly episode: number;
  readonly amount: string;
  readonly target?: string;
}

/** A proposal on a symbol whose ledger was off after all had come to rest. */
export interface Probe {
  readonly symbol: string;
  /** Host clock, epoch ms. */
  readonly sinceMs: number;
}

/** All that the checks look at: the exchange's own records, what was said in the streams, and what Redis holds in the end. */
export interface Evidence {
  readonly scenario: Scenario;
  readonly records: ExchangeRecords;
  readonly plans: readonly Entry[];
  readonly results: readonly Entry[];
  readonly permitEvents: readonly Entry[];
  readonly deadLetters: readonly Entry[];
  readonly traces: ReadonlyMap<string, readonly TraceStep[]>;
  readonly reservations: readonly Reserved[];
  readonly symbols: Readonly<Record<string, SymbolState>>;
  readonly governorDisarm: string | null;
  readonly stopped: readonly StoppedSpan[];
  readonly accepted: readonly AcceptedProposal[];
  /** What the strategies wrote, oldest first. */
  readonly stamps: readonly Stamp[];
  /** By plan; only of plans that were claimed. */
  readonly takenUp: ReadonlyMap<string, TakenUpAtClaim>;
  /** What had not come to rest when the harness stopped waiting; empty when all did. */
  readonly unsettled: readonly string[];
  readonly probes: readonly Probe[];
}

export async function gather(
  redis: Redis,
  keys: Keys,
  given: Pick<Evidence, 'scenario' | 'records' | 'stopped' | 'accepted' | 'stamps' | 'unsettled' | 'probes'>,
  history: History,
): Promise<Evidence> {
  const { entries } = history;
  const traces = new Map<string, readonly TraceStep[]>();
  const takenUp = new Map<string, TakenUpAtClaim>();
  const reservations: Reserved[] = [];
  for (const [planId, attempts] of attemptsOf(entries.planStream)) {
    const steps = await redis.lrange(keys.trace(planId), '0', '-1');
    traces.set(
      planId,
      steps.map((step) => JSON.parse(step) as TraceStep),
    );
    const [text, identity] = await redis.hmget(keys.journal(planId), 'taken_up', 'identity');
    if (text && identity) takenUp.set(planId, { ...(JSON.parse(text) as Omit<TakenUpAtClaim, 'identity'>), identity });
    for (const attempt of attempts) {
      const fields = await redis.hgetall(keys.reservation(planId, attempt));
      if (Object.keys(fields).length > 0) reservations.push({ planId, attempt, fields });
    }
  }
  const symbols: Record<string, SymbolState> = {};
  for (const symbol of Object.keys(given.scenario.positions)) {
    symbols[symbol] = {
      ledger: await redis.hgetall(keys.ledger(symbol)),
      usage: await redis.hgetall(keys.usage(symbol)),
      executions: await redis.zrange(keys.executions(symbol), '0', '-1'),
      hold: await redis.get(keys.hold(symbol)),
      inflight: await redis.get(keys.inflight(symbol)),
    };
  }
  return {
    ...given,
    plans: entries.planStream,
    results: entries.resultStream,
    permitEvents: entries.permitEvents,
    deadLetters: entries.deadLetters,
    traces,
    takenUp,
    reservations,
    symbols,
    governorDisarm: await redis.get(keys.governorDisarm()),
  };
}

/** The published attempts of each plan. */
export function attemptsOf(plans: readonly Entry[]): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const { fields } of plans) {
    const { plan_id: planId, attempt, decision } = fields;
    if (decision !== 'EXECUTE' || planId === undefined || attempt === undefined) continue;
    found.set(planId, (found.get(planId) ?? new Set()).add(attempt));
  }
  return found;
}
