import type { Redis } from 'ioredis';
import type { Environment } from '../../src/config/environment.js';
import { consumerName } from '../../src/redis/keys/groups.js';
import type { Keys } from '../../src/redis/keys/keys.js';
import { DeadLetters } from '../../src/redis/streams/dead-letters.js';
import type { StreamEntry } from '../../src/redis/streams/stream-entry.js';
import { eventually } from './eventually.js';
import { scriptsOn } from './scripts-on.js';

export const deadLettersOf = (redis: Redis, keys: Keys, instanceId: string): DeadLetters =>
  new DeadLetters(scriptsOn(redis, keys), keys, { instanceId } as Environment);

/** Sets an entry aside as a consumer of its group does, also while the group's own consumers run. Resolves with the letter's id. */
export async function placeDeadLetter(
  redis: Redis,
  keys: Keys,
  stream: string,
  group: string,
  entry: StreamEntry,
  reason = 'by a test',
): Promise<string> {
  const letters = deadLettersOf(redis, keys, 'test');
  await redis.xgroup('CREATE', stream, group, '$', 'MKSTREAM').catch(() => undefined);
  await eventually(async () => {
    await redis.call('XCLAIM', stream, group, consumerName(group, 'test'), 0, entry.id, 'FORCE');
    return (await letters.deadLetter(stream, group, entry, reason, 1)) || undefined;
  });
  // A replay would be given to it.
  await redis.xgroup('DELCONSUMER', stream, group, consumerName(group, 'test'));
  return (await redis.xrevrange(keys.deadLetters(), '+', '-', 'COUNT', 1))[0]?.[0] ?? '';
}
