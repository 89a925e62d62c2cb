import type { Environment } from '../../config/environment.js';
import type { RedisTarget } from './connection-options.js';

/** The Redis target from the configuration. */
export function redisTargetOf(environment: Environment): RedisTarget {
  return {
    url: environment.redisUrl,
    host: environment.redisHost,
    port: environment.redisPort,
    db: environment.redisDb,
    username: environment.redisUsername,
    password: environment.redisPassword,
    tls: environment.redisTls,
    tlsServername: environment.redisTlsServername,
    sentinels: environment.redisSentinels ?? [],
    sentinelName: environment.redisSentinelName,
    sentinelUsername: environment.redisSentinelUsername,
    sentinelPassword: environment.redisSentinelPassword,
    sentinelTls: environment.redisSentinelTls,
    clusterNodes: environment.redisClusterNodes ?? [],
  };
}
