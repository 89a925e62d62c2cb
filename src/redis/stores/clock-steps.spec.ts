import { describe, expect, it } from 'vitest';
import { onClockOf } from './clock-steps.js';
import type { PlanRecord } from './plan-records.js';

const NOW = 1_700_000_000_000;
const HOUR = 3_600_000;
const record = (publishedMs: number): PlanRecord =>
  ({
    publishedMs,
    deadlineMs: publishedMs + 1_200,
    claimedMs: publishedMs + 100,
    acceptUntilMs: publishedMs + 6_100,
  }) as PlanRecord;

describe("the times of a plan after Redis' clock was set, part of [R13]", () => {
  it.each([
    ['back, with a plan from before', -HOUR, NOW + HOUR - 9_000],
    ['forward, with a plan from before', HOUR, NOW - HOUR - 9_000],
  ])(
    '%s: they move with it, and the order may be accepted until the settling is over',
    (_what, stepMs, publishedMs) => {
      const server = { changedMs: NOW - 5_000, settleUntilMs: NOW + 1_000, stepMs };
      expect(onClockOf(server, record(publishedMs), NOW)).toMatchObject({
        publishedMs: NOW - 9_000,
        deadlineMs: NOW - 7_800,
        claimedMs: NOW - 8_900,
        acceptUntilMs: NOW + 1_000,
      });
    },
  );

  it('of a plan that was published just now stay, where the estimate of the clock is a little behind', () => {
    const fresh = record(NOW + 300);
    expect(onClockOf({ changedMs: NOW - 5_000, settleUntilMs: NOW, stepMs: -HOUR }, fresh, NOW)).toBe(fresh);
  });

  it.each([-HOUR, HOUR])('of a plan that was published after a step of %d ms stay', (stepMs) => {
    const after = record(NOW - 1_000);
    expect(onClockOf({ changedMs: NOW - 5_000, settleUntilMs: NOW, stepMs }, after, NOW)).toBe(after);
  });
});
