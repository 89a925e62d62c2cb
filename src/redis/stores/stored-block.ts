import { askRedis, isWrongType } from '../connection/redis.errors.js';
import type { RedisClient } from '../connection/redis-clients.js';
import { UNREADABLE } from './position-evidence.js';

/** What is stored of a hold or a suspension: `""` for none. Whatever else is there blocks, an empty text and another type too. */
export async function readBlock(client: RedisClient, key: string, doing: string): Promise<string> {
  try {
    const text = await askRedis(doing, () => client.get(key));
    return text === '' ? UNREADABLE : (text ?? '');
  } catch (error) {
    if (isWrongType(error)) return UNREADABLE;
    throw error;
  }
}
