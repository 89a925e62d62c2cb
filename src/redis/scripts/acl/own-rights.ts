import { Inject, Injectable } from '@nestjs/common';
import { Environment } from '../../../config/environment.js';
import { singleServerOptions } from '../../connection/connection-options.js';
import type { RedisClient } from '../../connection/redis-clients.js';
import { redisTargetOf } from '../../connection/redis-target.js';
import { asRedisError } from '../../connection/redis.errors.js';
import { GROUPS } from '../../keys/groups.js';
import type { KeyName, Keys } from '../../keys/keys.js';
import { COMMANDS, KEYS } from '../../redis.tokens.js';
import { probeKeyOf } from './probe-keys.js';
import { rightsOf } from './rights.js';

/** The fewest arguments that Redis accepts for each command. */
const AROUND_KEY: Readonly<Record<string, (key: string) => readonly string[]>> = {
  'xgroup|create': (key) => ['xgroup', 'create', key, 'group', '0'],
  'xinfo|groups': (key) => ['xinfo', 'groups', key],
  'xinfo|consumers': (key) => ['xinfo', 'consumers', key, 'group'],
  'xinfo|stream': (key) => ['xinfo', 'stream', key],
  xreadgroup: (key) => ['xreadgroup', 'group', 'group', 'consumer', 'streams', key, '>'],
  xread: (key) => ['xread', 'streams', key, '0'],
};
const AFTER_KEY: Readonly<Record<string, readonly string[]>> = {
  xautoclaim: ['group', 'consumer', '0', '0'],
  xack: ['group', '1-1'],
  xadd: ['*', 'field', 'value'],
  xtrim: ['MINID', '0'],
  xrange: ['-', '+'],
  xrevrange: ['+', '-'],
  xpending: ['group'],
  xdel: ['1-1'],
  set: ['value'],
  setnx: ['value'],
  expire: ['1'],
  pexpire: ['1'],
  hset: ['field', 'value'],
  hsetnx: ['field', 'value'],
  hincrby: ['field', '1'],
  hdel: ['field'],
  hget: ['field'],
  hmget: ['field'],
  hexists: ['field'],
  hstrlen: ['field'],
  rpush: ['value'],
  lindex: ['0'],
  lrange: ['0', '0'],
  zadd: ['1', 'member'],
  zrem: ['member'],
  zscore: ['member'],
  zcount: ['0', '0'],
  zrange: ['0', '0'],
  zrangebyscore: ['0', '0'],
  zrevrangebyscore: ['0', '0'],
  zremrangebyrank: ['0', '0'],
  zremrangebyscore: ['0', '0'],
};
const SHOWN = 3;

export function questionOf(command: string, key: string): readonly string[] {
  return AROUND_KEY[command]?.(key) ?? [command, key, ...(AFTER_KEY[command] ?? [])];
}

/** Asks Redis which rights of its roles this process lacks, without using one: `ACL DRYRUN` is not logged and changes nothing. */
@Injectable()
export class OwnRights {
  readonly #questions: readonly { readonly command: string; readonly key: string }[];
  readonly #user: string;

  constructor(
    @Inject(COMMANDS) private readonly client: RedisClient,
    @Inject(KEYS) keys: Keys,
    environment: Environment,
  ) {
    this.#user = singleServerOptions(redisTargetOf(environment)).username ?? 'default';
    const groups = [...environment.roles].map((role) => (role === 'position-brain' ? GROUPS.p33 : GROUPS[role]));
    const keysOf = (name: KeyName): string[] =>
      // A user may use the leases of its own groups only.
      name === 'lease' ? groups.map((group) => keys.lease(group, 'probe')) : [probeKeyOf(keys, name)];
    const questions = (command: string, names: Iterable<KeyName>) =>
      [...names].flatMap(keysOf).map((key) => ({ command, key }));
    const { byCommand, declared } = rightsOf([...environment.roles]);
    this.#questions = [...byCommand, ['evalsha', declared] as const].flatMap(([command, names]) =>
      questions(command, names),
    );
  }

  /** `undefined` when nothing is missing, or when this user may not ask: the check of the server reports that. */
  async fault(): Promise<string | undefined> {
    const answers = await Promise.all(this.#questions.map(({ command, key }) => this.#isDenied(command, key)));
    const missing = this.#questions.filter((_, at) => answers[at] === true);
    if (missing.length === 0) return undefined;
    const named = missing
      .slice(0, SHOWN)
      .map(({ command, key }) => `${command.replace('|', ' ').toUpperCase()} ${key}`);
    const more = missing.length > SHOWN ? ` and ${missing.length - SHOWN} more` : '';
    return `the Redis user ${this.#user} may not run ${named.join(', ')}${more}: load the docker/redis/users.acl of this version into Redis (ACL LOAD), or give the rights to the user of REDIS_USERNAME`;
  }

  async #isDenied(command: string, key: string): Promise<boolean> {
    const question = command === 'evalsha' ? ['evalsha', 'digest', '1', key] : questionOf(command, key);
    try {
      const primaries = 'nodes' in this.client ? this.client.nodes('master') : [this.client];
      const answers = await Promise.all(
        primaries.map((primary) => primary.call('ACL', 'DRYRUN', this.#user, ...question)),
      );
      return answers.some((answer) => answer !== 'OK');
    } catch (error) {
      if (error instanceof Error && error.name === 'ReplyError') return false;
      throw asRedisError(error, 'checking the rights of this process');
    }
  }
}
