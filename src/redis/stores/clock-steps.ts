import type { KnownServer } from '../connection/server-identity.js';
import type { PlanRecord } from './plan-records.js';

/** A plan from before Redis' clock was set, with the times as that clock runs now. */
export function onClockOf(
  { changedMs, settleUntilMs, stepMs }: Pick<KnownServer, 'changedMs' | 'settleUntilMs' | 'stepMs'>,
  record: PlanRecord,
  nowMs: number,
): PlanRecord {
  const isFromBefore = stepMs > 0 ? record.publishedMs <= changedMs - stepMs : record.publishedMs > nowMs;
  if (!isFromBefore) return record;
  const moved = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : ms + stepMs);
  return {
    ...record,
    publishedMs: record.publishedMs + stepMs,
    deadlineMs: record.deadlineMs + stepMs,
    claimedMs: moved(record.claimedMs),
    // The step is known to within a command's time; by then the exchange refuses every order from before it.
    acceptUntilMs: record.acceptUntilMs === undefined ? undefined : settleUntilMs,
    unknownMs: moved(record.unknownMs),
    answeredMs: moved(record.answeredMs),
    firstClaimedMs: moved(record.firstClaimedMs),
  };
}
