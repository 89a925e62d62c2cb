import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import { parseRedisUrl } from '../../config/redis-url.js';

/** How to reach Redis: one of `url`, `sentinels`, `clusterNodes` or `host`. */
export interface RedisTarget {
  readonly url?: string | undefined;
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly tls: boolean;
  /** The name that certificates must contain, in place of the address. */
  readonly tlsServername?: string | undefined;
  readonly sentinels: readonly string[];
  readonly sentinelName?: string | undefined;
  /** The Sentinels' own login; the one of Redis is never sent to them. */
  readonly sentinelUsername?: string | undefined;
  readonly sentinelPassword?: string | undefined;
  /** Whether the Sentinels use TLS although the servers may not. With TLS to the servers they always do. */
  readonly sentinelTls?: boolean | undefined;
  readonly clusterNodes: readonly string[];
}

interface Endpoint {
  host: string;
  port: number;
}

/** `host:port` text, the port optional; IPv6 hosts in brackets. */
export function parseEndpoint(text: string, defaultPort: number): Endpoint {
  const match = /^(\[[^\]]+\]|[^:]+)(?::(\d+))?$/.exec(text.trim());
  if (match?.[1] === undefined) throw new RangeError(`${JSON.stringify(text)} is not a valid host:port`);
  return { host: match[1].replaceAll(/[[\]]/g, ''), port: match[2] === undefined ? defaultPort : Number(match[2]) };
}

interface SingleServer {
  username?: string;
  password?: string;
  db: number;
  tls?: ConnectionOptions;
  path?: string;
  host?: string;
  port?: number;
}

/**
 * A single-server target as ioredis options. `url` (already checked with the configuration) has priority over host and port. A separate
 * user has priority over the one in the URL, because the operators' connection uses the same URL.
 */
export function singleServerOptions(target: RedisTarget): SingleServer {
  const options: SingleServer = { db: target.db };
  if (target.username !== undefined) options.username = target.username;
  if (target.password !== undefined) options.password = target.password;
  if (target.tls) options.tls = tlsOptions(target);
  if (target.url === undefined) return { ...options, host: target.host, port: target.port };
  const address = parseRedisUrl(target.url);
  if (address === undefined)
    throw new RangeError('REDIS_URL must start with redis://, rediss:// or unix:///, or be an absolute path');
  const { endpoint } = address;
  if (address.username !== undefined) options.username ??= address.username;
  if (address.password !== undefined) options.password ??= address.password;
  if (address.db !== undefined) options.db = address.db;
  if (endpoint.kind === 'unix') return { ...options, path: endpoint.path };
  if (endpoint.tls) options.tls = tlsOptions(target);
  return { ...options, host: endpoint.host, port: endpoint.port };
}

/** Node's default trust store, plus NODE_EXTRA_CA_CERTS as usual; SSL_CERT_FILE is used if it is set. */
export function tlsOptions({ tlsServername }: Pick<RedisTarget, 'tlsServername'>): ConnectionOptions {
  const file = process.env['SSL_CERT_FILE'];
  return {
    ...(file === undefined || file === '' ? {} : { ca: readFileSync(file) }),
    ...(tlsServername === undefined ? {} : { servername: tlsServername }),
  };
}
