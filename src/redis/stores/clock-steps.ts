import type { KnownServer } from '../connection/server-identity.js';

/** Times of a plan, Redis' clock in ms. */
interface PlanTimes {
  readonly publishedMs: number;
  readonly deadlineMs: number;
  readonly claimedMs: number | undefined;
  readonly acceptUntilMs: number | undefined;
  readonly unknownMs: number | undefined;
  readonly answeredMs: number | undefined;
  readonly firstClaimedMs: number | undefined;
}

/** How far this process' estimate of Redis' clock may be behind it. */
const ESTIMATE_MARGIN_MS = 1_000;

/**
 * A plan from before Redis' clock was set, with the times as that clock runs now. One that cannot be told from a new one keeps its
 * times: its order then counts as acceptable for longer, never for less.
 */
export function onClockOf<T extends PlanTimes>(
  { changedMs, settleUntilMs, stepMs }: Pick<KnownServer, 'changedMs' | 'settleUntilMs' | 'stepMs'>,
  record: T,
  nowMs: number,
): T {
  const isFromBefore =
    stepMs > 0 ? record.publishedMs <= changedMs - stepMs : record.publishedMs > nowMs + ESTIMATE_MARGIN_MS;
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
