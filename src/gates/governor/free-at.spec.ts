import { describe, expect, it } from 'vitest';
import { BURST_MS, dayEndsMs, executionFreeAtMs } from './free-at.js';

describe('when a limit is free again', () => {
  it.each([
    ['nothing is used', [], 2, undefined],
    ['one is free', [1_000], 2, undefined],
    ['all are used: the oldest leaves first', [1_000, 2_000], 2, 1_000 + BURST_MS],
    ['more than the limit are used: so many must leave', [1_000, 2_000, 3_000], 2, 2_000 + BURST_MS],
    ['a limit of none never becomes free', [1_000], 0, undefined],
  ] as const)('%s', (_, executionsMs, limit, freeAtMs) => {
    expect(executionFreeAtMs(executionsMs, limit, BURST_MS)).toBe(freeAtMs);
  });

  it('a day ends at midnight UTC, also at midnight itself', () => {
    expect(dayEndsMs(Date.UTC(2026, 10, 30, 23, 59))).toBe(Date.UTC(2026, 11, 1));
    expect(dayEndsMs(Date.UTC(2026, 11, 1))).toBe(Date.UTC(2026, 11, 2));
  });
});
