import type { OpenAPIObject } from '@nestjs/swagger';

/** One call of the interface, as it is sent. */
export interface FuzzedCall {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer | undefined;
}

/** A path and method of the API's own description. */
interface Operation {
  readonly method: string;
  readonly path: string;
  readonly query: readonly string[];
  readonly fields: readonly string[];
}

type Random = () => number;

const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD'];
const DEEP = 8_000;

/** Texts that were trouble somewhere: numbers that are none, ids out of range, paths, prototypes, escapes, other scripts. */
const ODD_TEXTS = [
  '',
  ' ',
  '0',
  '-1',
  '1.5',
  '01',
  '1e999',
  '-1e999',
  '0x10',
  'NaN',
  'Infinity',
  '9'.repeat(400),
  '9007199254740993',
  'null',
  'true',
  '[]',
  '{}',
  '-',
  '1-1',
  '0-0',
  '-1--1',
  '1-',
  '18446744073709551615-18446744073709551615',
  '18446744073709551616-0',
  '99999999999999999999-99999999999999999999',
  '1'.repeat(20),
  '(1-1',
  '+',
  '$',
  '>',
  '*',
  '..',
  '../..',
  './',
  '%',
  '%%',
  '%00',
  '\0',
  'a\0b',
  '\x1B[2J',
  '‮',
  '\ud800',
  'é',
  '币安人生USDT',
  '🙂',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '${7*7}',
  '{{7*7}}',
  "' OR 1=1 --",
  '<b>',
  '\r\nX: y',
  'BTCUSDT',
  'btcusdt',
  ' BTCUSDT ',
  'ETHUSDT',
  'aaaaaaaaaaaaaaaa',
  'AAAAAAAAAAAAAAAA',
  'apply.plan',
  'governor',
  'a'.repeat(5e3),
];
const ODD_VALUES: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1e308,
  -0,
  1.5,
  [],
  {},
  [[]],
  ['BTCUSDT'],
  { a: 1 },
  ...ODD_TEXTS,
];
/** JSON that no object prints: numbers beyond range, the same key twice, depth, prototypes. */
const ODD_JSON = [
  '',
  'null',
  '7',
  '"text"',
  '[]',
  '[{}]',
  '{',
  '{"a":}',
  '\ufeff{}',
  '{"engaged":1e400}',
  '{"engaged":true,"engaged":false,"reason":"x","reason":""}',
  '{"__proto__":{"reason":"x"},"constructor":{"prototype":{"reason":"x"}}}',
  `${'['.repeat(DEEP)}${']'.repeat(DEEP)}`,
  `${'{"a":'.repeat(DEEP)}1${'}'.repeat(DEEP)}`,
  `{"reason":${'['.repeat(DEEP)}${']'.repeat(DEEP)}}`,
  `{"reason":"${'x'.repeat(70_000)}"}`,
  `{${Array.from({ length: 3_000 }, (_, index) => `"k${index}":1`).join(',')}}`,
];
const ODD_HEADERS: readonly Readonly<Record<string, string>>[] = [
  {},
  {},
  {},
  { 'content-type': 'application/json; charset=utf-16' },
  { 'content-type': 'application/json; charset=none' },
  { 'content-type': 'text/plain' },
  { 'content-type': 'application/x-www-form-urlencoded' },
  { 'content-type': 'application/json', 'content-encoding': 'gzip' },
  { 'content-type': 'application/json', 'content-encoding': 'none' },
  { accept: 'text/html' },
  { 'idempotency-key': '__proto__' },
  { 'idempotency-key': '*' },
  { 'idempotency-key': 'k'.repeat(2_000) },
  { 'last-event-id': '-1' },
  { 'x-forwarded-for': '::1, \t999.1.1.1' },
];

/** Every operation that the document names, so that a new one is called without being named here. */
export function operationsOf(document: OpenAPIObject): Operation[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item as Readonly<Record<string, { parameters?: unknown; requestBody?: unknown }>>).map(
      ([method, found]) => ({
        method: method.toUpperCase(),
        path,
        query: parametersOf(found.parameters),
        fields: fieldsOf(document, found.requestBody),
      }),
    ),
  );
}

function parametersOf(parameters: unknown): string[] {
  const named = (parameters ?? []) as readonly { readonly in: string; readonly name: string }[];
  return named.filter((each) => each.in === 'query').map(({ name }) => name);
}

function fieldsOf(document: OpenAPIObject, requestBody: unknown): string[] {
  const name = /#\/components\/schemas\/(\w+)/.exec(JSON.stringify(requestBody ?? {}))?.[1];
  const schema = name === undefined ? undefined : document.components?.schemas?.[name];
  return Object.keys((schema as { properties?: object } | undefined)?.properties ?? {});
}

/** A call of one operation with something odd in it, or several things. */
export function fuzzedCall(operations: readonly Operation[], random: Random): FuzzedCall {
  const pick = <T>(list: readonly T[]): T => {
    const found = list.at(Math.floor(random() * list.length));
    if (found === undefined) throw new RangeError('nothing to pick from');
    return found;
  };
  const operation = pick(operations);
  const method = random() < 0.9 ? operation.method : pick(METHODS);
  const filled = operation.path.replaceAll(/\{\w+\}/g, () => encoded(pick(ODD_TEXTS)));
  const path =
    random() < 0.97 ? filled : `${filled}${pick(['/', '//', '/%2e%2e/', '/%zz', '/%c0%af', `/${'x'.repeat(6_000)}`])}`;
  const names = [...operation.query, 'cursor', 'limit', '__proto__', 'a[b][c]', 'state'];
  const query = Array.from(
    { length: Math.floor(random() * 3) },
    () => `${pick(names)}=${encoded(pick(ODD_TEXTS))}`,
  ).join('&');
  const headers = { 'content-type': 'application/json', ...pick(ODD_HEADERS) };
  const isRead = method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
  return {
    method,
    path: `${path}${query === '' ? '' : `?${query}`}`,
    headers,
    body: isRead ? undefined : bodyOf(operation, random, pick),
  };
}

function bodyOf(operation: Operation, random: Random, pick: <T>(list: readonly T[]) => T): string | Buffer | undefined {
  const kind = random();
  if (kind < 0.1) return undefined;
  if (kind < 0.3) return pick(ODD_JSON);
  if (kind < 0.35) return Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]);
  const names = [...operation.fields, ...(random() < 0.2 ? ['__proto__', 'unknown'] : [])];
  const fields = names.filter(() => random() < 0.9).map((name) => [name, pick(ODD_VALUES)] as const);
  // By hand, because an object cannot have `__proto__` as a member of its own.
  return `{${fields.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`;
}

/** As a client would write it; half a pair cannot be. */
function encoded(text: string): string {
  return text === '%' || text === '%%' ? text : encodeURIComponent(text.replaceAll(/\p{Cs}/gu, ''));
}
