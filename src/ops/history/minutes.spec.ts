import { assert, integer, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byStep, type Minute, MinuteRing, percentileMs, sumOf } from './minutes.js';

const minute = (atMs: number, fields: Partial<Minute> = {}): Minute => ({
  atMs,
  waits: [],
  verdicts: [],
  closedUsd: 0,
  weight: 0,
  ...fields,
});

describe('the newest minutes', () => {
  it('are at most as many as it may keep, oldest first, whatever came before', () => {
    assert(
      property(integer({ min: 1, max: 9 }), integer({ min: 0, max: 40 }), (most, count) => {
        const ring = new MinuteRing(most);
        for (let at = 1; at <= count; at++) ring.push(minute(at));
        const kept = Math.min(most, count);
        expect(ring.size).toBe(kept);
        expect(ring.since(0).map(({ atMs }) => atMs)).toEqual(
          Array.from({ length: kept }, (_each, at) => count - kept + at + 1),
        );
      }),
    );
  });

  it('are those that ended after a time', () => {
    const ring = new MinuteRing(5);
    for (const atMs of [10, 20, 30]) ring.push(minute(atMs));
    expect(ring.since(20).map(({ atMs }) => atMs)).toEqual([30]);
  });
});

it('sums what was counted, and takes the most of what is a level', () => {
  const sum = sumOf([
    minute(1, { waits: [1, 0], verdicts: [{ issuer: 'p33', reason: '', count: 2 }], closedUsd: 1.5, weight: 40 }),
    minute(2, {
      waits: [2, 1],
      verdicts: [
        { issuer: 'p33', reason: '', count: 1 },
        { issuer: 'governor', reason: 'plan_expired', count: 4 },
      ],
      closedUsd: 2,
      weight: 12,
    }),
  ]);
  expect(sum).toEqual({
    waits: [3, 1],
    verdicts: [
      { issuer: 'governor', reason: 'plan_expired', count: 4 },
      { issuer: 'p33', reason: '', count: 3 },
    ],
    closedUsd: 3.5,
    weight: 40,
  });
});

it('puts a minute into the step that it ended in, and leaves a step without one out', () => {
  const steps = byStep([minute(60_000), minute(60_001), minute(300_000)], 60_000);
  expect([...steps].map(([atMs, of]) => [atMs, of.length])).toEqual([
    [0, 1],
    [60_000, 1],
    [240_000, 1],
  ]);
});

describe('a percentile', () => {
  const BOUNDS = [0.01, 0.1, 1];
  it.each([
    [[0, 0, 0, 0], 0.5, undefined],
    [[2, 0, 0, 0], 0.5, 5],
    [[2, 0, 0, 0], 1, 10],
    [[1, 1, 0, 0], 0.99, 98.2],
    [[0, 0, 0, 3], 0.5, 1_000],
  ])('of %j at %s is %s ms', (counts, share, ms) => {
    const found = percentileMs(counts, BOUNDS, share);
    expect(found === undefined ? undefined : Number(found.toFixed(6))).toBe(ms);
  });
});
