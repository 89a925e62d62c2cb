import { describe, expect, it } from 'vitest';
import { RedisClock } from './redis-clock.js';

const REDIS_MS = 1_700_000_000_000;

/** A clock whose host has just started, and replies to it: `afterMs` of the host's time, each `lateMs` under way. */
function clockWith(...replies: readonly (readonly [afterMs: number, lateMs: number, setBackMs?: number])[]) {
  let hostMs = 0;
  const clock = new RedisClock(() => hostMs);
  for (const [afterMs, lateMs, setBackMs = 0] of replies) {
    hostMs = afterMs;
    clock.observe(REDIS_MS + afterMs - lateMs - setBackMs);
  }
  return {
    clock,
    /** How far the estimate is behind Redis' clock, as it was before any setting back. */
    behindMs: (): number => REDIS_MS + hostMs - clock.nowMs(),
    at: (ms: number): void => void (hostMs = ms),
  };
}

describe("Redis' clock", () => {
  it('is not known before a reply carried it', () => {
    expect(() => new RedisClock().nowMs()).toThrow('not read yet');
  });

  it('goes on by the monotonic clock', () => {
    const { behindMs, at } = clockWith([0, 2]);
    at(5_000);
    expect(behindMs()).toBe(2);
  });

  it.each([
    ['a quick reply, then a late one', [0, 1], [50, 300]],
    ['a late reply, then a quick one', [0, 300], [50, 1]],
  ] as const)('follows the reply that came earliest: %s', (_, first, second) => {
    expect(clockWith(first, second).behindMs()).toBe(1);
  });

  it('does not become worse by what a busy process takes late, again and again', () => {
    const late = Array.from({ length: 90 }, (_, index) => [100 + index * 100, 20 + (index % 30)] as const);
    expect(clockWith([0, 1], ...late).behindMs()).toBe(1);
  });

  it('lets an estimate age: after a second a reply may be a tenth of a millisecond later', () => {
    expect(clockWith([0, 1], [1_000, 1.09]).behindMs()).toBe(2);
    expect(clockWith([0, 1], [1_000, 1.2]).behindMs()).toBe(1);
  });

  it('follows a clock that was set forward at once, and one that was set back within twenty seconds', () => {
    expect(clockWith([0, 1], [100, 1, -5_000]).behindMs()).toBe(-4_999);
    expect(clockWith([0, 1], [9_900, 1, 5_000]).behindMs()).toBe(1);
    expect(clockWith([0, 1], [9_900, 1, 5_000], [10_000, 1, 5_000]).behindMs()).toBe(5_001);
    expect(clockWith([0, 1], [100, 9], [10_000, 1, 5_000], [20_000, 1, 5_000]).behindMs()).toBe(5_001);
  });

  it('follows the earliest of the replies when all were late for ten seconds, not the latest', () => {
    expect(clockWith([0, 1], [2_000, 60], [5_000, 8], [10_000, 200]).behindMs()).toBe(8);
    expect(clockWith([0, 1], [2_000, 8], [10_000, 200], [19_000, 50], [20_100, 300]).behindMs()).toBe(50);
  });

  it('starts again with another server, whatever its clock shows', () => {
    const { clock, behindMs, at } = clockWith([0, 1]);
    at(100);
    clock.restart(REDIS_MS + 100 - 3_000);
    expect(behindMs()).toBe(3_000);
  });
});
