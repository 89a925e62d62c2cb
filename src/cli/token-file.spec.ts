import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { loadAdminTokens } from '../ops/access/admin-tokens.js';
import { API_ROLES } from '../ops/access/api-roles.js';
import { appendToken, newToken, revokeToken, tokensIn } from './token-file.js';

const folder = mkdtempSync(join(tmpdir(), 'permit-gate-tokens-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('makes tokens that the interface recognises by their digests alone', () => {
  const file = join(folder, 'tokens.json');
  const made = API_ROLES.map((role) => ({ role, ...newToken(`the-${role}`, role) }));
  for (const { entry } of made) appendToken(file, entry);
  const tokens = loadAdminTokens(file);
  expect(made.map(({ token }) => tokens.find(token))).toEqual(
    API_ROLES.map((role) => ({ state: 'valid', token: { name: `the-${role}`, role } })),
  );
  expect(tokens.find('something else')).toEqual({ state: 'unknown' });
});

it('lists tokens without their digests, and revokes one of them once [C20]', () => {
  const file = join(folder, 'revoked.json');
  appendToken(file, newToken('a', 'admin').entry);
  appendToken(file, newToken('b', 'viewer', '2020-01-01T00:00:00.000Z').entry);
  expect(tokensIn(file)).toEqual([
    { name: 'a', role: 'admin', state: 'valid' },
    { name: 'b', role: 'viewer', expires_at: '2020-01-01T00:00:00.000Z', state: 'expired' },
  ]);
  const first = revokeToken(file, 'a');
  expect(first).toEqual({ name: 'a', role: 'admin', state: 'revoked', revoked_at: expect.any(String) as string });
  expect(revokeToken(file, 'a')).toEqual(first);
  expect(tokensIn(file)[0]).toEqual(first);
  expect(() => revokeToken(file, 'c')).toThrow(`${file} has no token named c, only a, b.`);
});
