/** The rolling windows of the execution limits, and the UTC day of the others. */
export const HOUR_MS = 3_600_000;
export const BURST_MS = 300_000;
const DAY_MS = 86_400_000;

/**
 * When one execution is free again: when so many have left the window that one fewer than the limit is in it. `undefined` while one
 * is free, and with a limit that allows none. `executionsMs` are those in the window, oldest first.
 */
export function executionFreeAtMs(
  executionsMs: readonly number[],
  limit: number,
  windowMs: number,
): number | undefined {
  const leavesMs = executionsMs[executionsMs.length - limit];
  return leavesMs === undefined || limit < 1 ? undefined : leavesMs + windowMs;
}

/** When the limits of a UTC day begin anew. */
export const dayEndsMs = (nowMs: number): number => (Math.floor(nowMs / DAY_MS) + 1) * DAY_MS;
