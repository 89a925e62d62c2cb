import { describe, expect, it } from 'vitest';
import { isQuiet, type QuietHours, quietHoursIn } from './quiet-hours.js';

const at = (iso: string): number => Date.parse(iso);
const berlin = quietHoursIn('22:00-07:00 Europe/Berlin') as QuietHours;

describe('quiet hours', () => {
  it.each([
    ['22:00-07:00 Europe/Berlin', { fromMin: 1320, untilMin: 420, zone: 'Europe/Berlin' }],
    ['01:30-02:30', { fromMin: 90, untilMin: 150, zone: 'UTC' }],
    ['22:00-22:00', undefined],
    ['22-07 UTC', undefined],
    ['24:00-07:00', undefined],
    ['22:00-07:00 Europe/Berlim', undefined],
    ['22:00-07:00 Europe/Berlin now', undefined],
  ])('%s', (text, expected) => expect(quietHoursIn(text)).toEqual(expected));

  it.each([
    // Winter: Berlin is UTC+1.
    ['2026-11-30T20:59:59Z', false],
    ['2026-11-30T21:00:00Z', true],
    ['2026-12-01T05:59:59Z', true],
    ['2026-12-01T06:00:00Z', false],
    // Summer: UTC+2.
    ['2026-07-01T19:59:59Z', false],
    ['2026-07-01T20:00:00Z', true],
    ['2026-07-02T04:59:59Z', true],
    ['2026-07-02T05:00:00Z', false],
    // The night in which 02:00 becomes 03:00, and the one in which 03:00 becomes 02:00.
    ['2026-03-29T04:59:59Z', true],
    ['2026-03-29T05:00:00Z', false],
    ['2026-10-25T05:59:59Z', true],
    ['2026-10-25T06:00:00Z', false],
  ])('over midnight, by the clock of the zone: %s', (iso, expected) => expect(isQuiet(berlin, at(iso))).toBe(expected));

  it.each([
    ['2026-11-30T12:59:00Z', false],
    ['2026-11-30T13:00:00Z', true],
    ['2026-11-30T14:00:00Z', false],
  ])('within a day: %s', (iso, expected) => {
    expect(isQuiet(quietHoursIn('13:00-14:00') as QuietHours, at(iso))).toBe(expected);
  });
});
