import { Injectable } from '@nestjs/common';
import type { Suspension } from '../../redis/stores/control-state.js';
import { type SuspensionChange, SuspensionStore } from '../../redis/stores/suspension-store.js';
import { problem } from '../problem/problem.js';
import { ClaimedOrders, type SeenPlans, Unconfirmable } from './claimed-orders.js';
import { type InFlightPlan, inFlightJson } from './in-flight.js';

const ANSWER_WITHIN_MS = 10_000;

/** Suspends single symbols. */
@Injectable()
export class Suspensions {
  constructor(
    private readonly store: SuspensionStore,
    private readonly claimed: ClaimedOrders,
  ) {}

  /**
   * Returns when no order of the symbol can be sent any more by any process of this system: nothing is claimed after the suspension is
   * stored, and the orders that were claimed before have ended or can no longer be accepted. Throws a 503 problem if that is not known in
   * time; the suspension stays.
   */
  async suspend(
    suspension: Suspension,
    withinMs = ANSWER_WITHIN_MS,
  ): Promise<SuspensionChange & { readonly inFlight: readonly InFlightPlan[] }> {
    const { symbol } = suspension;
    const untilMs = performance.now() + withinMs;
    const change = await this.store.suspend(suspension);
    const seen: SeenPlans = new Map();
    try {
      await this.claimed.untilSettled({ seen, untilMs, symbol });
    } catch (error) {
      if (!(error instanceof Unconfirmable)) throw error;
      const open = [...seen.values()].filter(({ settled }) => settled === undefined);
      throw problem(
        503,
        'suspension-not-confirmed',
        'It is not certain that no more orders of the symbol are sent',
        `${symbol} is suspended: no process claims an order of it. But ${error.message}: ${open.map(({ record }) => record.planId).join(', ')}. Look at the exchange, and repeat the call.`,
        { open_plans: open.map((plan) => inFlightJson(plan)) },
      );
    }
    return { ...change, inFlight: [...seen.values()] };
  }

  allow(symbol: string, reason: string, by: string): Promise<SuspensionChange> {
    return this.store.allow(symbol, reason, by);
  }
}
