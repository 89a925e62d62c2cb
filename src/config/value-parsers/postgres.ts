import { satisfies, type ValueParser } from './value-parser.js';

function isPostgresUrl(text: string): boolean {
  if (!/^postgres(?:ql)?:\/\/[^\s\\\p{C}]+$/u.test(text) || !URL.canParse(text)) return false;
  const { hostname, pathname, searchParams, hash } = new URL(text);
  const host = hostname === '' ? searchParams.get('host') : hostname;
  return host !== null && host !== '' && /^\/[^/]+$/.test(pathname) && hash === '';
}

/** The address of a database, with the login in it. */
export function postgresUrl(): ValueParser<string> {
  return {
    parse: (text) => text,
    checks: [satisfies(isPostgresUrl)],
    allowed: 'postgres://user:password@host:5432/database, with ?sslmode=verify-full beyond this machine',
    secret: true,
  };
}
