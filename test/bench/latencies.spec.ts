import { describe, expect, it } from 'vitest';
import { Latencies, median } from './latencies.js';

describe('latencies', () => {
  it('gives percentiles in milliseconds, exact to a thousandth', () => {
    const latencies = new Latencies();
    for (let ms = 1; ms <= 1_000; ms += 1) latencies.record(ms);
    const { count, p50, p99, max } = latencies.summary();
    expect(count).toBe(1_000);
    expect(p50).toBeCloseTo(500, 0);
    expect(p99 / 990).toBeCloseTo(1, 2);
    expect(max / 1_000).toBeCloseTo(1, 2);
  });

  it('distinguishes fractions of a millisecond', () => {
    const latencies = new Latencies();
    latencies.record(0.123);
    expect(latencies.summary().p50).toBeCloseTo(0.123, 3);
  });

  it.each([
    [[3, 1, 2], 2],
    [[4, 1, 2, 3], 2],
    [[7], 7],
  ])('has %j with the median %d', (values, middle) => {
    expect(median(values)).toBe(middle);
  });

  it('has no median of nothing', () => {
    expect(median([])).toBeNaN();
  });
});
