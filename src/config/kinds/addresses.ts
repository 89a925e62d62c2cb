import { isIP } from 'node:net';
import { ArrayNotEmpty, IsNotEmpty, IsOptional } from 'class-validator';
import { exchangeBase } from '../exchange-base.js';
import { parseRedisUrl } from '../redis-url.js';
import type { Kind } from './kind.js';
import { commaSeparated } from './words.js';

const HOST_NAME = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$/;
const HOST_AND_PORT = /^(?<host>\[[^\]]+\]|[^:]+)(:(?<port>\d{1,5}))?$/;

export function host(): Kind<string> {
  return {
    read: (text) => (isHost(text) ? text : undefined),
    rules: [IsNotEmpty()],
    allowed: 'a host name or an IP address, without scheme and port',
  };
}

/** Nodes as `host:port`, comma separated; a node without a port gets `defaultPort`. */
export function nodes(defaultPort: number): Kind<string[]> {
  return {
    read: (text) => {
      const read = commaSeparated(text).map((word) => node(word, defaultPort));
      const good = read.filter((address) => address !== undefined);
      return good.length === read.length ? [...new Set(good)] : undefined;
    },
    rules: [IsOptional(), ArrayNotEmpty()],
    allowed: `one or more host:port, comma separated; the port may be left out (${defaultPort})`,
  };
}

function node(text: string, defaultPort: number): string | undefined {
  const { host: given = '', port = String(defaultPort) } = HOST_AND_PORT.exec(text)?.groups ?? {};
  const inBrackets = given.startsWith('[');
  const known = inBrackets ? isIP(given.slice(1, -1)) === 6 : isHost(given);
  return known && Number(port) >= 1 && Number(port) <= 65_535 ? `${given}:${Number(port)}` : undefined;
}

function isHost(text: string): boolean {
  return HOST_NAME.test(text) || isIP(text) !== 0;
}

export function redisUrl(): Kind<string> {
  return {
    read: (text) => (parseRedisUrl(text) === undefined ? undefined : text),
    rules: [IsOptional(), IsNotEmpty()],
    allowed:
      'redis://[user[:password]@]host[:port][/db], rediss://… for TLS, or unix:///path or /path for a unix socket; ?db=N in place of /db',
    secret: true,
  };
}

/** The exchange's base for one protocol; kept as an origin, without a slash at its end. */
export function exchangeUrl(protocol: 'http' | 'ws'): Kind<string> {
  return {
    read: (text) => exchangeBase(text, protocol),
    rules: [IsNotEmpty()],
    allowed: `a base without path: ${protocol}s://host[:port], or ${protocol}://host[:port] for a loopback host (127.0.0.0/8, ::1, localhost)`,
  };
}
