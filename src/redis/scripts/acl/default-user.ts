import type { Redis } from 'ioredis';
import { KEY_TABLE, type KeyName, type Keys } from '../../keys/keys.js';
import { asRedisError } from '../../connection/redis.errors.js';
import type { RedisClient } from '../../connection/redis-clients.js';
import { primariesOf } from '../../connection/slot-owner.js';
import { probeKeyOf } from './probe-keys.js';

/**
 * The rules of the user `default`: no login, but every command. While Redis loads its append-only file, it checks commands between
 * MULTI and EXEC against this user and drops those that the user may not run. Every script with more than one write is stored there as
 * a transaction.
 */
export const DEFAULT_USER_LINE = 'user default off resetpass resetchannels ~* &* +@all';

/** The writes of scripts and direct commands as the append-only file stores them inside a transaction. */
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
  ['xdel', '1-1'],
  ['xsetid', '1-1'],
  ['lpop'],
  ['rpop'],
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
  /** Commands of the append-only file that the user may not run. */
  readonly denied: readonly string[];
  /** Why that is not known; `""` if it is known. */
  readonly unknown: string;
}

/** Checks on every primary what `default` may run, without changing anything. Throws when a primary does not answer. */
export async function askDefaultUser(client: RedisClient, keys: Keys): Promise<DefaultUserRights> {
  const primaries = primariesOf(client);
  if (primaries.length === 0) throw asRedisError('no primary is known', 'checking the rights of the user default');
  const questions = questionsOn(keys);
  const answers = await Promise.all(
    primaries.flatMap((primary) => questions.map((question) => isDenied(primary, question))),
  );
  const denied = answers.flatMap((answer, at) =>
    answer === true ? [nameOf(questions[at % questions.length] ?? [])] : [],
  );
  return { denied: [...new Set(denied)], unknown: answers.find((answer) => typeof answer === 'string') ?? '' };
}

/**
 * Rows outside of the prefix, which a restart may lose: claims on accounts last some seconds, and after a restart no order is sent before
 * they were renewed.
 */
const MAY_BE_LOST: ReadonlySet<KeyName> = new Set<KeyName>(['accountClaims']);

/** Every write on one key of the prefix, and one write on a key of every row. */
function questionsOn(keys: Keys): (readonly string[])[] {
  const key = keys.probe('default-user');
  const rows = (Object.keys(KEY_TABLE) as KeyName[]).filter((name) => !MAY_BE_LOST.has(name));
  const ofEveryRow = rows.map((name) => probeKeyOf(keys, name));
  return [
    ['del', ...ofEveryRow],
    ...LOADED_WRITES.map(([command, ...rest]) => [command, key, ...rest]),
    ...LOADED_GROUP_WRITES.map(([subcommand, ...rest]) => ['xgroup', subcommand, key, ...rest]),
  ];
}

const nameOf = ([command = '', subcommand = '']: readonly string[]): string =>
  (command === 'xgroup' ? `${command} ${subcommand}` : command).toUpperCase();

/** A text means that Redis does not say, and why. */
async function isDenied(primary: Redis, question: readonly string[]): Promise<boolean | string> {
  try {
    return (await primary.call('ACL', 'DRYRUN', 'default', ...question)) !== 'OK';
  } catch (error) {
    // The server answered: this user may not run ACL DRYRUN, or this server does not have the command.
    if (error instanceof Error && error.name === 'ReplyError' && /^(NOPERM|ERR)/.test(error.message))
      return error.message;
    throw asRedisError(error, 'checking the rights of the user default');
  }
}
