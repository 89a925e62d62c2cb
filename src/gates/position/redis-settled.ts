import { ALLOW, deny, type Verdict } from '../verdict.js';
import { type PositionInput, secondsBetween } from './evidence.js';

type Input = Pick<PositionInput, 'snapshot' | 'redis' | 'nowMs' | 'staleThresholdSec' | 'lastFillMs' | 'cooldownSec'>;

/**
 * After a restart, a failover or an emptying of Redis an order may be forgotten that still reaches the exchange. Until the exchange would
 * refuse it, and until the position has been read after that, no snapshot counts.
 */
export function readSinceRedisChanged(input: Input): Verdict<'stale_exchange_state'> {
  const { snapshot, redis } = input;
  if (redis !== undefined && snapshot !== undefined && snapshot.tsMs >= redis.settleUntilMs) return ALLOW;
  return deny('stale_exchange_state', {
    age_seconds: snapshot === undefined ? undefined : secondsBetween(snapshot.tsMs, input.nowMs),
    threshold_seconds: input.staleThresholdSec,
    cause: 'redis_changed',
    settles_in_seconds: redis === undefined ? undefined : Math.max(0, secondsBetween(input.nowMs, redis.settleUntilMs)),
  });
}

/** A trade shortly before the change may be missing in all our records until the proof time for a lost order is over. */
export function nothingForgotten(input: Input): Verdict<'cooldown_in_flight' | 'exchange_unreachable'> {
  const { redis } = input;
  if (redis !== undefined && (redis.traded === false || input.nowMs >= redis.changedMs + redis.proofMs)) return ALLOW;
  if (redis?.traded === undefined)
    return deny('exchange_unreachable', { last_error: 'the trades before the change of Redis are not read yet' });
  return deny('cooldown_in_flight', {
    seconds_since_last: input.lastFillMs === undefined ? undefined : secondsBetween(input.lastFillMs, input.nowMs),
    cooldown_sec: input.cooldownSec,
    cause: 'traded_before_redis_changed',
  });
}
