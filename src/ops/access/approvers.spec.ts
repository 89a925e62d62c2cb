import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { checkTokens } from '../../cli/doctor/check-host.js';
import { appendToken, newToken, revokeToken } from '../../cli/token-file.js';
import type { Environment } from '../../config/environment.js';
import { ConfigurationError } from '../../config/fault.js';
import { loadEnvironment } from '../../config/load-environment.js';
import type { ApiRole } from './api-roles.js';
import { loadAdminTokens } from './admin-tokens.js';
import { tooFewApprovers } from './approvers.js';

/** Two people must approve ETHUSDT; the other symbol is as `more` says. */
function environmentWith(roles: readonly ApiRole[], more: NodeJS.ProcessEnv = {}): Environment {
  const folder = mkdtempSync(join(tmpdir(), 'approvers-'));
  writeFileSync(join(folder, 'symbols.yaml'), 'symbols: { ETHUSDT: { approvalsNeeded: 2 } }');
  const file = join(folder, 'tokens.json');
  for (const [index, role] of roles.entries()) appendToken(file, newToken(`p${index}`, role).entry);
  const loaded = loadEnvironment({
    CONFIG_DIR: folder,
    ADMIN_TOKENS_FILE: file,
    APPLY_ALLOWLIST: 'BTCUSDT,ETHUSDT',
    ...more,
  });
  if ('faults' in loaded) throw new ConfigurationError(loaded.faults);
  return loaded.environment;
}
const said = (environment: Environment): string[] =>
  tooFewApprovers(environment, loadAdminTokens(environment.adminTokensFile)).map(({ text }) => text);

it.each([
  ['one operator', ['operator'], 'holds one token that may approve'],
  ['viewers', ['viewer', 'viewer', 'admin'], 'holds one token that may approve'],
  ['nobody', ['viewer'], 'holds 0 tokens that may approve'],
] as const)('%s cannot give two approvals: the start and doctor say so', (_who, roles, expected) => {
  const environment = environmentWith(roles);
  const [text] = said(environment);
  expect(text).toContain(expected);
  expect(text).toContain('ETHUSDT needs 2');
  expect(text).not.toContain('BTCUSDT');
  expect(checkTokens(environment)).toMatchObject([
    { kind: 'ok' },
    { kind: 'warning', found: text, remedy: expect.stringContaining('permit-gate token create') },
  ]);
});

it('an operator and an admin are two, until one of their tokens ends', () => {
  const environment = environmentWith(['operator', 'admin'], { GOV_APPROVALS_NEEDED: '2' });
  expect(said(environment)).toEqual([]);
  expect(checkTokens(environment)).toMatchObject([{ kind: 'ok' }]);
  revokeToken(environment.adminTokensFile ?? '', 'p0');
  expect(said(environment)).toMatchObject([expect.stringContaining('BTCUSDT needs 2, ETHUSDT needs 2')]);
});

it('one is enough where one is needed', () => {
  expect(said(environmentWith(['operator'], { GOV_APPROVALS_NEEDED: '1' }))).toEqual([]);
});
