import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { appendToken, newToken, revokeToken, tokensIn } from '../../src/cli/token-file.js';
import { eventually } from '../harness/eventually.js';
import { OpsApp } from './ops-support.js';

describe('the tokens file, while a process runs', () => {
  let folder: string;
  let file: string;
  let ops: OpsApp;
  const admin = newToken('admin', 'admin');
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'permit-gate-tokens-'));
    file = join(folder, 'tokens.json');
    appendToken(file, admin.entry);
    ops = await OpsApp.start({ socket: inject('redisSocket'), environment: { ADMIN_TOKENS_FILE: file } });
  });
  afterEach(async () => {
    await ops.close();
    rmSync(folder, { recursive: true });
  });

  const statusOf = async (token: string): Promise<[number, string]> => {
    const response = await fetch(`${ops.url}/api/v1/kill-switch`, { headers: { authorization: `Bearer ${token}` } });
    const body = (await response.json()) as { detail?: string };
    return [response.status, body.detail ?? ''];
  };

  it('counts at the next call: a new token, one that ends, one that is revoked [C20]', async () => {
    const [late, short] = [
      newToken('late', 'viewer'),
      newToken('short', 'viewer', new Date(Date.now() + 1_500).toISOString()),
    ];
    expect((await statusOf(late.token))[0]).toBe(401);
    appendToken(file, late.entry);
    appendToken(file, short.entry);
    expect((await statusOf(late.token))[0]).toBe(200);
    expect((await statusOf(short.token))[0]).toBe(200);
    revokeToken(file, 'late');
    expect(await statusOf(late.token)).toEqual([401, expect.stringMatching(/^The token late is revoked\. /) as string]);
    await eventually(async () => (await statusOf(short.token))[0] === 401 || undefined);
    expect((await statusOf(short.token))[1]).toMatch(/^The token short is expired\. /);
    expect((await statusOf(admin.token))[0]).toBe(200);
    expect(tokensIn(file)).toMatchObject([
      { name: 'admin', state: 'valid' },
      { name: 'late', state: 'revoked', revoked_at: expect.any(String) as string },
      { name: 'short', state: 'expired' },
    ]);
  });

  it.each([
    ['is cut off', '[{"name":"admin"'],
    ['has a fault', '[{"name":"admin","role":"root","sha256":""}]'],
    ['is gone', undefined],
  ])('keeps the tokens of before while it %s, and says so once [C20]', async (_how, content) => {
    expect((await statusOf(admin.token))[0]).toBe(200);
    if (content === undefined) rmSync(file);
    else writeFileSync(file, content);
    for (let calls = 0; calls < 3; calls += 1) expect((await statusOf(admin.token))[0]).toBe(200);
    const faults = ops.logged.filter((line) => line.includes('"ADMIN_TOKENS_FILE has a fault'));
    expect(faults).toHaveLength(1);
    const other = newToken('other', 'admin');
    writeFileSync(file, JSON.stringify([other.entry]));
    expect((await statusOf(other.token))[0]).toBe(200);
    expect((await statusOf(admin.token))[0]).toBe(401);
  });
});
