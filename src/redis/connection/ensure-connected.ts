import { askRedis, RedisUnavailable } from './redis.errors.js';
import type { RedisClient } from './redis-clients.js';

/**
 * Opens a connection. May be called again after it has thrown {@link RedisUnavailable}: after a first connection that failed, the
 * client tries again by itself.
 */
export async function ensureConnected(client: RedisClient): Promise<void> {
  if (client.status === 'ready') return;
  if (client.status !== 'wait') throw new RedisUnavailable('there is no connection to Redis yet');
  await askRedis('connecting to Redis', () => client.connect());
}
