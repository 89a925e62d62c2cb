import { askDefaultUser, DEFAULT_USER_LINE } from '../scripts/acl/default-user.js';
import type { Replicas } from './replicas.js';
import { firstFew } from '../first-few.js';
import { ownerOf } from './slot-owner.js';
import type { Keys } from '../keys/keys.js';
import { asRedisError, REMEDY_WHEN_FULL, RedisFull } from './redis.errors.js';
import type { RedisClient } from './redis-clients.js';

export interface ServerFinding {
  readonly what:
    | 'version'
    | 'role'
    | 'eviction'
    | 'append-only file'
    | 'database'
    | 'writable'
    | 'default user'
    | 'replicas'
    | 'maxmemory'
    | 'connection without a password';
  readonly ok: boolean;
  readonly found: string;
  /** What to do about it; `""` if the check passed. */
  readonly remedy: string;
}

const MIN_MAJOR = 7;

function field(info: string, name: string): string {
  return new RegExp(`^${name}:(.*)$`, 'm').exec(info)?.[1]?.trim() ?? '';
}

/**
 * Checks that the server (on a cluster, the owner of the slot of our keys) is 7.0 or newer, the primary, without eviction, in production with an append-only file, with the configured
 * database, writable for this user, and that its user `default` lets it load its own append-only file. Throws when the server does not
 * answer. `asker` names the probe key.
 */
export async function checkServer(
  client: RedisClient,
  keys: Keys,
  asker: string,
  database: number,
  production: boolean,
): Promise<ServerFinding[]> {
  let info: string;
  let ownDatabase: string;
  try {
    const server = ownerOf(client, keys.server());
    const sections = ['server', 'replication', 'memory', ...(production ? ['persistence'] : [])];
    info = (await Promise.all(sections.map((section) => server.info(section)))).join('\n');
    ownDatabase = database === 0 ? '0' : (/\bdb=(\d+)/.exec(await client.client('INFO'))?.[1] ?? '');
  } catch (error) {
    throw asRedisError(error, 'reading INFO from Redis');
  }
  // Before the probe is written, because a replica refuses that and the client then reconnects to look for the primary.
  const defaultUser = await loadsItsFile(client, keys);
  const version = field(info, 'redis_version');
  const role = field(info, 'role');
  const policy = field(info, 'maxmemory_policy');
  return [
    {
      what: 'version',
      ok: Number(version.split('.')[0]) >= MIN_MAJOR,
      found: version,
      remedy: `use Redis ${MIN_MAJOR}.0 or newer`,
    },
    {
      what: 'role',
      ok: role === 'master',
      found: role,
      remedy: 'connect to the primary (REDIS_SENTINELS follows it over a failover)',
    },
    {
      what: 'eviction',
      ok: policy === 'noeviction',
      found: policy,
      remedy: 'set maxmemory-policy noeviction: otherwise Redis may delete a permit, a guard or a ledger',
    },
    ...(production ? [appendOnly(info)] : []),
    {
      what: 'database',
      // Redis refuses a missing database once, at connect, and the connection then uses database 0.
      ok: ownDatabase === String(database),
      found: ownDatabase,
      remedy: `the server has no database ${database}, or this user may not use it; correct REDIS_DB (or the database in REDIS_URL)`,
    },
    await writable(client, keys.probe(asker)),
    defaultUser,
  ];
}

/** Whether as many replicas as `REDIS_MIN_REPLICAS` asks for have all that `server` wrote before; nothing if it asks for none. */
export async function checkReplicas(replicas: Replicas, server: string): Promise<ServerFinding[]> {
  if (replicas.wanted === 0) return [];
  const acknowledged = await replicas.acknowledged(server);
  return [
    {
      what: 'replicas',
      ok: acknowledged >= replicas.wanted,
      found: `${acknowledged} of the ${replicas.wanted} that REDIS_MIN_REPLICAS asks for`,
      remedy:
        'no order leaves before that many replicas have its claim: repair or add replicas, or lower REDIS_MIN_REPLICAS',
    },
  ];
}

function appendOnly(info: string): ServerFinding {
  const ok = field(info, 'aof_enabled') === '1';
  const remedy = 'set appendonly yes: otherwise a restart loses claims, and with them orders that were sent';
  return { what: 'append-only file', ok, found: ok ? 'on' : 'off', remedy };
}

async function writable(client: RedisClient, probeKey: string): Promise<ServerFinding> {
  try {
    await client.set(probeKey, '1', 'PX', 5_000);
    return { what: 'writable', ok: true, found: 'yes', remedy: '' };
  } catch (error) {
    if (asRedisError(error, 'writing') instanceof RedisFull)
      return { what: 'writable', ok: false, found: 'no: Redis is at its maxmemory', remedy: REMEDY_WHEN_FULL };
    const found = error instanceof Error ? error.message : String(error);
    return {
      what: 'writable',
      ok: false,
      found,
      remedy: 'the user needs write rights under the key prefix, on a server that accepts writes',
    };
  }
}

async function loadsItsFile(client: RedisClient, keys: Keys): Promise<ServerFinding> {
  const what = 'default user';
  const { denied, unknown } = await askDefaultUser(client, keys);
  if (denied.length > 0) {
    return {
      what,
      ok: false,
      found: `barred from ${firstFew(denied)}`,
      remedy: `at its next start Redis drops what scripts wrote with them from its append-only file; write "${DEFAULT_USER_LINE}" into its ACL file and restart it. Where keys are missing after a restart, do not rewrite the append-only file: docs/operations.md#keys-are-missing-after-a-restart-of-redis`,
    };
  }
  if (unknown === '') return { what, ok: true, found: 'may run every write of the append-only file', remedy: '' };
  return {
    what,
    ok: false,
    found: `unknown (${unknown})`,
    remedy:
      'whether Redis loads all of its append-only file at its next start depends on it: load the docker/redis/users.acl of this version, which lets every role run ACL DRYRUN',
  };
}
