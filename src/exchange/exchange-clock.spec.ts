import { beforeEach, describe, expect, it } from 'vitest';
import { ExchangeClock } from './exchange-clock.js';

const HOUR_MS = 3_600_000;
const EXCHANGE_MS = 1_700_000_000_000;

describe('the exchange clock', () => {
  let monotonicMs = 0;
  let hostMs = 0;
  let clock: ExchangeClock;

  beforeEach(() => {
    monotonicMs = 1_000;
    hostMs = EXCHANGE_MS - HOUR_MS;
    clock = new ExchangeClock(
      () => monotonicMs,
      () => hostMs,
    );
  });

  const pass = (ms: number): void => {
    monotonicMs += ms;
    hostMs += ms;
  };

  it('[P14] is the exchange’s though the host is an hour off, and stays so when the host is set right', () => {
    clock.set([{ askedMs: 980, answeredMs: 1_000, exchangeTimeMs: EXCHANGE_MS }]);
    expect(clock.nowMs()).toBe(EXCHANGE_MS + 10);
    expect(clock.offset().offsetMs).toBe(HOUR_MS + 10);
    expect(clock.offset().uncertaintyMs).toBeCloseTo(11, 2);
    hostMs = EXCHANGE_MS + 10;
    expect(clock.nowMs()).toBe(EXCHANGE_MS + 10);
    expect(clock.offset().offsetMs).toBe(0);
  });

  it('takes the sample with the shortest round trip', () => {
    clock.set([
      { askedMs: 0, answeredMs: 400, exchangeTimeMs: EXCHANGE_MS },
      { askedMs: 500, answeredMs: 502, exchangeTimeMs: EXCHANGE_MS + 7 },
      { askedMs: 600, answeredMs: 700, exchangeTimeMs: EXCHANGE_MS },
    ]);
    expect(clock.nowMs()).toBe(EXCHANGE_MS + 7 + 499);
    expect(clock.offset().uncertaintyMs).toBeCloseTo(2.0499);
  });

  it('before the first sample it is the host’s, with infinite uncertainty', () => {
    expect(clock.isSet).toBe(false);
    expect(clock.nowMs()).toBe(hostMs);
    expect(clock.offset()).toEqual({ offsetMs: 0, uncertaintyMs: Number.POSITIVE_INFINITY });
  });

  it('grows less certain with age', () => {
    clock.set([{ askedMs: 1_000, answeredMs: 1_000, exchangeTimeMs: EXCHANGE_MS }]);
    pass(60_000);
    expect(clock.offset().uncertaintyMs).toBeCloseTo(7);
  });

  it('ignores a worse sample that agrees, takes a better one, and one that contradicts', () => {
    clock.set([{ askedMs: 996, answeredMs: 1_000, exchangeTimeMs: EXCHANGE_MS }]);
    clock.refine({ askedMs: 900, answeredMs: 1_000, exchangeTimeMs: EXCHANGE_MS - 20 });
    expect(clock.nowMs()).toBe(EXCHANGE_MS + 2);
    clock.refine({ askedMs: 1_000, answeredMs: 1_000, exchangeTimeMs: EXCHANGE_MS + 1 });
    expect(clock.nowMs()).toBe(EXCHANGE_MS + 1);
    clock.refine({ askedMs: 900, answeredMs: 1_000, exchangeTimeMs: EXCHANGE_MS + 5_000 });
    expect(clock.nowMs()).toBe(EXCHANGE_MS + 5_050);
  });

  it('cannot be set from nothing', () => {
    expect(() => clock.set([])).toThrow('without a sample');
  });
});
