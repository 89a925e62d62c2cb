import { describe, expect, it } from 'vitest';
import { WholeMilliseconds } from './whole-milliseconds.js';

function summaryOf(values: readonly number[]) {
  const found = new WholeMilliseconds();
  for (const value of values) found.record(value);
  return found.summary();
}

describe('differences of whole milliseconds', () => {
  it('puts the median inside a value by its rank among equal ones', () => {
    expect(summaryOf([2, 2, 2, 2]).p50).toBe(2);
    expect(summaryOf([1, 2, 2, 2]).p50).toBeCloseTo(1.5 + 1 / 3);
    expect(summaryOf([1, 1, 3, 3]).p50).toBe(2.5);
  });

  it('says the mean, the count and the ends', () => {
    const { count, mean, p99 } = summaryOf([...Array.from({ length: 99 }, () => 1), 50]);
    expect([count, mean]).toEqual([100, 1.49]);
    expect(p99).toBe(49.5);
  });

  it('has no percentiles of nothing', () => {
    expect(summaryOf([]).p50).toBeNaN();
  });
});
