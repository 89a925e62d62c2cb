import { setTimeout as sleep } from 'node:timers/promises';
import { Redis, type RedisOptions } from 'ioredis';
import { SENTINEL_DEFAULT_PORT } from '../../config/redis-url.js';
import { parseEndpoint, type RedisTarget, singleServerOptions, tlsOptions } from './connection-options.js';

const DEADLINE_MS = 1_500;
/** How long the first connection may take while one of the addresses works. */
const CONNECTED_WITHIN_MS = 5_000;

/** What one configured Sentinel or cluster node answers. */
export interface AddressFinding {
  readonly variable: 'REDIS_SENTINELS' | 'REDIS_CLUSTER_NODES';
  readonly address: string;
  /** What is wrong with it; `""` if nothing is. */
  readonly trouble: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** The variables that say where this Redis is. */
export function addressVariables(target: RedisTarget): string {
  if (target.sentinels.length > 0) return 'REDIS_SENTINELS and REDIS_SENTINEL_NAME';
  if (target.clusterNodes.length > 0) return 'REDIS_CLUSTER_NODES';
  return target.url === undefined ? 'REDIS_HOST and REDIS_PORT' : 'REDIS_URL';
}

/** The variables of the login that a refused password belongs to. */
export function loginVariables({ url }: RedisTarget): string {
  return url === undefined
    ? 'REDIS_USERNAME and REDIS_PASSWORD'
    : 'REDIS_USERNAME and REDIS_PASSWORD (or those in REDIS_URL)';
}

/** Asks each configured Sentinel or cluster node by itself. Empty for a single server; takes at most two deadlines. */
export async function checkAddresses(target: RedisTarget): Promise<AddressFinding[]> {
  return Promise.all([
    ...target.sentinels.map((address) => askSentinel(target, address)),
    ...target.clusterNodes.map((address) => askNode(target, address)),
  ]);
}

/**
 * Waits for a connection. A client under Sentinel never settles while no Sentinel names a primary, so this throws once none of the
 * addresses works, or after a deadline.
 */
export async function untilConnected(target: RedisTarget, connecting: Promise<unknown>): Promise<void> {
  const timer = new AbortController();
  const late = async (): Promise<never> => {
    const found = await checkAddresses(target);
    if (found.length === 0 || found.some(({ trouble }) => trouble === ''))
      await sleep(CONNECTED_WITHIN_MS, undefined, { signal: timer.signal, ref: false });
    throw new Error('there is no connection to Redis');
  };
  const waiting = late();
  // Once it is connected, nobody waits for the deadline.
  waiting.catch(() => undefined);
  try {
    await Promise.race([connecting, waiting]);
  } finally {
    timer.abort();
  }
}

async function askSentinel(target: RedisTarget, address: string): Promise<AddressFinding> {
  const { sentinelName = '', sentinelUsername, sentinelPassword, sentinelTls } = target;
  const withTls = sentinelTls === true || singleServerOptions(target).tls !== undefined;
  const options = {
    ...parseEndpoint(address, SENTINEL_DEFAULT_PORT),
    ...(sentinelUsername === undefined ? {} : { username: sentinelUsername }),
    ...(sentinelPassword === undefined ? {} : { password: sentinelPassword }),
    ...(withTls ? { tls: tlsOptions(target) } : {}),
  };
  const found = { variable: 'REDIS_SENTINELS', address } as const;
  try {
    return await asking(options, async (sentinel) => {
      if ((await sentinel.call('SENTINEL', 'get-master-addr-by-name', sentinelName)) !== null)
        return { ...found, trouble: '', remedy: '' };
      const known = namesIn(await sentinel.call('SENTINEL', 'masters'));
      return {
        ...found,
        trouble: `it watches no primary named ${JSON.stringify(sentinelName)}, only ${known.join(', ') || 'none'}`,
        remedy: 'correct REDIS_SENTINEL_NAME',
      };
    });
  } catch (error) {
    const trouble = error instanceof Error ? error.message : String(error);
    const remedy = /NOAUTH|WRONGPASS|NOPERM/.test(trouble)
      ? 'correct REDIS_SENTINEL_USERNAME and REDIS_SENTINEL_PASSWORD'
      : certificateRemedy(trouble, 'correct REDIS_SENTINELS, or REDIS_SENTINEL_TLS if it listens with TLS');
    return { ...found, trouble, remedy };
  }
}

async function askNode(target: RedisTarget, address: string): Promise<AddressFinding> {
  const { username, password } = singleServerOptions({ ...target, url: undefined });
  const options = {
    ...parseEndpoint(address, 6379),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(target.tls ? { tls: tlsOptions(target) } : {}),
  };
  const found = { variable: 'REDIS_CLUSTER_NODES', address } as const;
  try {
    const info = await asking(options, (node) => node.cluster('INFO'));
    if (/^cluster_state:ok/m.test(info)) return { ...found, trouble: '', remedy: '' };
    const trouble = 'it says that the cluster is down (cluster_state is not ok)';
    return { ...found, trouble, remedy: 'repair the cluster: a slot has no owner, or most nodes are unreachable' };
  } catch (error) {
    const trouble = error instanceof Error ? error.message : String(error);
    const remedy = /NOAUTH|WRONGPASS/.test(trouble)
      ? `correct ${loginVariables(target)}`
      : trouble.includes('cluster support disabled')
        ? 'use REDIS_HOST or REDIS_URL for a single server'
        : certificateRemedy(trouble, 'start it, or correct REDIS_CLUSTER_NODES');
    return { ...found, trouble, remedy };
  }
}

function certificateRemedy(trouble: string, otherwise: string): string {
  return /certificate|altnames|SSL|TLS/i.test(trouble)
    ? 'name the authority with NODE_EXTRA_CA_CERTS or SSL_CERT_FILE, and the name in the certificate with REDIS_TLS_SERVERNAME'
    : otherwise;
}

/** One question on a connection of its own, which is closed after it. Throws what the network or the server says. */
async function asking<T>(
  options: Pick<RedisOptions, 'host' | 'port' | 'username' | 'password' | 'tls'>,
  ask: (redis: Redis) => Promise<T>,
): Promise<T> {
  const redis = new Redis({
    ...options,
    lazyConnect: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    enableReadyCheck: false,
    disableClientInfo: true,
    protocol: 2,
    connectTimeout: DEADLINE_MS,
    commandTimeout: DEADLINE_MS,
    connectionName: 'permit-gate-address-check',
  });
  let trouble: Error | undefined;
  redis.on('error', (error: Error) => (trouble = error));
  try {
    await redis.connect();
    return await ask(redis);
  } catch (error) {
    // The command only says that the connection is closed.
    throw trouble ?? error;
  } finally {
    redis.disconnect();
  }
}

/** The names in the reply of SENTINEL MASTERS: a list of flat field lists. */
function namesIn(reply: unknown): string[] {
  const rows: unknown[] = Array.isArray(reply) ? reply : [];
  return rows.flatMap((row) => (Array.isArray(row) ? [String(row[row.indexOf('name') + 1])] : []));
}
