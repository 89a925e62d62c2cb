import { describe, expect, it } from 'vitest';
import { Decimal } from '../../flow/0-decimal.js';
import { plainVerdict } from '../../../test/harness/plain-verdict.js';
import { criticalNonClose } from './critical-non-close.js';
import { dailyLimit, type DailyLimitInput } from './daily-limit.js';
import { burstLimit, hourlyLimit } from './executions.js';
import { pricedPosition } from './priced-position.js';

const D = (text: string): Decimal => new Decimal(text);

describe('a critical kill score', () => {
  const judge = (action: string, score: string, critical = 0.8) =>
    plainVerdict(criticalNonClose({ action, killScore: D(score), critical }));

  it.each(['FULL_CLOSE_PROPOSED', 'PARTIAL_75', 'PARTIAL_50'])('passes %s [A7]', (action) =>
    expect(judge(action, '0.99')).toBe('allow'),
  );

  it.each(['UPDATE_SL', 'OPEN_LONG'])('blocks %s [A8]', (action) =>
    expect(judge(action, '0.8')).toEqual(['kill_score_critical_non_close', { kill_score: '0.8', critical: 0.8 }]),
  );

  it('is one that is not known to be lower', () => {
    expect(judge('UPDATE_SL', '0.79')).toBe('allow');
    expect(judge('UPDATE_SL', 'NaN')).toMatchObject(['kill_score_critical_non_close', {}]);
    expect(judge('UPDATE_SL', '0', NaN)).toMatchObject(['kill_score_critical_non_close', {}]);
  });
});

describe('executions in the last hour', () => {
  const judge = (execHour: number, maxExecPerHour: number) => plainVerdict(hourlyLimit({ execHour, maxExecPerHour }));

  it.each([
    [0, 1],
    [2, 3],
  ])('%s of %s leave room', (used, limit) => expect(judge(used, limit)).toBe('allow'));

  it.each([
    [3, 3],
    [4, 3],
    [0, 0],
    [NaN, 3],
    [0, NaN],
  ])('%s of %s leave none', (used, limit) =>
    expect(judge(used, limit)).toEqual(['hourly_limit_exceeded', { exec_count_hour: used, limit }]),
  );
});

describe('executions in the last five minutes', () => {
  const judge = (exec5Min: number, maxExecPer5Min: number) => plainVerdict(burstLimit({ exec5Min, maxExecPer5Min }));

  it('leave room for one more', () => expect(judge(1, 2)).toBe('allow'));

  it.each([
    [2, 2],
    [3, 2],
    [0, 0],
    [NaN, 2],
    [0, NaN],
  ])('%s of %s leave none [G1]', (used, limit) =>
    expect(judge(used, limit)).toEqual(['burst_limit_exceeded', { exec_count_5min: used, limit }]),
  );
});

describe('what a UTC day may reduce', () => {
  const INPUT: DailyLimitInput = {
    usedNotionalUsd: D('4000'),
    usedQty: D('8'),
    notionalUsd: D('1000'),
    qty: D('2'),
    maxNotionalUsd: '5000',
    maxQty: '10',
  };
  const judge = (over: Partial<DailyLimitInput>) => plainVerdict(dailyLimit({ ...INPUT, ...over }));
  const notional = (asked: string, used = '4000') => [
    'daily_limit_exceeded',
    { which: 'notional', used_usd: used, asked_usd: asked, limit_usd: '5000' },
  ];

  it('may be used up to the limit itself', () => expect(judge({})).toBe('allow'));

  it('is blocked by the notional alone [G5]', () =>
    expect(judge({ notionalUsd: D('1000.01'), qty: D('0') })).toEqual(notional('1000.01')));

  it('is blocked by the quantity alone [G5]', () =>
    expect(judge({ notionalUsd: D('0'), qty: D('2.01') })).toEqual([
      'daily_limit_exceeded',
      { which: 'quantity', used: '8', asked: '2.01', limit: '10' },
    ]));

  it('has no limit on quantity unless one is set', () =>
    expect(judge({ qty: D('1e9'), maxQty: undefined })).toBe('allow'));

  it('is blocked by the notional too where no quantity limit is set', () =>
    expect(judge({ notionalUsd: D('2000'), maxQty: undefined })).toEqual(notional('2000')));

  it.each([
    ['used notional', { usedNotionalUsd: D('NaN') }],
    ['asked notional', { notionalUsd: D('NaN') }],
    ['notional limit', { maxNotionalUsd: 'NaN' }],
    ['used quantity', { usedQty: D('NaN') }],
    ['asked quantity', { qty: D('NaN') }],
    ['quantity limit', { maxQty: 'NaN' }],
  ])('is blocked by a %s that is no number', (_what, over) =>
    expect(judge(over)).toMatchObject(['daily_limit_exceeded', {}]),
  );

  it('is never judged without a limit on the notional', () =>
    expect(() => judge(JSON.parse('{"maxNotionalUsd":null}') as object)).toThrow('Invalid argument'));
});

describe('a priced position', () => {
  const judge = (snapshot: Parameters<typeof pricedPosition>[0]['snapshot'], staleThresholdSec = 10) =>
    plainVerdict(pricedPosition({ nowMs: 20_000, snapshot, staleThresholdSec }));
  const snapshot = (tsMs: number, markPrice: Decimal | undefined = D('96000')) => ({ amount: D('0'), markPrice, tsMs });
  const stale = (age: number) => [
    'position_fetch_failed',
    { cause: 'stale_snapshot', age_seconds: age, threshold_seconds: 10 },
  ];

  it.each([20_000, 10_000, 25_000])('at %s ms passes, flat or not', (tsMs) =>
    expect(judge(snapshot(tsMs))).toBe('allow'),
  );

  it('that was never read blocks [G6]', () =>
    expect(judge(undefined)).toEqual(['position_fetch_failed', { cause: 'no_snapshot' }]));

  it.each([
    [9_999, 10.001],
    [25_001, -5.001],
    [NaN, NaN],
  ])('at %s ms blocks [G6]', (tsMs, age) => expect(judge(snapshot(tsMs))).toEqual(stale(age)));

  it('blocks without a maximum age', () =>
    expect(judge(snapshot(20_000), NaN)).toMatchObject(['position_fetch_failed', { cause: 'stale_snapshot' }]));

  it.each(['0', '-1', 'NaN'])('at a price of %s blocks [G6]', (price) =>
    expect(judge(snapshot(20_000, D(price)))).toEqual(['position_fetch_failed', { cause: 'no_mark_price' }]),
  );

  it('without a price blocks [G6]', () => {
    const unpriced = { amount: D('1'), markPrice: undefined, tsMs: 20_000 };
    expect(judge(unpriced)).toEqual(['position_fetch_failed', { cause: 'no_mark_price' }]);
  });
});
