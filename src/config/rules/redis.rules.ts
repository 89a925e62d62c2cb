import { fault, HIDDEN, NOT_SET, shown, type ConfigFault } from '../fault.js';
import { parseRedisUrl } from '../redis-url.js';
import type { VariableName } from '../values.js';
import { rule, together } from './rule.js';

const PLACES = ['REDIS_URL', 'REDIS_SENTINELS', 'REDIS_CLUSTER_NODES'] as const;
const SENTINELS_OWN = ['REDIS_SENTINEL_USERNAME', 'REDIS_SENTINEL_PASSWORD', 'REDIS_SENTINEL_TLS'] as const;
const HOST_PARTS = ['REDIS_HOST', 'REDIS_PORT'] as const;

export const redisRules = [
  rule(
    'Redis’ address is given once: `REDIS_HOST`/`REDIS_PORT`, `REDIS_URL`, `REDIS_SENTINELS` or `REDIS_CLUSTER_NODES`.',
    ['redisUrl', 'redisSentinels', 'redisClusterNodes', 'redisHost', 'redisPort'],
    ({ given }) => {
      const places = PLACES.filter((variable) => given.has(variable));
      const parts = places.length === 0 ? [] : HOST_PARTS.filter((variable) => given.has(variable));
      const all = [...places, ...parts];
      const remedy = `Keep one of ${all.join(', ')} and remove the others.`;
      return [all.length <= 1 || fault(all.join(' '), all.map(() => HIDDEN).join(' '), 'one address of Redis', remedy)];
    },
  ),

  rule(
    'What `REDIS_URL` contains (user, password, database, TLS) is not given again by another variable.',
    ['redisUrl', 'redisUsername', 'redisPassword', 'redisDb', 'redisTls'],
    ({ redisUrl, redisTls, given }) => {
      const url = parseRedisUrl(redisUrl);
      if (url === undefined) return [];
      const once = (variable: VariableName, inUrl: unknown): ConfigFault | true =>
        inUrl === undefined ||
        !given.has(variable) ||
        fault(variable, HIDDEN, 'not set, because REDIS_URL contains it too');
      const isTlsUrl = url.endpoint.kind === 'tcp' && url.endpoint.tls;
      return [
        once('REDIS_USERNAME', url.username),
        once('REDIS_PASSWORD', url.password),
        once('REDIS_DB', url.db),
        isTlsUrl === redisTls ||
          fault('REDIS_TLS', shown(redisTls), 'rediss:// in REDIS_URL for TLS, redis:// or a socket without'),
      ];
    },
  ),

  together('REDIS_SENTINELS', 'REDIS_SENTINEL_NAME'),

  rule(
    'User, password and TLS of the Sentinels need `REDIS_SENTINELS`; the user needs a password.',
    ['redisSentinels', 'redisSentinelUsername', 'redisSentinelPassword', 'redisSentinelTls'],
    ({ given, redisSentinelUsername, redisSentinelPassword }) => [
      ...SENTINELS_OWN.map(
        (variable) =>
          given.has('REDIS_SENTINELS') ||
          !given.has(variable) ||
          fault(variable, HIDDEN, 'not set, because REDIS_SENTINELS is not set'),
      ),
      redisSentinelUsername === undefined ||
        redisSentinelPassword !== undefined ||
        fault('REDIS_SENTINEL_PASSWORD', NOT_SET, 'the password of REDIS_SENTINEL_USERNAME'),
    ],
  ),

  rule(
    'With `REDIS_TLS` the Sentinels use TLS too; `REDIS_TLS_SERVERNAME` needs TLS.',
    ['redisTls', 'redisSentinels', 'redisSentinelTls', 'redisTlsServername'],
    ({ redisTls, redisSentinels, redisSentinelTls, redisTlsServername }) => [
      redisSentinels === undefined ||
        !redisTls ||
        redisSentinelTls ||
        fault(
          'REDIS_SENTINEL_TLS',
          shown(redisSentinelTls),
          'true with REDIS_TLS=true',
          'Give the Sentinels a tls-port with a certificate: whoever answers in their place names the server that gets the commands.',
        ),
      redisTlsServername === undefined ||
        redisTls ||
        redisSentinelTls ||
        fault('REDIS_TLS_SERVERNAME', shown(redisTlsServername), 'not set without REDIS_TLS'),
    ],
  ),

  rule(
    'With `REDIS_CLUSTER_NODES` the database is 0 and `REDIS_KEY_PREFIX` carries a hash tag.',
    ['redisClusterNodes', 'redisDb', 'redisKeyPrefix'],
    ({ redisClusterNodes, redisDb, redisKeyPrefix }) => [
      redisClusterNodes === undefined ||
        redisDb === 0 ||
        fault('REDIS_DB', shown(redisDb), '0, the only one of a cluster'),
      redisClusterNodes === undefined ||
        /\{[^{}]+\}/.test(redisKeyPrefix) ||
        fault('REDIS_KEY_PREFIX', shown(redisKeyPrefix), 'on a cluster a prefix with a hash tag, such as {quantum:0}:'),
    ],
  ),

  rule(
    'Braces in `REDIS_KEY_PREFIX` are one hash tag, `{…}`, that is not empty.',
    ['redisKeyPrefix'],
    ({ redisKeyPrefix }) => [
      /^[^{}]*(\{[^{}]+\}[^{}]*)?$/.test(redisKeyPrefix) ||
        fault('REDIS_KEY_PREFIX', shown(redisKeyPrefix), 'no braces, or one hash tag such as {quantum:0}:'),
    ],
  ),

  rule(
    'A Redis user, from `REDIS_USERNAME` or `REDIS_URL`, comes with a password.',
    ['redisUrl', 'redisUsername', 'redisPassword'],
    ({ redisUrl, redisUsername, redisPassword }) => {
      const url = parseRedisUrl(redisUrl);
      const hasUser = (redisUsername ?? url?.username) !== undefined;
      const hasPassword = (redisPassword ?? url?.password) !== undefined;
      return [!hasUser || hasPassword || fault('REDIS_PASSWORD', NOT_SET, 'the password of the user')];
    },
  ),

  together('REDIS_OPERATOR_USERNAME', 'REDIS_OPERATOR_PASSWORD'),
];
