import { fault, HIDDEN, NOT_SET, shown } from '../fault.js';
import { parseRedisUrl } from '../redis-url.js';
import { rule } from './rule.js';

const WHILE = 'while APPLY_MODE is production';

export const productionRules = [
  rule(
    '`production` reaches Redis over TLS or a unix socket.',
    ['applyMode', 'redisTls', 'redisUrl'],
    ({ applyMode, redisTls, redisUrl }) => [
      applyMode !== 'production' ||
        redisTls ||
        parseRedisUrl(redisUrl)?.endpoint.kind === 'unix' ||
        fault(
          'REDIS_TLS',
          shown(redisTls),
          `true ${WHILE}, or a unix socket in REDIS_URL`,
          'Set REDIS_TLS=true (rediss:// in REDIS_URL), or REDIS_URL=unix:///path on one machine.',
        ),
    ],
  ),

  rule(
    '`production` has a Redis user of its own, not `default`.',
    ['applyMode', 'redisUsername', 'redisUrl'],
    ({ applyMode, redisUsername, redisUrl }) => {
      const inUrl = parseRedisUrl(redisUrl)?.username;
      const user = redisUsername ?? inUrl;
      if (applyMode !== 'production' || (user !== undefined && user !== 'default')) return [];
      const given = redisUsername !== undefined ? shown(redisUsername) : inUrl === undefined ? NOT_SET : HIDDEN;
      const remedy = 'Load docker/redis/users.acl into Redis, and name the user of this process’ role.';
      return [fault('REDIS_USERNAME', given, `the Redis user of this process’ roles ${WHILE}`, remedy)];
    },
  ),

  rule(
    '`production` has `ADMIN_TOKENS_FILE`: without tokens nobody could engage the kill switch.',
    ['applyMode', 'adminTokensFile'],
    ({ applyMode, adminTokensFile }) => [
      applyMode !== 'production' ||
        adminTokensFile !== undefined ||
        fault(
          'ADMIN_TOKENS_FILE',
          NOT_SET,
          `the path of a JSON file with tokens ${WHILE}`,
          'Make one with `permit-gate token create`.',
        ),
    ],
  ),
];
