import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { loadAdminTokens } from '../ops/access/admin-tokens.js';
import { API_ROLES } from '../ops/access/caller.js';
import { TOKEN_ROLES } from './commands/token.js';
import { appendToken, newToken } from './token-file.js';

const folder = mkdtempSync(join(tmpdir(), 'permit-gate-tokens-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('offers the roles of the HTTP interface', () => {
  expect(TOKEN_ROLES).toEqual([...API_ROLES]);
});

it('makes tokens that the interface recognises by their digests alone', () => {
  const file = join(folder, 'tokens.json');
  const made = TOKEN_ROLES.map((role) => ({ role, ...newToken(`the-${role}`, role) }));
  for (const { entry } of made) appendToken(file, entry);
  const tokens = loadAdminTokens(file);
  expect(made.map(({ token }) => tokens.find(token))).toEqual(
    TOKEN_ROLES.map((role) => ({ name: `the-${role}`, role, digest: expect.any(Buffer) })),
  );
  expect(tokens.find('something else')).toBeUndefined();
});
