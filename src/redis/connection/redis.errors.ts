/** The command may or may not have taken effect: the connection was lost or the deadline passed. Ask again with the same token. */
export class RedisUnavailable extends Error {
  override readonly name: string = 'RedisUnavailable';
}

/** Redis is at its `maxmemory` and took nothing: what was asked was not done. Asking again may work once there is room. */
export class RedisFull extends RedisUnavailable {
  override readonly name = 'RedisFull';
}

/** Redis answered and said no: a right that is missing, a wrong type, a script error. Asking again changes nothing. */
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

/** Sorts an ioredis error by what the caller must do: an answer of the server is final, everything else is not. */
export function asRedisError(error: unknown, doing: string): RedisUnavailable | RedisRefused {
  const message = error instanceof Error ? error.message : String(error);
  const answered = error instanceof Error && error.name === 'ReplyError';
  if (answered && message.startsWith('OOM '))
    return new RedisFull(`${doing}: Redis is at its maxmemory and takes nothing new`, { cause: error });
  const passing = /^(LOADING|MASTERDOWN|TRYAGAIN|CLUSTERDOWN|READONLY|BUSY|UNKILLABLE|NOREPLICAS|MISCONF)\b/.test(
    message,
  );
  return answered && !passing
    ? new RedisRefused(`${doing}: ${message}`, { cause: error })
    : new RedisUnavailable(`${doing}: ${message}`, { cause: error });
}
