import type { PlanRecord } from '../../redis/stores/plan-records.js';

/**
 * Why no order of a claimed plan can reach the exchange any more: it has `ended`, the exchange has `answered`, or Redis'
 * clock is past the time until which the exchange would accept its signed request (`window_passed`). `undefined` while
 * its order may still reach the exchange, also when a needed time is missing.
 */
export type Settlement = 'ended' | 'answered' | 'window_passed';

/** States in which an order may have been sent, or may be sent soon. */
const CLAIMED_STATES = new Set(['CLAIMED', 'UNKNOWN']);

export function isClaimed(record: PlanRecord): boolean {
  return CLAIMED_STATES.has(record.state);
}

export function settlementOf(record: PlanRecord, nowMs: number): Settlement | undefined {
  if (!isClaimed(record)) return 'ended';
  if (record.answeredMs !== undefined && record.answeredMs > 0) return 'answered';
  if (record.acceptUntilMs !== undefined && nowMs > record.acceptUntilMs) return 'window_passed';
  return undefined;
}
