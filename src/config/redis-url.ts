/** The address in `REDIS_URL`. */
export interface RedisAddress {
  readonly endpoint:
    | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly tls: boolean }
    | { readonly kind: 'unix'; readonly path: string };
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly db: number | undefined;
}

export const REDIS_DEFAULT_PORT = 6379;
export const SENTINEL_DEFAULT_PORT = 26_379;
/** Redis starts with 16 databases unless its own configuration says otherwise. */
export const REDIS_HIGHEST_DB = 1023;

const TCP_URL = /^rediss?:\/\/[^\s\\]+$/;
const UNIX_URL = /^(?:unix:\/\/)?(?<path>\/[^?\p{Cc}]+)(?<query>\?.*)?$/u;

/**
 * Reads `redis://`, `rediss://`, `unix:///path` and a bare absolute path. User and password are percent-decoded.
 * `undefined` when the text is absent, has another form, or has a part that this system does not support.
 */
export function parseRedisUrl(text: string | undefined): RedisAddress | undefined {
  if (text === undefined) return undefined;
  const unix = UNIX_URL.exec(text)?.groups;
  if (unix !== undefined) return unixAddress(unix['path'] ?? '', unix['query'] ?? '');
  return TCP_URL.test(text) && URL.canParse(text) ? tcpAddress(new URL(text)) : undefined;
}

function unixAddress(path: string, query: string): RedisAddress | undefined {
  const db = dbOf('', query);
  if (db === 'invalid') return undefined;
  return { endpoint: { kind: 'unix', path }, username: undefined, password: undefined, db };
}

function tcpAddress(url: URL): RedisAddress | undefined {
  const db = dbOf(url.pathname.replace(/^\//, ''), url.search);
  const username = decoded(url.username);
  const password = decoded(url.password);
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = url.port === '' ? REDIS_DEFAULT_PORT : Number(url.port);
  if (db === 'invalid' || username === undefined || password === undefined) return undefined;
  if (host === '' || host.includes('%') || port === 0 || url.hash !== '') return undefined;
  return {
    endpoint: { kind: 'tcp', host, port, tls: url.protocol === 'rediss:' },
    username: username === '' ? undefined : username,
    password: password === '' ? undefined : password,
    db,
  };
}

function dbOf(path: string, query: string): number | undefined | 'invalid' {
  const inQuery = query === '' || query === '?' ? '' : /^\?db=(\d{1,4})$/.exec(query)?.[1];
  if (inQuery === undefined || (path !== '' && inQuery !== '')) return 'invalid';
  const text = path === '' ? inQuery : path;
  if (text === '') return undefined;
  return /^\d{1,4}$/.test(text) && Number(text) <= REDIS_HIGHEST_DB ? Number(text) : 'invalid';
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
