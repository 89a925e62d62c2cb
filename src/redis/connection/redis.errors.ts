import type { OutageCause } from '../../telemetry/outage-log.js';

/** The command may or may not have run: the connection was lost or the deadline passed. Retry with the same token. */
export class RedisUnavailable extends Error {
  override readonly name: string = 'RedisUnavailable';
  readonly outage: OutageCause = 'redis';
}

/** What to do about a Redis at its `maxmemory`. */
export const REMEDY_WHEN_FULL = 'Raise maxmemory (redis-cli CONFIG SET maxmemory) or remove other data';

/** Redis is at its `maxmemory` and refused the write; nothing was changed. A retry may work once memory is free. */
export class RedisFull extends RedisUnavailable {
  override readonly name = 'RedisFull';
  override readonly outage = 'redis-full';
}

/** Redis refused: a missing right, a wrong type, a script error. A retry does not help. */
export class RedisRefused extends Error {
  override readonly name = 'RedisRefused';
}

/** Whether Redis refused because the user lacks a right, in a script or outside of one. */
export function isMissingRight(error: unknown): error is RedisRefused {
  return error instanceof RedisRefused && /NOPERM|ACL failure|can't (?:run|access)/i.test(error.message);
}

/** Whether Redis refused because a key is of another type than ours, in a script or outside of one. */
export function isWrongType(error: unknown): error is RedisRefused {
  return error instanceof RedisRefused && error.message.includes('WRONGTYPE');
}

/** What `ask` returns; `undefined` where it fails because a key is of another type than ours. */
export async function unlessWrongType<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (isWrongType(error)) return undefined;
    throw error;
  }
}

/** Sorts an ioredis error by what the caller must do: an answer of the server is final, everything else is not. */
export function asRedisError(error: unknown, doing: string): RedisUnavailable | RedisRefused {
  const message = error instanceof Error ? error.message : String(error);
  const answered = error instanceof Error && error.name === 'ReplyError';
  if (answered && message.startsWith('OOM '))
    return new RedisFull(`${doing}: Redis is at its maxmemory and refuses new writes. ${REMEDY_WHEN_FULL}`, {
      cause: error,
    });
  const passing = /^(LOADING|MASTERDOWN|TRYAGAIN|CLUSTERDOWN|READONLY|BUSY|UNKILLABLE|NOREPLICAS|MISCONF)\b/.test(
    message,
  );
  return answered && !passing
    ? new RedisRefused(`${doing}: ${message}`, { cause: error })
    : new RedisUnavailable(`${doing}: ${message}`, { cause: error });
}

/** What `ask` returns; its error as {@link asRedisError} sorts it. */
export async function askRedis<T>(doing: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw asRedisError(error, doing);
  }
}
