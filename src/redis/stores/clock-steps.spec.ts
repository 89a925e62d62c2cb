import { describe, expect, it } from 'vitest';
import { onClockOf } from './clock-steps.js';
import type { PlanRecord } from './plan-records.js';

const NOW = 1_700_000_000_000;
const HOUR = 3_600_000;
const record = (publishedMs: number, clockStepsMs?: number): PlanRecord =>
  ({
    publishedMs,
    deadlineMs: publishedMs + 1_200,
    clockStepsMs,
    claimedMs: publishedMs + 100,
    acceptUntilMs: publishedMs + 6_100,
  }) as PlanRecord;
const server = (stepMs: number, clockStepsMs = stepMs) => ({
  changedMs: NOW - 5_000,
  settleUntilMs: NOW + 1_000,
  clockStepsMs,
  stepMs,
});
const MOVED = {
  publishedMs: NOW - 9_000,
  deadlineMs: NOW - 7_800,
  claimedMs: NOW - 8_900,
  acceptUntilMs: NOW + 1_000,
};

describe("the times of a plan after Redis' clock was set, part of [R13]", () => {
  it.each([
    ['back', server(-HOUR), record(NOW + HOUR - 9_000, 0)],
    ['forward', server(HOUR), record(NOW - HOUR - 9_000, 0)],
    ['forward and a little back', server(-30_000, HOUR - 30_000), record(NOW - HOUR + 21_000, 0)],
    ['forward twice', server(30_000, 60_000), record(NOW - 69_000, 0)],
    ['forward, published after the first of two steps', server(HOUR, 2 * HOUR), record(NOW - HOUR - 9_000, HOUR)],
    ['back, with a journal that names no steps', server(-HOUR), record(NOW + HOUR - 9_000)],
    ['forward, with a journal that names no steps', server(HOUR), record(NOW - HOUR - 9_000)],
  ])('%s: they move with it, and the order may be accepted until the settling is over', (_what, known, plan) => {
    expect(onClockOf(known, plan, NOW)).toMatchObject(MOVED);
  });

  it('move, but what was noted after the step is on the present clock', () => {
    const plan = { ...record(NOW - HOUR - 9_000, 0), unknownMs: NOW - 4_000 };
    expect(onClockOf(server(HOUR), plan, NOW)).toMatchObject({ ...MOVED, unknownMs: NOW - 4_000 });
  });

  it('of a plan that was published just now stay, where the estimate of the clock is a little behind', () => {
    const fresh = record(NOW + 300);
    expect(onClockOf(server(-HOUR), fresh, NOW)).toBe(fresh);
  });

  it('stay where the steps add up to none', () => {
    const plan = record(NOW - 9_000, 0);
    expect(onClockOf(server(-HOUR, 0), plan, NOW)).toBe(plan);
  });

  it.each([-HOUR, HOUR])('of a plan that was published after a step of %d ms stay', (stepMs) => {
    // Also where the process that published it did not know of the step yet.
    for (const clockStepsMs of [undefined, stepMs, 0]) {
      const after = record(NOW - 1_000, clockStepsMs);
      expect(onClockOf(server(stepMs), after, NOW)).toBe(after);
    }
  });
});
