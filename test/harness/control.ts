import type { Redis } from 'ioredis';
import type { Keys } from '../../src/redis/keys/keys.js';
import type { RedisClient } from '../../src/redis/connection/redis-clients.js';

/** Control state as a first start writes it: released and armed. */
export async function letTrade(redis: Redis | RedisClient, keys: Keys): Promise<void> {
  await redis.mset({ [keys.killSwitch()]: '{"engaged":false}', [keys.arm()]: '{"armed":true}' });
}
