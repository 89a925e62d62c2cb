import { describe, expect, it } from 'vitest';
import { Decimal } from '../../flow/0-decimal.js';
import { plainVerdict } from '../../../test/harness/plain-verdict.js';
import type { PositionInput } from './evidence.js';
import { nothingForgotten, readSinceRedisChanged } from './redis-settled.js';

const NOW = 1_000_000;
type Redis = NonNullable<PositionInput['redis']>;

const snapshotAt = (tsMs: number) => ({
  amount: new Decimal('1'),
  tsMs,
  restingReduceQty: new Decimal('0'),
});
const input = (redis: Partial<Redis> | undefined, over: Partial<PositionInput> = {}) => ({
  snapshot: snapshotAt(NOW - 500),
  redis: redis && { changedMs: NOW - 9_000, settleUntilMs: NOW - 4_000, proofMs: 30_000, traded: true, ...redis },
  nowMs: NOW,
  staleThresholdSec: 10,
  lastFillMs: undefined,
  cooldownSec: 15,
  ...over,
});

describe('a position after a change of Redis [R6]', () => {
  const changed = (age_seconds: number | undefined, settles_in_seconds: number | undefined) => [
    'stale_exchange_state',
    { age_seconds, threshold_seconds: 10, cause: 'redis_changed', settles_in_seconds },
  ];
  const judge = (settleUntilMs: number, tsMs: number) =>
    plainVerdict(readSinceRedisChanged(input({ settleUntilMs }, { snapshot: snapshotAt(tsMs) })));

  it.each([
    ['read after the exchange refuses what was forgotten', NOW - 4_000, NOW - 3_999, 'allow'],
    ['read at that moment', NOW - 4_000, NOW - 4_000, 'allow'],
    ['read a moment before', NOW - 4_000, NOW - 4_001, changed(4.001, 0)],
    ['read while an order may still arrive', NOW + 1_500, NOW - 500, changed(0.5, 1.5)],
    ['read at no known time', NOW - 4_000, NaN, changed(NaN, 0)],
    ['of a server with an unknown settling time', NaN, NOW - 500, changed(0.5, NaN)],
  ])('%s counts or not', (_what, settleUntilMs, tsMs, verdict) => expect(judge(settleUntilMs, tsMs)).toEqual(verdict));

  it('that was never read, or comes from an unknown server, does not count', () => {
    expect(plainVerdict(readSinceRedisChanged(input({}, { snapshot: undefined })))).toEqual(changed(undefined, 0));
    expect(plainVerdict(readSinceRedisChanged(input(undefined)))).toEqual(changed(0.5, undefined));
  });
});

describe('writes that Redis may have lost [R6]', () => {
  const unread = ['exchange_unreachable', { last_error: 'the trades before the change of Redis are not read yet' }];
  const traded = (seconds_since_last?: number) => [
    'cooldown_in_flight',
    { seconds_since_last, cooldown_sec: 15, cause: 'traded_before_redis_changed' },
  ];

  it.each<[string, Partial<Redis> | undefined, unknown]>([
    ['when nothing traded before', { traded: false }, 'allow'],
    ['when something traded before', { traded: true }, traded()],
    ['when the trades before the change are unknown', { traded: undefined }, unread],
    ['of an unknown server', undefined, unread],
    ['a moment before the time of proof is over', { proofMs: 9_001 }, traded()],
    ['when the time of proof is over', { proofMs: 9_000 }, 'allow'],
    ['when it is over, whatever traded before', { proofMs: 9_000, traded: undefined }, 'allow'],
    ['when the time of proof is not known', { proofMs: NaN }, traded()],
    ['when the time of the change is not known', { changedMs: NaN }, traded()],
  ])('is nothing or something %s', (_what, redis, verdict) =>
    expect(plainVerdict(nothingForgotten(input(redis)))).toEqual(verdict),
  );

  it('is denied with the seconds since the last fill', () =>
    expect(plainVerdict(nothingForgotten(input({}, { lastFillMs: NOW - 12_500 })))).toEqual(traded(12.5)));
});
