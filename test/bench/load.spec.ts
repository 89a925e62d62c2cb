import { describe, expect, it } from 'vitest';
import { type Arrival, openLoop } from './load.js';

async function arrivals(send: (arrival: Arrival) => void, count = 40): Promise<Arrival[]> {
  const seen: Arrival[] = [];
  await openLoop({
    perSecond: 2_000,
    count,
    send: (arrival) => {
      seen.push(arrival);
      send(arrival);
    },
  });
  return seen;
}

describe('an open-loop load', () => {
  it('sends every arrival once, in order', async () => {
    const seen = await arrivals(() => undefined);
    expect(seen.map(({ index }) => index)).toEqual(Array.from({ length: 40 }, (_, index) => index));
  });

  it('counts what comes during a stall from when it was meant to come', async () => {
    const lateByMs: number[] = [];
    await arrivals(({ index, startMs }) => {
      lateByMs.push(performance.now() - startMs);
      const untilMs = performance.now() + (index === 0 ? 30 : 0);
      while (performance.now() < untilMs);
    });
    // The mean gap is half a millisecond: some ten were due while the sender was held up for thirty.
    expect(lateByMs.filter((late) => late > 10).length).toBeGreaterThan(5);
    expect(Math.max(...lateByMs)).toBeGreaterThan(20);
  });
});
