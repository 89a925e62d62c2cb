import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import type { KillSwitchState } from '../../redis/stores/control-state.js';
import { ControlStore } from '../../redis/stores/control-store.js';
import { type PlanRecord, PlanRecords } from '../../redis/stores/plan-records.js';
import { PositionStore } from '../../redis/stores/position-store.js';
import { RedisUnavailable } from '../../redis/connection/redis.errors.js';
import { problem } from '../problem/problem.js';
import { RedisTime } from '../system/redis-time.js';
import { isClaimed, type Settlement, settlementOf } from './in-flight.js';

/** The deadline of the engaging call. */
const ANSWER_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 25;
const ASK_AGAIN_MS = 100;

/** A plan that was claimed when the switch was engaged, and its latest known state. */
export interface InFlightPlan {
  readonly stateBefore: string;
  /** As last seen; used when the journal has been deleted since. */
  readonly record: PlanRecord;
  readonly settled: Settlement | undefined;
}

export interface Engaged {
  readonly state: KillSwitchState;
  readonly waitedMs: number;
  readonly inFlight: readonly InFlightPlan[];
  /** Why a failover now could lose it; `""` if enough replicas have it. */
  readonly missingReplicas: string;
}

/**
 * Stops everything. After the flag is set no plan can be claimed and no request signed again: both check it in the same
 * script that changes the journal. It waits for plans that were claimed before; their set can only shrink.
 */
@Injectable()
export class KillSwitch {
  constructor(
    private readonly control: ControlStore,
    private readonly records: PlanRecords,
    private readonly positions: PositionStore,
    private readonly time: RedisTime,
  ) {}

  /** `undefined` when it is missing from Redis, which counts as engaged. */
  async read(): Promise<KillSwitchState | undefined> {
    return (await this.control.read()).killSwitch;
  }

  /**
   * Returns when no order of any process can reach the exchange any more. If this is not certain within `withinMs`, throws
   * a 503 problem that names the plans.
   */
  async engage(by: string, reason: string, withinMs = ANSWER_WITHIN_MS): Promise<Engaged> {
    const startMs = performance.now();
    const untilMs = startMs + withinMs;
    let engaged = await this.#untilAnswered(untilMs, 'setting the kill switch', [], () => this.#set(true, by, reason));
    const waitedFor = new Map<string, InFlightPlan>();
    for (;;) {
      for (const plan of await this.#untilNothingIsOnItsWay(untilMs)) waitedFor.set(plan.record.planId, plan);
      const inFlight = [...waitedFor.values()];
      const state = await this.#untilAnswered(
        untilMs,
        'verifying the kill switch',
        inFlight,
        async () => (await this.control.stored()).killSwitch,
      );
      if (state?.engaged !== true) throw cannotSay('the kill switch was set but is no longer engaged', inFlight);
      if (isDeepStrictEqual(state, engaged))
        return {
          state,
          inFlight,
          missingReplicas: await this.control.missingReplicas('the kill switch'),
          waitedMs: Math.round(performance.now() - startMs),
        };
      // Somebody engaged it again. It may have been released in between, and a plan claimed then, so check once more.
      engaged = state;
    }
  }

  /** Waits for the plans that are claimed now, and returns them. */
  async #untilNothingIsOnItsWay(untilMs: number): Promise<InFlightPlan[]> {
    const seen = new Map<string, InFlightPlan>();
    for (;;) {
      const open = await this.#untilAnswered(untilMs, 'looking for orders in flight', [...seen.values()], () =>
        this.#look(seen),
      );
      if (open === 0) return [...seen.values()];
      if (performance.now() >= untilMs) throw cannotSay('orders may still reach the exchange', [...seen.values()]);
      await sleep(LOOK_EVERY_MS);
    }
  }

  /** Allows orders again. */
  async release(by: string, reason: string): Promise<KillSwitchState> {
    await this.#set(false, by, reason);
    const state = await this.read();
    if (state?.engaged === false) return state;
    throw problem(
      409,
      'kill-switch-engaged',
      'The kill switch is engaged',
      'It was released, but somebody else has engaged it again since.',
    );
  }

  async #set(engaged: boolean, by: string, reason: string): Promise<KillSwitchState> {
    return this.control.setKillSwitch({ engaged, by, reason, at_ms: await this.time.nowMs() });
  }

  /** Records the claimed plans with their state, and returns how many are not settled. */
  async #look(seen: Map<string, InFlightPlan>): Promise<number> {
    const claimed = (await this.records.open(Number.MAX_SAFE_INTEGER)).filter((record) => isClaimed(record));
    for (const record of claimed) {
      if (!seen.has(record.planId)) seen.set(record.planId, { stateBefore: record.state, record, settled: undefined });
    }
    const unsettled = [...seen.values()].filter(({ settled }) => settled === undefined);
    const nowMs = await this.#clockOf(unsettled);
    let open = 0;
    for (const { stateBefore, record: last } of unsettled) {
      const { planId } = last;
      const record = claimed.find((each) => each.planId === planId) ?? (await this.records.find(planId)) ?? last;
      const settled = settlementOf(record, nowMs);
      if (settled === undefined) open += 1;
      seen.set(planId, { stateBefore, record, settled });
    }
    return open;
  }

  /** The clock of the claims: the server that has their keys. */
  async #clockOf(plans: readonly InFlightPlan[]): Promise<number> {
    const any = plans[0]?.record;
    return any === undefined ? Number.NaN : (await this.positions.evidence(any.symbol, any.planId)).nowMs;
  }

  /** Tries again while Redis is unreachable, until the deadline. */
  async #untilAnswered<T>(
    untilMs: number,
    doing: string,
    plans: readonly InFlightPlan[],
    ask: () => Promise<T>,
  ): Promise<T> {
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        if (!(error instanceof RedisUnavailable)) throw error;
        if (performance.now() + ASK_AGAIN_MS >= untilMs)
          throw cannotSay(`${doing} failed, Redis is unavailable (${error.message})`, plans);
        await sleep(ASK_AGAIN_MS);
      }
    }
  }
}

function cannotSay(why: string, plans: readonly InFlightPlan[]): Error {
  const open = plans.filter(({ settled }) => settled === undefined);
  const named =
    open.length === 0
      ? 'The open plans are not known.'
      : `Open: ${open.map(({ record }) => record.planId).join(', ')}.`;
  return problem(
    503,
    'kill-switch-not-confirmed',
    'It is not certain that no more orders are sent',
    `${why}. ${named} Repeat the call, and look at the exchange.`,
    { open_plans: open.map((plan) => inFlightJson(plan)) },
  );
}

/** As API answers show it. */
export function inFlightJson({ record, stateBefore, settled }: InFlightPlan): Record<string, unknown> {
  return {
    plan_id: record.planId,
    symbol: record.symbol,
    attempt: record.attempt,
    client_order_id: record.clientOrderId,
    side: record.side,
    quantity: record.quantity,
    state_before: stateBefore,
    state: record.state,
    settled: settled ?? null,
  };
}
