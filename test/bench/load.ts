import { setTimeout as sleep } from 'node:timers/promises';

/** What a timer may be late by without that being held against what is measured. */
const TIMER_SLACK_MS = 2;

/** One arrival of an open-loop load. */
export interface Arrival {
  readonly index: number;
  /** `performance.now()` from which its latency counts: when it was meant to come, not when there was time for it. */
  readonly startMs: number;
}

export interface LoadPlan {
  readonly perSecond: number;
  readonly count: number;
  /** Sends one arrival without waiting for its answer. */
  readonly send: (arrival: Arrival) => void;
}

/**
 * An open-loop load: arrivals come at random moments (exponential gaps, the same ones at each run) that do not depend on
 * the answers, so what arrives during a stall waits as long as it would in life.
 */
export async function openLoop({ perSecond, count, send }: LoadPlan): Promise<void> {
  const gapMs = exponentialGaps(1_000 / perSecond);
  let dueMs = performance.now();
  for (let index = 0; index < count;) {
    const nowMs = performance.now();
    for (; index < count && dueMs <= nowMs; index += 1, dueMs += gapMs())
      send({ index, startMs: nowMs - dueMs <= TIMER_SLACK_MS ? performance.now() : dueMs });
    if (index < count) await sleep(Math.max(0, dueMs - performance.now()));
  }
}

/** mulberry32 under a logarithm: seeded, so that two runs get the same arrivals. */
function exponentialGaps(meanMs: number): () => number {
  let state = 0x9e3779b9;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    const uniform = (((mixed ^ (mixed >>> 14)) >>> 0) + 1) / 4_294_967_297;
    return -meanMs * Math.log(uniform);
  };
}
