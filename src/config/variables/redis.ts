import { derivedFrom, variablesOf } from '../declaration.js';
import { host, nodes, redisUrl } from '../kinds/addresses.js';
import { whole } from '../kinds/numbers.js';
import { flag, secret, text } from '../kinds/words.js';
import { parseRedisUrl, REDIS_DEFAULT_PORT, REDIS_HIGHEST_DB } from '../redis-url.js';
import { ProcessVariables } from './process.js';

const SENTINEL_PORT = 26_379;
/** ACL user names hold no blanks; the rest is the server's to judge. */
const USER_NAME = text(/^[^\s\p{C}]{1,128}$/u, 'a Redis ACL user name without blanks');
const PASSWORD = secret(/^[^\p{Cc}]{1,1024}$/u, '1 to 1024 characters without control characters');

const Redis = variablesOf(
  'Redis',
  'Say where Redis is in one way: host and port, a URL, Sentinel, or Cluster. Redis 7.0 or newer.',
);

export class RedisVariables extends ProcessVariables {
  @Redis('REDIS_HOST', host(), 'Where a standalone Redis listens.')
  readonly redisHost: string = 'localhost';

  @Redis('REDIS_PORT', whole({ min: 1, max: 65_535 }, 'a port'), 'The port of `REDIS_HOST`.')
  readonly redisPort: number = REDIS_DEFAULT_PORT;

  @Redis('REDIS_DB', whole({ min: 0, max: REDIS_HIGHEST_DB }), 'The database number; a cluster has only 0.')
  readonly redisDb: number = 0;

  @Redis('REDIS_URL', redisUrl(), 'Address, user, password and database in one; in place of host and port.')
  readonly redisUrl: string | undefined = undefined;

  @Redis('REDIS_USERNAME', USER_NAME, 'The ACL user of this process; needs a password.')
  readonly redisUsername: string | undefined = undefined;

  @Redis('REDIS_PASSWORD', PASSWORD, 'The password of this process’ user, or of the default user.')
  readonly redisPassword: string | undefined = undefined;

  @Redis(
    'REDIS_TLS',
    flag(),
    'Whether connections to Redis are encrypted: to every server, and to the Sentinels.',
    derivedFrom('`true` with a `rediss://` URL, otherwise `false`', ({ redisUrl: url }: RedisVariables) => {
      const endpoint = url === undefined ? undefined : parseRedisUrl(url)?.endpoint;
      return endpoint?.kind === 'tcp' && endpoint.tls;
    }),
  )
  readonly redisTls: boolean = false;

  @Redis('REDIS_SENTINELS', nodes(SENTINEL_PORT), 'The Sentinels to ask for the master.')
  readonly redisSentinels: string[] | undefined = undefined;

  @Redis(
    'REDIS_SENTINEL_NAME',
    text(/^[A-Za-z0-9._-]{1,128}$/, '1 to 128 letters (A-Z, a-z), digits, dots, underscores or dashes'),
    'The name under which the Sentinels know the master.',
  )
  readonly redisSentinelName: string | undefined = undefined;

  @Redis('REDIS_CLUSTER_NODES', nodes(REDIS_DEFAULT_PORT), 'Nodes of a Redis Cluster to start from.')
  readonly redisClusterNodes: string[] | undefined = undefined;

  @Redis(
    'REDIS_KEY_PREFIX',
    text(/^[A-Za-z0-9:_{}-]{0,63}:$/, '1 to 64 letters (A-Z, a-z), digits or : _ - { }, with a colon at the end'),
    'Begins every key. On a cluster it carries a hash tag, such as `{quantum:0}:`, so that all keys share a slot.',
  )
  readonly redisKeyPrefix: string = 'quantum:';

  @Redis(
    'REDIS_MIN_REPLICAS',
    whole({ min: 0, max: 16 }),
    'How many replicas must acknowledge a claim before the order may leave.',
  )
  readonly redisMinReplicas: number = 0;

  @Redis(
    'REDIS_OPERATOR_USERNAME',
    USER_NAME,
    'The ACL user for operator writes (kill switch, arming, holds); without it the process’ own user does them.',
  )
  readonly redisOperatorUsername: string | undefined = undefined;

  @Redis('REDIS_OPERATOR_PASSWORD', PASSWORD, 'The password of `REDIS_OPERATOR_USERNAME`.')
  readonly redisOperatorPassword: string | undefined = undefined;
}
