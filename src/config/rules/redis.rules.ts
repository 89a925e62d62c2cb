import { NOT_SET, HIDDEN, shown, type ConfigFault } from '../fault.js';
import { parseRedisUrl } from '../redis-url.js';
import type { Rule } from './rule.js';

const PLACES = ['REDIS_URL', 'REDIS_SENTINELS', 'REDIS_CLUSTER_NODES'];
const HOST_PARTS = ['REDIS_HOST', 'REDIS_PORT'];

const oneAddress: Rule = {
  says: 'Redis’ address is said once: `REDIS_HOST`/`REDIS_PORT`, `REDIS_URL`, `REDIS_SENTINELS` or `REDIS_CLUSTER_NODES`.',
  reads: ['redisUrl', 'redisSentinels', 'redisClusterNodes', 'redisHost', 'redisPort'],
  faults: ({ given }) => {
    const places = PLACES.filter((variable) => given.has(variable));
    const parts = places.length === 0 ? [] : HOST_PARTS.filter((variable) => given.has(variable));
    const all = [...places, ...parts];
    const allowed = 'one way of saying where Redis is';
    const remedy = `Keep one of ${all.join(', ')} and remove the others.`;
    return [all.length > 1 && { variable: all.join(' '), given: all.map(() => HIDDEN).join(' '), allowed, remedy }];
  },
};

const urlAgrees: Rule = {
  says: 'What `REDIS_URL` says (user, password, database, TLS) is not said again by another variable.',
  reads: ['redisUrl', 'redisUsername', 'redisPassword', 'redisDb', 'redisTls'],
  faults: ({ redisUrl, redisTls, given }) => {
    const url = redisUrl === undefined ? undefined : parseRedisUrl(redisUrl);
    if (url === undefined) return [];
    const again = (variable: string, inUrl: unknown): ConfigFault | false =>
      inUrl !== undefined &&
      given.has(variable) && { variable, given: HIDDEN, allowed: 'not set, because REDIS_URL says it too' };
    const tls = url.endpoint.kind === 'tcp' && url.endpoint.tls;
    const allowed = 'rediss:// in REDIS_URL for TLS, redis:// or a socket without';
    return [
      again('REDIS_USERNAME', url.username),
      again('REDIS_PASSWORD', url.password),
      again('REDIS_DB', url.db),
      tls !== redisTls && { variable: 'REDIS_TLS', given: shown(String(redisTls)), allowed },
    ];
  },
};

const sentinelPair: Rule = {
  says: '`REDIS_SENTINELS` and `REDIS_SENTINEL_NAME` are set together.',
  reads: ['redisSentinels', 'redisSentinelName'],
  faults: (e) => [both('REDIS_SENTINELS', e.redisSentinels, 'REDIS_SENTINEL_NAME', e.redisSentinelName)],
};

const cluster: Rule = {
  says: 'With `REDIS_CLUSTER_NODES` the database is 0 and `REDIS_KEY_PREFIX` carries a hash tag.',
  reads: ['redisClusterNodes', 'redisDb', 'redisKeyPrefix'],
  faults: ({ redisClusterNodes, redisDb, redisKeyPrefix }) => [
    redisClusterNodes !== undefined &&
      redisDb !== 0 && { variable: 'REDIS_DB', given: shown(String(redisDb)), allowed: '0, the only one of a cluster' },
    redisClusterNodes !== undefined &&
      !/\{[^{}]+\}/.test(redisKeyPrefix) && {
        variable: 'REDIS_KEY_PREFIX',
        given: shown(redisKeyPrefix),
        allowed: 'on a cluster a prefix with a hash tag, such as {quantum:0}:',
      },
  ],
};

const wellFormedTag: Rule = {
  says: 'Braces in `REDIS_KEY_PREFIX` are one hash tag, `{…}`, that is not empty.',
  reads: ['redisKeyPrefix'],
  faults: ({ redisKeyPrefix }) => [
    !/^[^{}]*(\{[^{}]+\}[^{}]*)?$/.test(redisKeyPrefix) && {
      variable: 'REDIS_KEY_PREFIX',
      given: shown(redisKeyPrefix),
      allowed: 'no braces, or one hash tag such as {quantum:0}:',
    },
  ],
};

const users: Rule = {
  says: '`REDIS_USERNAME` comes with a password; `REDIS_OPERATOR_USERNAME` and `REDIS_OPERATOR_PASSWORD` are set together.',
  reads: ['redisUrl', 'redisUsername', 'redisPassword', 'redisOperatorUsername', 'redisOperatorPassword'],
  faults: (e) => {
    const url = e.redisUrl === undefined ? undefined : parseRedisUrl(e.redisUrl);
    const nameWithoutPassword =
      (e.redisUsername ?? url?.username) !== undefined && (e.redisPassword ?? url?.password) === undefined;
    return [
      nameWithoutPassword && { variable: 'REDIS_PASSWORD', given: NOT_SET, allowed: 'the password of the user' },
      both('REDIS_OPERATOR_USERNAME', e.redisOperatorUsername, 'REDIS_OPERATOR_PASSWORD', e.redisOperatorPassword),
    ];
  },
};

function both(first: string, firstValue: unknown, second: string, secondValue: unknown): ConfigFault | false {
  if ((firstValue === undefined) === (secondValue === undefined)) return false;
  const [missing, present] = firstValue === undefined ? [first, second] : [second, first];
  return { variable: missing, given: NOT_SET, allowed: `a value, because ${present} is set; or neither of the two` };
}

export const redisRules: readonly Rule[] = [oneAddress, urlAgrees, sentinelPair, cluster, wellFormedTag, users];
