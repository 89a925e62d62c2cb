import type { Redis } from 'ioredis';

/** A key's content in a form that can be compared, and when it ends (epoch ms; -1 for never). */
interface KeyContent {
  readonly expiresMs: number;
  readonly value: unknown;
}

const byName = (a: string, b: string): number => (a < b ? -1 : 1);

/** Everything in the database, key by key; of consumer groups their position and their pending entries. */
export async function contentsOf(redis: Redis): Promise<Record<string, KeyContent>> {
  const contents: Record<string, KeyContent> = {};
  for (const key of (await redis.keys('*')).toSorted(byName)) {
    const value = await valueOf(redis, key);
    if (value !== undefined) contents[key] = { expiresMs: await redis.pexpiretime(key), value };
  }
  return contents;
}

/** The keys that must still be there `atMs`: those that end before are left out. */
export function livingAt(contents: Record<string, KeyContent>, atMs: number): Record<string, KeyContent> {
  return Object.fromEntries(
    Object.entries(contents).filter(([, { expiresMs }]) => expiresMs === -1 || expiresMs > atMs),
  );
}

/** `undefined` for a key that has just ended. */
async function valueOf(redis: Redis, key: string): Promise<unknown> {
  const type = await redis.type(key);
  switch (type) {
    case 'string':
      return redis.get(key);
    case 'hash':
      return redis.hgetall(key);
    case 'list':
      return redis.lrange(key, 0, -1);
    case 'zset':
      return redis.zrange(key, '0', '-1', 'WITHSCORES');
    case 'stream':
      return { entries: await redis.xrange(key, '-', '+'), groups: await groupsOf(redis, key) };
    case 'none':
      return undefined;
    default:
      throw new Error(`${key} is a ${type}, which cannot be compared yet`);
  }
}

async function groupsOf(redis: Redis, stream: string): Promise<unknown[]> {
  const groups = (await redis.xinfo('GROUPS', stream)) as unknown[][];
  return groups.map((flat) => {
    const fields = Object.fromEntries(
      Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i], flat[2 * i + 1]]),
    );
    return { name: fields['name'], pending: fields['pending'], lastDelivered: fields['last-delivered-id'] };
  });
}
