import { describe, expect, it } from 'vitest';
import { plainVerdict } from '../../../test/harness/plain-verdict.js';
import { D, NOW, rulesOf, snapshotOf } from '../../../test/harness/position-inputs.js';
import { secondsBetween } from './evidence.js';
import { cooldownOver, nothingInFlight } from './in-flight.js';
import { positionOpen, rulesKnown, snapshotFresh, snapshotKnown } from './snapshot.js';

describe('a snapshot', () => {
  const input = (ageMs: number | undefined, exchangeFault?: string, staleThresholdSec = 10) => ({
    snapshot: ageMs === undefined ? undefined : snapshotOf('1', ageMs),
    exchangeFault,
    nowMs: NOW,
    staleThresholdSec,
    rules: rulesOf('0.001'),
  });

  it.each<[string, number | undefined, string | undefined, unknown]>([
    ['fresh', 0, undefined, 'allow'],
    ['fresh while a later read fails [S12]', 9_000, 'HTTP 500', 'allow'],
    ['old while reads work', 11_000, undefined, 'allow'],
    ['old while reads fail', 11_000, 'HTTP 500', ['exchange_unreachable', { last_error: 'HTTP 500', age_seconds: 11 }]],
    ['from the future while reads fail', -6_000, 'x', ['exchange_unreachable', { last_error: 'x', age_seconds: -6 }]],
    [
      'missing while reads fail',
      undefined,
      'HTTP 500',
      ['exchange_unreachable', { last_error: 'HTTP 500', age_seconds: undefined }],
    ],
    ['missing while reads work', undefined, undefined, ['no_exchange_snapshot', {}]],
  ])('%s is known or not [S5]', (_what, ageMs, fault, verdict) =>
    expect(plainVerdict(snapshotKnown(input(ageMs, fault)))).toEqual(verdict),
  );

  it.each([0, 10_000, -5_000])('%s ms old is fresh', (ageMs) =>
    expect(plainVerdict(snapshotFresh(input(ageMs)))).toBe('allow'),
  );

  it.each([
    [10_001, 10.001],
    [-5_001, -5.001],
    [NaN, NaN],
  ])('%s ms old is stale [S5]', (ageMs, age) =>
    expect(plainVerdict(snapshotFresh(input(ageMs)))).toEqual([
      'stale_exchange_state',
      { age_seconds: age, threshold_seconds: 10 },
    ]),
  );

  it('is stale without a maximum age, or when it does not exist', () => {
    expect(plainVerdict(snapshotFresh(input(0, undefined, NaN)))).toMatchObject(['stale_exchange_state', {}]);
    expect(plainVerdict(snapshotFresh(input(undefined)))).toMatchObject(['stale_exchange_state', {}]);
  });

  it('of a symbol whose rules are not known is no help [Q4]', () => {
    const ruleless = { ...input(0), rules: undefined };
    expect(plainVerdict(rulesKnown(ruleless))).toEqual([
      'exchange_unreachable',
      { last_error: 'the market rules of the symbol are not known' },
    ]);
    expect(plainVerdict(rulesKnown({ ...ruleless, exchangeFault: 'HTTP 500' }))).toEqual([
      'exchange_unreachable',
      { last_error: 'HTTP 500' },
    ]);
    expect(plainVerdict(rulesKnown(input(0)))).toBe('allow');
  });

  it.each([
    ['0.001', 'allow'],
    ['-0.001', 'allow'],
    ['0', ['no_position', { exchange_amt: '0' }]],
    ['-0', ['no_position', { exchange_amt: '0' }]],
  ])('of %s is a position or none [S5]', (amount, verdict) =>
    expect(plainVerdict(positionOpen({ ...input(0), snapshot: snapshotOf(amount) }))).toEqual(verdict),
  );

  it('that is not there is no position', () =>
    expect(plainVerdict(positionOpen(input(undefined)))).toEqual(['no_position', { exchange_amt: undefined }]));
});

describe('something in flight', () => {
  const input = (lastFillMs: number | undefined, over: object = {}) => ({
    snapshot: snapshotOf('1', 2_000),
    ledger: { kind: 'present', amount: D('1.01') } as const,
    orderOpen: false,
    lastFillMs,
    cooldownSec: 15,
    nowMs: NOW,
    ...over,
  });
  const cooling = (seconds: number | undefined, cause: string, cooldown = 15) => [
    'cooldown_in_flight',
    { seconds_since_last: seconds, cooldown_sec: cooldown, cause },
  ];

  const OLDER = (seconds: number) => cooling(seconds, 'snapshot_older_than_fill');

  it('is an order of ours that is open [S16]', () => {
    expect(plainVerdict(nothingInFlight(input(undefined, { orderOpen: true })))).toEqual(
      cooling(undefined, 'order_open'),
    );
    expect(plainVerdict(nothingInFlight(input(NOW - 60_000, { orderOpen: true })))).toEqual(cooling(60, 'order_open'));
  });

  it.each([
    ['25 ms older than the snapshot', NOW - 2_025, 'allow'],
    ['less than that older, as the clocks of two processes may be apart', NOW - 2_024, OLDER(2.024)],
    ['younger than the snapshot', NOW - 1_999, OLDER(1.999)],
    ['at no known time', NaN, OLDER(NaN)],
  ])('is a fill %s, or not [S16]', (_what, lastFillMs, verdict) =>
    expect(plainVerdict(nothingInFlight(input(lastFillMs)))).toEqual(verdict),
  );

  it.each([
    ['as old', NOW - 2_000, 'allow'],
    ['25 ms younger', NOW - 1_975, 'allow'],
    ['more than that younger', NOW - 1_974, OLDER(1.974)],
    ['at no known time', NaN, OLDER(NaN)],
  ])('is a fill %s, or not, where the snapshot says what the ledger says [S16]', (_what, lastFillMs, verdict) => {
    const agreeing = { ledger: { kind: 'present', amount: D('1') } };
    expect(plainVerdict(nothingInFlight(input(lastFillMs, agreeing)))).toEqual(verdict);
  });

  it('is a fill without a later snapshot', () =>
    expect(plainVerdict(nothingInFlight(input(NOW, { snapshot: undefined })))).toEqual(
      cooling(0, 'snapshot_older_than_fill'),
    ));

  it('is not there without order and fill', () =>
    expect(plainVerdict(nothingInFlight(input(undefined)))).toBe('allow'));

  it.each<[string, number | undefined, number, unknown]>([
    ['no fill', undefined, 15, 'allow'],
    ['a fill 15 s ago', NOW - 15_000, 15, 'allow'],
    ['a fill 14.999 s ago', NOW - 14_999, 15, cooling(14.999, 'recent_fill')],
    ['a fill 3 s ago', NOW - 3_000, 15, cooling(3, 'recent_fill')],
    ['a fill now, without a cooldown', NOW, 0, 'allow'],
    ['a fill in the future', NOW + 1_000, 15, cooling(-1, 'recent_fill')],
    ['a fill at no known time', NaN, 15, cooling(NaN, 'recent_fill')],
    ['no known cooldown', NOW - 60_000, NaN, cooling(60, 'recent_fill', NaN)],
  ])('after %s [S9]', (_what, lastFillMs, cooldownSec, verdict) =>
    expect(plainVerdict(cooldownOver(input(lastFillMs, { cooldownSec })))).toEqual(verdict),
  );

  it('is counted in milliseconds', () => expect(secondsBetween(1_000, 4_250)).toBe(3.25));
});
