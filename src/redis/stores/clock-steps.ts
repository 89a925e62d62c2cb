import type { KnownServer } from '../connection/server-identity.js';

/** Times of a plan, Redis' clock in ms. */
interface PlanTimes {
  readonly publishedMs: number;
  readonly deadlineMs: number;
  /** The steps of Redis' clock that the two before include; `undefined` if the journal does not say. */
  readonly clockStepsMs: number | undefined;
  readonly claimedMs: number | undefined;
  readonly acceptUntilMs: number | undefined;
  readonly unknownMs: number | undefined;
  readonly answeredMs: number | undefined;
  readonly firstClaimedMs: number | undefined;
}

/** How far this process' estimate of Redis' clock may be behind it. */
const ESTIMATE_MARGIN_MS = 1_000;

/**
 * A plan from before Redis' clock was set, with the times as that clock runs now. A journal that does not name its steps counts as from
 * before the last one. A plan that cannot be told from a new one keeps its times: its order then counts as acceptable for longer, never
 * for less.
 */
export function onClockOf<T extends PlanTimes>(
  { changedMs, settleUntilMs, clockStepsMs, stepMs }: Omit<KnownServer, 'id' | 'sinceMs'>,
  record: T,
  nowMs: number,
): T {
  const missedMs = record.clockStepsMs === undefined ? stepMs : clockStepsMs - record.clockStepsMs;
  const isAhead = (ms: number): boolean => ms > nowMs + ESTIMATE_MARGIN_MS;
  // One that was published on the present clock by a process that did not know of the step is not moved.
  const isFromBefore = missedMs > 0 ? record.publishedMs + missedMs <= changedMs : isAhead(record.publishedMs);
  if (missedMs === 0 || !isFromBefore) return record;
  // What was noted after the step is on the present clock.
  const moved = (ms: number | undefined): number | undefined =>
    ms === undefined || (missedMs > 0 ? isAhead(ms + missedMs) : !isAhead(ms)) ? ms : ms + missedMs;
  return {
    ...record,
    publishedMs: record.publishedMs + missedMs,
    deadlineMs: record.deadlineMs + missedMs,
    claimedMs: moved(record.claimedMs),
    // The step is known to within a command's time; by then the exchange refuses every order from before it.
    acceptUntilMs: record.acceptUntilMs === undefined ? undefined : settleUntilMs,
    unknownMs: moved(record.unknownMs),
    answeredMs: moved(record.answeredMs),
    firstClaimedMs: moved(record.firstClaimedMs),
  };
}
