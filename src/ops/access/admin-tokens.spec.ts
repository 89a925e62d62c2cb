import { createHash } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ConfigurationError } from '../../config/fault.js';
import { Environment } from '../../config/environment.js';
import { loadAdminTokens, tokensOf } from './admin-tokens.js';

const folder = mkdtempSync(join(tmpdir(), 'tokens-'));
const sha256 = (token: string): string => createHash('sha256').update(token).digest('hex');
const DIGEST = sha256('one');

function fileWith(content: string): string {
  const path = join(folder, `${createHash('sha256').update(content).digest('hex').slice(0, 8)}.json`);
  writeFileSync(path, content);
  return path;
}

function messageOf(content: unknown): string {
  const path = fileWith(typeof content === 'string' ? content : JSON.stringify(content));
  try {
    loadAdminTokens(path);
    return '';
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
}

it('finds a token by its digest alone, whatever the case of the digits', () => {
  const tokens = loadAdminTokens(
    fileWith(
      JSON.stringify([
        { name: 'a', role: 'viewer', sha256: DIGEST.toUpperCase() },
        { name: 'b', role: 'admin', sha256: sha256('two') },
      ]),
    ),
  );
  expect(tokens.configured).toBe(true);
  expect(tokens.find('one')).toEqual({ state: 'valid', token: { name: 'a', role: 'viewer' } });
  expect(tokens.find('two')).toEqual({ state: 'valid', token: { name: 'b', role: 'admin' } });
  for (const wrong of ['', 'One', 'one ', DIGEST]) expect(tokens.find(wrong)).toEqual({ state: 'unknown' });
});

it.each([undefined, fileWith('[]')])('no file and an empty list give nobody access (%s)', (path) => {
  const tokens = loadAdminTokens(path);
  expect(tokens.configured).toBe(false);
  expect(tokens.find('')).toEqual({ state: 'unknown' });
});

it('knows when a token ends, and that it was revoked [C20]', () => {
  const entry = { name: 'a', role: 'viewer', sha256: DIGEST };
  const stateAt = (more: object, iso: string): string =>
    loadAdminTokens(fileWith(JSON.stringify([{ ...entry, ...more }]))).find('one', Date.parse(iso)).state;
  const ends = { expires_at: '2026-06-01T12:00:00Z' };
  expect(stateAt(ends, '2026-06-01T11:59:59Z')).toBe('valid');
  expect(stateAt(ends, '2026-06-01T12:00:00Z')).toBe('expired');
  expect(stateAt({ expires_at: '2026-06-01T12:00:00+02:00' }, '2026-06-01T10:00:00Z')).toBe('expired');
  expect(stateAt({ ...ends, revoked_at: '2026-05-01T00:00:00Z' }, '2026-06-02T00:00:00Z')).toBe('revoked');
});

it.each([
  ['{', '(not JSON)'],
  ['{"name":"a"}', '(JSON, but no list)'],
  [[1], 'no object'],
  [[{ name: 'a', role: 'viewer', sha256: DIGEST, note: 1 }], 'the unknown member "note"'],
  [[{ name: 'a b', role: 'viewer', sha256: DIGEST }], 'a name that is missing or malformed'],
  [[{ name: 'a', role: 'root', sha256: DIGEST }], 'a with a role that is none of viewer, operator, admin'],
  [[{ name: 'a', role: 'viewer', sha256: DIGEST, expires_at: 'tomorrow' }], 'a with a time that is not like'],
  [[{ name: 'a', role: 'viewer', sha256: DIGEST, expires_at: 1_800_000_000 }], 'a with a time that is not like'],
  [[{ name: 'a', role: 'viewer', sha256: DIGEST, revoked_at: '2026-13-01T00:00Z' }], 'a with a time that is not like'],
  [[{ name: 'a', role: 'viewer', sha256: 'CANARY' }], 'a with a sha256 that is not 64 hex digits'],
  [
    [
      { name: 'a', role: 'viewer', sha256: DIGEST },
      { name: 'a', role: 'admin', sha256: sha256('x') },
    ],
    'entry 2\n    given:   the name a a second time',
  ],
  [
    [
      { name: 'a', role: 'viewer', sha256: DIGEST },
      { name: 'b', role: 'admin', sha256: DIGEST },
    ],
    'b with the token of another entry',
  ],
])('%j is a fault: %s', (content, expected) => {
  const message = messageOf(content);
  expect(message).toContain(expected);
  expect(message).toContain('permit-gate token create');
  expect(message).not.toContain('CANARY');
  expect(message).not.toContain(DIGEST);
});

it.each([
  ['an empty list', []],
  ['an operator alone', [{ name: 'a', role: 'operator', sha256: DIGEST }]],
  ['an admin who is revoked', [{ name: 'a', role: 'admin', sha256: DIGEST, revoked_at: '2026-01-01T00:00:00Z' }]],
  [
    'an admin whose token has ended',
    [{ name: 'a', role: 'admin', sha256: DIGEST, expires_at: '2020-01-01T00:00:00Z' }],
  ],
])('[C4] %s is a fault in production, where nobody could release the kill switch part of [C18]', (_what, list) => {
  const environment = Object.assign(new Environment(), { adminTokensFile: fileWith(JSON.stringify(list)) });
  expect(tokensOf(environment).configured).toBe(list.length > 0);
  expect(() => tokensOf(Object.assign(environment, { applyMode: 'production' }))).toThrow(
    'at least one token of an admin',
  );
});

it('reports all faults of a file at once, and a missing file', () => {
  expect(messageOf([1, { name: '' }])).toContain('2 faults');
  expect(() => loadAdminTokens(join(folder, 'missing'))).toThrow('(ENOENT)');
});
