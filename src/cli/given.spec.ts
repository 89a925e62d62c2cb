import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { given, limitOf, timeOf } from './given.js';

const NOW = Date.UTC(2026, 10, 30, 20, 0, 0);
beforeAll(() => void vi.useFakeTimers({ now: NOW }));
afterAll(() => void vi.useRealTimers());

describe('a time that is given', () => {
  it.each([
    ['90s', NOW - 90_000],
    ['15m', NOW - 900_000],
    ['2h', NOW - 7_200_000],
    ['3d', NOW - 259_200_000],
    ['999999d', 0],
    ['1790000000000', 1_790_000_000_000],
    ['2026-11-30T21:00:00+01:00', NOW],
    ['2026-11-30', Date.UTC(2026, 10, 30)],
  ])('%s is a time', (text, ms) => expect(timeOf(text)).toBe(String(ms)));

  it.each(['', 'yesterday', '15 m', '-15m', '15w', '1.5h', '2026-13-01', '1e9d'])(
    '%j is refused with what is allowed',
    (text) => expect(() => timeOf(text)).toThrow('ISO time, epoch ms, or how long ago: 90s, 15m, 2h, 3d'),
  );
});

it.each(['0', '501', 'x', '1.5', '-1'])('%s is not how many', (text) =>
  expect(() => limitOf(text)).toThrow('1 to 500'),
);
it('leaves out what is not given', () => expect(given({ a: undefined, b: 0 })).toEqual({ b: 0 }));
