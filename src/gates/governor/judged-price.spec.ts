import { describe, expect, it } from 'vitest';
import { plainVerdict } from '../../../test/harness/plain-verdict.js';
import { Decimal } from '../../flow/0-decimal.js';
import { judgedPrice, type JudgedPriceInput } from './judged-price.js';

const own = (price: string, ageMs = 500): JudgedPriceInput['ownPrice'] => ({ price: new Decimal(price), ageMs });

/** The price that counts, as text, or the denial. */
function judge(snapshot: string, over: Partial<JudgedPriceInput> = {}): unknown {
  const verdict = judgedPrice({
    snapshotPrice: new Decimal(snapshot),
    ownPrice: own('1000'),
    maxDeviationPct: 10,
    passesAnyway: false,
    ...over,
  });
  return verdict.allow ? verdict.markPrice.toFixed() : plainVerdict(verdict);
}

describe('a partial close', () => {
  it.each([
    ['the same price', '1000', '1000'],
    ['a lower snapshot', '950', '1000'],
    ['a higher snapshot', '1050', '1050'],
    ['a snapshot at the lower edge of the band', '900', '1000'],
    ['a snapshot at the upper edge of the band', '1100', '1100'],
  ])('counts at the higher of both prices: %s', (_, snapshot, counts) => expect(judge(snapshot)).toBe(counts));

  it.each(['899.99', '1100.01', '1', '0.00000001', '1000000'])(
    'is denied where the snapshot says %s and the own price is 1000 [C15]',
    (snapshot) =>
      expect(judge(snapshot)).toEqual([
        'price_deviation',
        {
          snapshot_price: new Decimal(snapshot).toFixed(),
          own_price: '1000',
          own_price_age_seconds: 0.5,
          deviation_pct: expect.any(String) as string,
          max_deviation_pct: 10,
        },
      ]),
  );

  it.each([
    ['there is none', undefined, undefined],
    ['it is older than 60 s', own('1000', 60_001), 60.001],
    ['its age is not a number', own('1000', Number.NaN), Number.NaN],
    ['it is zero', own('0'), 0.5],
    ['it is below zero', own('-1000'), 0.5],
    ['it is not a number', own('NaN'), 0.5],
  ])('is denied without an own price: %s [C15]', (_, ownPrice, age) =>
    expect(judge('1000', { ownPrice })).toEqual([
      'position_fetch_failed',
      { cause: 'no_own_mark_price', age_seconds: age, threshold_seconds: 60 },
    ]),
  );

  it('counts with an own price that is just 60 s old', () =>
    expect(judge('950', { ownPrice: own('1000', 60_000) })).toBe('1000'));

  it.each([Number.NaN, -1])('is denied where the allowed deviation is %s', (maxDeviationPct) =>
    expect(judge('950', { maxDeviationPct })).toMatchObject(['price_deviation', {}]),
  );
});

describe('a full close', () => {
  const full = (snapshot: string, ownPrice?: JudgedPriceInput['ownPrice']): unknown =>
    judge(snapshot, { passesAnyway: true, ownPrice });

  it('counts at the higher of both prices inside the band', () => expect(full('950', own('1000'))).toBe('1000'));

  it.each([
    ['1', '1100'],
    ['899', '1100'],
    ['2000', '2200'],
  ])('counts at the higher price plus the band beyond it: snapshot %s [C15]', (snapshot, counts) =>
    expect(full(snapshot, own('1000'))).toBe(counts),
  );

  it.each([
    ['there is none', undefined],
    ['it is older than 60 s', own('2000', 60_001)],
    ['it is zero', own('0')],
    ['it is not a number', own('NaN')],
  ])("is judged at the snapshot's price without an own one: %s [C15]", (_, ownPrice) =>
    expect(full('1000', ownPrice)).toBe('1000'),
  );
});
