import type { Redis } from 'ioredis';
import { DEFAULT_USER_LINE } from '../scripts/acl/default-user.js';
import type { Keys } from '../keys/keys.js';
import type { RedisClient } from './redis-clients.js';
import { asRedisError } from './redis.errors.js';
import type { ServerFinding } from './server-check.js';
import { ownerOf, primariesOf } from './slot-owner.js';

const DEADLINE_MS = 1_000;

/** What makes a Redis unsafe for production, whatever the user of this process may do. Throws when a server does not answer. */
export async function checkShape(client: RedisClient, keys: Keys): Promise<ServerFinding[]> {
  return Promise.all([memoryLimit(client, keys), anonymousConnection(client)]);
}

async function memoryLimit(client: RedisClient, keys: Keys): Promise<ServerFinding> {
  let info: string;
  try {
    info = await ownerOf(client, keys.server()).info('memory');
  } catch (error) {
    throw asRedisError(error, 'reading INFO from Redis');
  }
  const found = /^maxmemory:(\d+)/m.exec(info)?.[1] ?? '';
  return {
    what: 'maxmemory',
    ok: Number(found) > 0,
    found: Number(found) > 0 ? `${found} bytes` : 'not set',
    remedy:
      'set maxmemory to less than the memory of its machine (docker/redis/redis.conf): without it, who may write can fill the machine until Redis is killed',
  };
}

/** Somebody who reaches the port and knows no password must not be able to do anything, not even PING. */
async function anonymousConnection(client: RedisClient): Promise<ServerFinding> {
  const answers = await Promise.all(primariesOf(client).map((primary) => answerToNobody(primary)));
  const open = answers.find((answer) => !answer.startsWith('NOAUTH'));
  return {
    what: 'connection without a password',
    ok: open === undefined,
    found: open === undefined ? 'refused' : `accepted (PING: ${open})`,
    remedy: `write "${DEFAULT_USER_LINE}" into its ACL file, as docker/redis/users.acl does, and restart it or run ACL LOAD: whoever reaches its port has the rights of the user default`,
  };
}

async function answerToNobody(primary: Redis): Promise<string> {
  const nobody = primary.duplicate({
    // Empty: no AUTH is sent.
    username: '',
    password: '',
    lazyConnect: true,
    db: 0,
    protocol: 2,
    connectionName: '',
    enableReadyCheck: false,
    disableClientInfo: true,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    sentinelRetryStrategy: () => null,
    reconnectOnError: null,
    connectTimeout: DEADLINE_MS,
    commandTimeout: DEADLINE_MS,
  });
  let trouble: Error | undefined;
  nobody.on('error', (error: Error) => (trouble = error));
  try {
    await nobody.connect();
    return await nobody.ping();
  } catch (error) {
    if (error instanceof Error && error.name === 'ReplyError') return error.message;
    throw asRedisError(trouble ?? error, 'connecting without a password');
  } finally {
    nobody.disconnect();
  }
}
