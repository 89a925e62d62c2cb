import type { Redis } from 'ioredis';
import { KEY_TABLE, type KeyName, type Keys } from '../../keys/keys.js';
import { asRedisError } from '../../connection/redis.errors.js';
import type { RedisClient } from '../../connection/redis-clients.js';
import { probeKeyOf } from './probe-keys.js';

/**
 * The rules of the user `default`: nobody can log in as it, and it may run everything. While Redis loads its append-only file
 * it checks what stands between MULTI and EXEC against this user, and drops what the user may not run. Every script with more
 * than one effect stands there as a transaction.
 */
export const DEFAULT_USER_LINE = 'user default off resetpass resetchannels ~* &* +@all';

/** Writes as they stand in an append-only file inside a transaction: what scripts and direct commands become there. */
export const LOADED_WRITES: readonly (readonly [command: string, ...afterKey: string[]])[] = [
  ['set', 'value'],
  ['setnx', 'value'],
  ['incr'],
  ['unlink'],
  ['pexpireat', '1'],
  ['persist'],
  ['hset', 'field', 'value'],
  ['hsetnx', 'field', 'value'],
  ['hincrby', 'field', '1'],
  ['hdel', 'field'],
  ['rpush', 'value'],
  ['zadd', '1', 'member'],
  ['zrem', 'member'],
  ['zremrangebyrank', '0', '0'],
  ['zremrangebyscore', '0', '0'],
  ['xadd', '1-1', 'field', 'value'],
  ['xtrim', 'MINID', '0'],
  ['xack', 'group', '1-1'],
  ['xclaim', 'group', 'consumer', '0', '1-1'],
];
/** As above, with the key as the second argument. */
export const LOADED_GROUP_WRITES: readonly (readonly [subcommand: string, ...afterKey: string[]])[] = [
  ['create', 'group', '0'],
  ['setid', 'group', '0'],
  ['createconsumer', 'group', 'consumer'],
];

export interface DefaultUserRights {
  /** Commands that the user may not run, as Redis would at its next start. */
  readonly denied: readonly string[];
  /** Why it is not known; `""` when it is. */
  readonly unknown: string;
}

/** Asks every primary what `default` may run. Nothing is changed by asking. Throws when a primary does not answer. */
export async function askDefaultUser(client: RedisClient, keys: Keys): Promise<DefaultUserRights> {
  const primaries = 'nodes' in client ? client.nodes('master') : [client];
  if (primaries.length === 0) throw asRedisError('no primary is known', 'asking what the user default may do');
  const questions = questionsOn(keys);
  const answers = await Promise.all(
    primaries.flatMap((primary) => questions.map((question) => isDenied(primary, question))),
  );
  const denied = answers.flatMap((answer, at) =>
    answer === true ? [nameOf(questions[at % questions.length] ?? [])] : [],
  );
  return { denied: [...new Set(denied)], unknown: answers.find((answer) => typeof answer === 'string') ?? '' };
}

/** Every write on one key of the prefix, and one write on a key of every row. */
function questionsOn(keys: Keys): (readonly string[])[] {
  const key = keys.probe('default-user');
  const ofEveryRow = (Object.keys(KEY_TABLE) as KeyName[]).map((name) => probeKeyOf(keys, name));
  return [
    ['del', ...ofEveryRow],
    ...LOADED_WRITES.map(([command, ...rest]) => [command, key, ...rest]),
    ...LOADED_GROUP_WRITES.map(([subcommand, ...rest]) => ['xgroup', subcommand, key, ...rest]),
  ];
}

const nameOf = ([command = '', subcommand = '']: readonly string[]): string =>
  (command === 'xgroup' ? `${command} ${subcommand}` : command).toUpperCase();

/** A text is why Redis does not say. */
async function isDenied(primary: Redis, question: readonly string[]): Promise<boolean | string> {
  try {
    return (await primary.call('ACL', 'DRYRUN', 'default', ...question)) !== 'OK';
  } catch (error) {
    // The server answered: this user may not ask, or this server has no such command.
    if (error instanceof Error && error.name === 'ReplyError' && /^(NOPERM|ERR)/.test(error.message))
      return error.message;
    throw asRedisError(error, 'asking what the user default may do');
  }
}
