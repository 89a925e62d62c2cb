import type { LocalOrder } from '../../redis/stores/local-orders.js';
import type { PlanRecord } from '../../redis/stores/plan-records.js';
import type { InFlightAnswer } from './control.dto.js';

/**
 * Why no order of a claimed plan can reach the exchange any more: it has `ended`, the exchange has `answered`, or Redis'
 * clock is past the time until which the exchange would accept its signed request (`window_passed`). `undefined` while
 * its order may still reach the exchange, also when a needed time is missing.
 */
export type Settlement = 'ended' | 'answered' | 'window_passed';

/** A plan that was claimed when the switch was engaged, and its latest known state. */
export interface InFlightPlan {
  readonly stateBefore: string;
  /** As last seen; used when the journal has been deleted since. */
  readonly record: Pick<PlanRecord, 'planId' | 'symbol' | 'attempt' | 'clientOrderId' | 'side' | 'quantity' | 'state'>;
  readonly settled: Settlement | undefined;
}

/** States in which an order may have been sent, or may be sent soon. */
const CLAIMED_STATES = new Set(['CLAIMED', 'UNKNOWN']);

export function isClaimed(record: Pick<PlanRecord, 'state'>): boolean {
  return CLAIMED_STATES.has(record.state);
}

export function settlementOf(record: PlanRecord, nowMs: number): Settlement | undefined {
  if (!isClaimed(record)) return 'ended';
  if (record.answeredMs !== undefined && record.answeredMs > 0) return 'answered';
  if (record.acceptUntilMs !== undefined && nowMs > record.acceptUntilMs) return 'window_passed';
  return undefined;
}

/** An order of this process, as far as it is known without Redis. */
export function localPlan(order: LocalOrder): InFlightPlan {
  return { stateBefore: 'CLAIMED', record: { ...order, state: 'CLAIMED' }, settled: undefined };
}

/** As API answers show it. */
export function inFlightJson({ record, stateBefore, settled }: InFlightPlan): InFlightAnswer {
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
