import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
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
