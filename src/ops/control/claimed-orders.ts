import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { RedisUnavailable } from '../../redis/connection/redis.errors.js';
import type { Keys } from '../../redis/keys/keys.js';
import { KEYS, OPERATOR_RECORDS, OPERATOR_SCRIPTS } from '../../redis/redis.tokens.js';
import { ScriptRunner } from '../../redis/scripts/script-runner.js';
import { type PlanRecord, PlanRecords } from '../../redis/stores/plan-records.js';
import { type InFlightPlan, isClaimed, settlementOf } from './in-flight.js';

const LOOK_EVERY_MS = 25;
const ASK_AGAIN_MS = 100;

/** The plans that were claimed when something was stopped, by id. */
export type SeenPlans = Map<string, InFlightPlan & { readonly record: PlanRecord }>;

/** A call that waits for orders, until `untilMs` (`performance.now()`). */
interface WaitingCall {
  readonly seen: SeenPlans;
  readonly untilMs: number;
  /** Only orders of this symbol; all where it is absent. */
  readonly symbol?: string;
}

/** The call cannot be confirmed, for this reason. */
export class Unconfirmable extends Error {}

/** Waits for orders that were claimed before a stop. Nothing is claimed after it, so their set can only shrink. */
@Injectable()
export class ClaimedOrders {
  constructor(
    /** On the operators' connection, as everything that a stopping call asks. */
    @Inject(OPERATOR_RECORDS) private readonly records: PlanRecords,
    @Inject(OPERATOR_SCRIPTS) private readonly scripts: ScriptRunner,
    @Inject(KEYS) private readonly keys: Keys,
  ) {}

  /** Returns when none of them can reach the exchange any more. Throws {@link Unconfirmable} if that is not known in time. */
  async untilSettled(call: WaitingCall): Promise<void> {
    while ((await this.untilAnswered(call, 'looking for orders in flight', () => this.#look(call))) > 0) {
      if (performance.now() >= call.untilMs) throw new Unconfirmable('orders may still reach the exchange');
      await sleep(LOOK_EVERY_MS);
    }
  }

  /** Tries again while Redis is unreachable, until the deadline. */
  async untilAnswered<T>({ untilMs }: WaitingCall, doing: string, ask: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        if (!(error instanceof RedisUnavailable)) throw error;
        if (performance.now() + ASK_AGAIN_MS >= untilMs)
          throw new Unconfirmable(`${doing} failed, Redis is unavailable (${error.message})`, { cause: error });
        await sleep(ASK_AGAIN_MS);
      }
    }
  }

  /** Records the claimed plans with their state, and returns how many are not settled. */
  async #look({ seen, symbol }: WaitingCall): Promise<number> {
    const claimed = (await this.records.open(Number.MAX_SAFE_INTEGER)).filter(
      (record) => isClaimed(record) && (symbol === undefined || record.symbol === symbol),
    );
    for (const record of claimed) {
      if (!seen.has(record.planId)) seen.set(record.planId, { stateBefore: record.state, record, settled: undefined });
    }
    const unsettled = [...seen.values()].filter(({ settled }) => settled === undefined);
    const nowMs = unsettled.length === 0 ? Number.NaN : await this.#clockOfClaims();
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

  /** Of the server that has the keys of the claims. */
  async #clockOfClaims(): Promise<number> {
    const { values } = await this.scripts.run('read_clock', { openPlans: this.keys.openPlans() }, {});
    return Number(values[0]);
  }
}
