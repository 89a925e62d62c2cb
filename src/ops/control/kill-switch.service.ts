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

/** When the engaging call must have its answer, good or bad. */
const ANSWER_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 25;
const ASK_AGAIN_MS = 100;

/** A plan whose order was claimed when the switch was engaged, and what is known of it since. */
export interface InFlightPlan {
  readonly stateBefore: string;
  /** As last seen; a journal that is gone since is judged by what it said. */
  readonly record: PlanRecord;
  readonly settled: Settlement | undefined;
}

export interface Engaged {
  readonly state: KillSwitchState;
  readonly waitedMs: number;
  readonly inFlight: readonly InFlightPlan[];
}

/**
 * Stops everything. After the flag is set no plan can be claimed and no request signed anew: both check it in the same
 * script that changes the journal. What was claimed before is waited for; the set of it can only shrink.
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
   * Returns when no order of any process can reach the exchange any more. Throws a 503 problem that names the plans in
   * question where that cannot be said within `withinMs`.
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
      if (state?.engaged !== true) throw cannotSay('the kill switch was set and is not engaged any more', inFlight);
      if (isDeepStrictEqual(state, engaged))
        return { state, waitedMs: Math.round(performance.now() - startMs), inFlight };
      // Engaged anew by somebody. It may have been released in between, and a plan claimed then: looked at once more.
      engaged = state;
    }
  }

  /** Waits for what is claimed now; answers with it. */
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

  /** Lets orders leave again. */
  async release(by: string, reason: string): Promise<KillSwitchState> {
    await this.#set(false, by, reason);
    const state = await this.read();
    if (state?.engaged === false) return state;
    throw problem(
      409,
      'kill-switch-engaged',
      'The kill switch is engaged',
      'It was released and is engaged again: somebody else engaged it meanwhile.',
    );
  }

  async #set(engaged: boolean, by: string, reason: string): Promise<KillSwitchState> {
    return this.control.setKillSwitch({ engaged, by, reason, at_ms: await this.time.nowMs() });
  }

  /** Notes what is claimed, in its present state, and tells how many of it are not settled. */
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

  /** The clock that judges the claims: that of the server which has their keys. */
  async #clockOf(plans: readonly InFlightPlan[]): Promise<number> {
    const any = plans[0]?.record;
    return any === undefined ? Number.NaN : (await this.positions.evidence(any.symbol, any.planId)).nowMs;
  }

  /** Asks again while Redis is away, until the time is up. */
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
      ? 'Which plans are open is not known.'
      : `Open: ${open.map(({ record }) => record.planId).join(', ')}.`;
  return problem(
    503,
    'kill-switch-not-confirmed',
    'It cannot be said that nothing is sent any more',
    `${why}. ${named} Ask again; look at the exchange meanwhile.`,
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
