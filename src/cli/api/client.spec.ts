import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { ApiClient } from './client.js';

const askStatus = (api: ApiClient) => api.ask((calls) => calls.GET('/api/v1/status'));

describe('an error answer', () => {
  let server: Server;
  afterEach(() => server.close());

  async function clientOf(status: number, body: string): Promise<ApiClient> {
    server = createServer((_request, response) => response.writeHead(status).end(body));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return ApiClient.at(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, 'token');
  }

  it.each([
    [400, 2],
    [401, 78],
    [403, 78],
    [404, 1],
    [409, 1],
    [422, 2],
    [429, 69],
    [500, 69],
    [503, 69],
  ])('%i ends the command with exit code %i and the words of the answer', async (code, exitCode) => {
    const api = await clientOf(code, JSON.stringify({ title: 'Not so', detail: 'because of this' }));
    await expect(askStatus(api)).rejects.toMatchObject({
      exitCode,
      message: `Not so (${code}): because of this`,
    });
  });

  it.each(['<html>', '[]', ''])('of another program is reported as not permit-gate: %j', async (body) => {
    const api = await clientOf(200, body);
    await expect(askStatus(api)).rejects.toMatchObject({
      exitCode: 69,
      message: expect.stringContaining('not as permit-gate does'),
    });
  });

  it('with a redirect is not followed: the token goes only to the given address', async () => {
    const api = await clientOf(302, '');
    await expect(askStatus(api)).rejects.toMatchObject({ exitCode: 69 });
  });
});

describe('the token of --cell', () => {
  const folder = mkdtempSync(join(tmpdir(), 'permit-gate-client-'));
  const token = join(folder, 'a.token');
  beforeAll(() => {
    writeFileSync(
      join(folder, 'cells.json'),
      JSON.stringify({ cells: [{ name: 'a', url: 'http://127.0.0.1:1', token_file: 'a.token' }] }),
      { mode: 0o600 },
    );
    vi.stubEnv('CELLS_FILE', join(folder, 'cells.json'));
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });

  const withMode = (mode: number) => {
    writeFileSync(token, 'a-token\n');
    chmodSync(token, mode);
    return [() => ApiClient.of({ cell: 'a' }), () => ApiClient.everywhere({ cell: 'a' })];
  };

  it.each([0o600, 0o640])('in a file of mode %o is used', (mode) => {
    for (const build of withMode(mode)) expect(build).not.toThrow();
  });

  it.each([
    [0o644, 'its mode is 0644: others may read or write it; chmod 600'],
    [0o660, 'its mode is 0660'],
  ])('in a file of mode %o, which others can read or write, is not used', (mode, refusal) => {
    for (const build of withMode(mode)) expect(build).toThrow(`token_file ${token} is not used: ${refusal}`);
  });

  it.each([
    ['two words', 'a b', 'does not hold one token'],
    ['nothing', '', 'does not hold one token'],
  ])('is none in a file with %s', (_what, text, refusal) => {
    writeFileSync(token, text);
    chmodSync(token, 0o600);
    expect(() => ApiClient.of({ cell: 'a' })).toThrow(`token_file ${token} ${refusal}`);
    expect(() => ApiClient.of({ tokenFile: token })).toThrow(`--token-file ${token} ${refusal}`);
  });
});
