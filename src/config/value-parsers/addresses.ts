import { isIP } from 'node:net';
import { ArrayNotEmpty, IsNotEmpty } from 'class-validator';
import { exchangeBase } from '../exchange-base.js';
import { parseRedisUrl } from '../redis-url.js';
import { satisfies, type ValueParser } from './value-parser.js';
import { commaSeparated } from './words.js';

const HOST_NAME = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$/;
const HOST_AND_PORT = /^(?<host>\[[^\]]+\]|[^:]+)(:(?<port>\d{1,5}))?$/;

export function host(): ValueParser<string> {
  return {
    parse: (text) => text,
    checks: [satisfies(isHost)],
    allowed: 'a host name or an IP address, without scheme and port',
  };
}

/** Nodes as `host:port`, comma separated; a node without a port gets `defaultPort`. */
export function nodes(defaultPort: number): ValueParser<string[]> {
  return {
    parse: (text) => {
      const read = commaSeparated(text).map((word) => node(word, defaultPort));
      const valid = read.filter((address) => address !== undefined);
      return valid.length === read.length ? [...new Set(valid)] : null;
    },
    checks: [ArrayNotEmpty()],
    allowed: `one or more host:port, comma separated; the port may be left out (${defaultPort})`,
  };
}

function node(text: string, defaultPort: number): string | undefined {
  const { host: given = '', port = String(defaultPort) } = HOST_AND_PORT.exec(text)?.groups ?? {};
  const isBracketed = given.startsWith('[');
  const isValid = isBracketed ? isIP(given.slice(1, -1)) === 6 : isHost(given);
  return isValid && Number(port) >= 1 && Number(port) <= 65_535 ? `${given}:${Number(port)}` : undefined;
}

function isHost(text: string): boolean {
  return HOST_NAME.test(text) || isIP(text) !== 0;
}

export function redisUrl(): ValueParser<string> {
  return {
    parse: (text) => text,
    checks: [satisfies((url: string) => parseRedisUrl(url) !== undefined)],
    allowed:
      'redis://[user[:password]@]host[:port][/db], rediss://… for TLS, or unix:///path or /path for a unix socket; ?db=N in place of /db',
    secret: true,
  };
}

/** The exchange's base for one protocol; kept as an origin, without a slash at its end. */
export function exchangeUrl(protocol: 'http' | 'ws'): ValueParser<string> {
  return {
    parse: (text) => exchangeBase(text, protocol) ?? null,
    checks: [IsNotEmpty()],
    allowed: `a base without path: ${protocol}s://host[:port], or ${protocol}://host[:port] for a loopback host (127.0.0.0/8, ::1, localhost)`,
  };
}
