import { HIDDEN, NOT_SET, shown } from '../fault.js';
import { parseRedisUrl } from '../redis-url.js';
import type { Rule } from './rule.js';

const WHILE = 'while APPLY_MODE is production';

const redisIsPrivate: Rule = {
  says: '`production` reaches Redis over TLS or a unix socket.',
  reads: ['applyMode', 'redisTls', 'redisUrl'],
  faults: ({ applyMode, redisTls, redisUrl }) => {
    const endpoint = redisUrl === undefined ? undefined : parseRedisUrl(redisUrl)?.endpoint;
    return [
      applyMode === 'production' &&
        !redisTls &&
        endpoint?.kind !== 'unix' && {
          variable: 'REDIS_TLS',
          given: shown(String(redisTls)),
          allowed: `true ${WHILE}, or a unix socket in REDIS_URL`,
          remedy: 'Set REDIS_TLS=true (rediss:// in REDIS_URL), or REDIS_URL=unix:///path on one machine.',
        },
    ];
  },
};

const redisUserOfItsOwn: Rule = {
  says: '`production` has a Redis user of its own, not `default`.',
  reads: ['applyMode', 'redisUsername', 'redisUrl'],
  faults: ({ applyMode, redisUsername, redisUrl }) => {
    const inUrl = redisUrl === undefined ? undefined : parseRedisUrl(redisUrl)?.username;
    const user = redisUsername ?? inUrl;
    const remedy = 'Load docker/redis/users.acl into Redis, and name the user of this process’ role.';
    const allowed = `the Redis user of this process’ roles ${WHILE}`;
    return [
      applyMode === 'production' &&
        (user === undefined || user === 'default') && {
          variable: 'REDIS_USERNAME',
          given: user === undefined ? NOT_SET : redisUsername === undefined ? HIDDEN : shown(user),
          allowed,
          remedy,
        },
    ];
  },
};

const tokensInProduction: Rule = {
  says: '`production` has `ADMIN_TOKENS_FILE`: without tokens nobody could engage the kill switch.',
  reads: ['applyMode', 'adminTokensFile'],
  faults: ({ applyMode, adminTokensFile }) => [
    applyMode === 'production' &&
      adminTokensFile === undefined && {
        variable: 'ADMIN_TOKENS_FILE',
        given: NOT_SET,
        allowed: `the path of a JSON file with tokens ${WHILE}`,
        remedy: 'Make one with `permit-gate token create`.',
      },
  ],
};

export const productionRules: readonly Rule[] = [redisIsPrivate, redisUserOfItsOwn, tokensInProduction];
