import type { Request, Response } from 'express';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { Authentication } from '../../src/ops/access/authentication.js';
import { RefusalAudit } from '../../src/ops/audit/refusal-audit.js';
import { OpsApp, TOKENS } from './ops-support.js';

let ops: OpsApp;
beforeAll(async () => {
  ops = await OpsApp.start({ socket: inject('redisSocket') });
});
afterAll(() => ops.close());

// oxlint-disable-next-line typescript/no-explicit-any -- entries are asserted on member by member
const audit = async (): Promise<any[]> => {
  // Refusals are summed up, and none waits for its entry.
  await ops.app.get(RefusalAudit).flush();
  return (await ops.call('GET', '/api/v1/audit?limit=200', 'viewer')).body.entries;
};

it.each([
  ['GET', '/api/v1/status'],
  ['GET', '/API/V1/status'],
  ['GET', '/api'],
  ['GET', '/api/v1/no-such-thing'],
  ['PUT', '/api/v1/kill-switch'],
  ['POST', '/api/v1/proposals'],
  ['GET', '/api/v1/config'],
])('[C5] %s %s without a token is 401', async (method, path) => {
  const { status, headers, body } = await ops.call(method, path);
  // After ten failures of the address in a minute the same refusal is 429; the table is shorter than that.
  expect(status).toBe(401);
  expect(headers.get('content-type')).toContain('application/problem+json');
  expect(headers.get('www-authenticate')).toContain('Bearer');
  expect(body).toMatchObject({
    type: 'urn:permit-gate:problem:unauthenticated',
    title: 'A token is needed',
    status: 401,
    instance: path,
  });
  expect(body.detail).toContain('Authorization: Bearer');
});

it.each([
  ['viewer', 'PUT', '/api/v1/kill-switch', { engaged: true, reason: 'x' }, 'operator'],
  ['viewer', 'POST', '/api/v1/positions/BTCUSDT/reconcile', { expected_exchange_amt: 1, reason: 'x' }, 'operator'],
  ['operator', 'PUT', '/api/v1/kill-switch', { engaged: false, reason: 'x' }, 'admin'],
  ['operator', 'POST', '/api/v1/arm', { reason: 'x' }, 'admin'],
  ['operator', 'GET', '/api/v1/config', undefined, 'admin'],
] as const)("[C5] a %s's token for %s %s is 403 and audited", async (who, method, path, sent, needed) => {
  const { status, body } = await ops.call(method, path, who, sent);
  expect(status).toBe(403);
  expect(body).toMatchObject({ status: 403, role: who, needed });
  expect(body.detail).toBe(`The token the-${who} has the role ${who}; this call needs ${needed}.`);
  const newest = (await audit()).find(({ actor }) => actor === `the-${who}`);
  expect(newest).toMatchObject({ actor: `the-${who}`, role: who, address: '127.0.0.1' });
  expect(newest.outcome).toContain('403');
});

it('a role may do what the roles below it may', async () => {
  expect((await ops.call('GET', '/api/v1/status', 'admin')).status).toBe(200);
  expect((await ops.call('GET', '/api/v1/streams', 'operator')).status).toBe(200);
  expect((await ops.call('GET', '/api/v1/config', 'admin')).status).toBe(200);
});

describe('bodies', () => {
  it('[C5] of 10 MB are 413, whatever their headers, and audited', async () => {
    for (const type of ['application/json', 'text/plain']) {
      const { status, body } = await ops.call('PUT', '/api/v1/kill-switch', 'operator', 'x'.repeat(10_000_000), {
        'content-type': type,
      });
      expect(status).toBe(413);
      expect(body).toMatchObject({ type: 'urn:permit-gate:problem:body-too-large', status: 413 });
    }
    const newest = (await audit()).find(({ actor }) => actor === 'the-operator');
    expect(newest).toMatchObject({
      action: 'refused',
      target: 'PUT /api/v1/kill-switch',
      details: { calls: 2, refused: { '413 PUT /api/v1/kill-switch': 2 } },
      outcome: 'refused: 413 The body is too large',
    });
  });

  it('[C5] that grow past the limit without a length header are 413 too', async () => {
    const stream = new ReadableStream({
      start(controller) {
        for (let i = 0; i < 40; i += 1) controller.enqueue(new TextEncoder().encode('x'.repeat(4_096)));
        controller.close();
      },
    });
    const response = await fetch(`${ops.url}/api/v1/disarm`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKENS.operator}`, 'content-type': 'application/json' },
      body: stream,
      duplex: 'half',
    } as RequestInit);
    expect(response.status).toBe(413);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
  });

  it('that are not JSON are 400 or 415, and the answer does not show their text', async () => {
    const broken = await ops.call('POST', '/api/v1/disarm', 'operator', '{"reason": hunter2');
    expect(broken.status).toBe(400);
    expect(broken.body).toMatchObject({ type: 'urn:permit-gate:problem:body-not-json' });
    expect(JSON.stringify(broken.body)).not.toContain('hunter2');
    const form = await ops.call('POST', '/api/v1/disarm', 'operator', 'reason=x', {
      'content-type': 'application/x-www-form-urlencoded',
    });
    expect(form.status).toBe(415);
  });

  it('with a missing, blank, wrong or unknown field are 400 and name it', async () => {
    const { status, body } = await ops.call('PUT', '/api/v1/kill-switch', 'operator', {
      engaged: 'yes',
      reason: '  ',
      force: true,
    });
    expect(status).toBe(400);
    expect(body.errors).toEqual([
      { field: 'force', detail: 'is not a known field' },
      { field: 'engaged', detail: 'must be a boolean value; given: "yes"' },
      { field: 'reason', detail: 'must say why; given: "  "' },
    ]);
    expect((await ops.call('POST', '/api/v1/disarm', 'operator')).body.errors[0].field).toBe('reason');
    expect((await ops.call('GET', '/api/v1/plans?limit=0', 'viewer')).body.errors[0]).toEqual({
      field: 'limit',
      detail: 'must not be less than 1; given: 0',
    });
  });
});

it('an unknown path is a 404 problem, inside and outside the API', async () => {
  for (const path of ['/api/v1/nothing', '/nothing', '/api/v1/plans/%ZZ']) {
    const { status, headers, body } = await ops.call('GET', path, 'viewer');
    expect([400, 404]).toContain(status);
    expect(headers.get('content-type')).toContain('application/problem+json');
    expect(body).toMatchObject({ status, instance: path });
  }
});

it('the interface describes itself without a token', async () => {
  const { status, body } = await ops.call('GET', '/docs-json');
  expect(status).toBe(200);
  expect(Object.keys(body.paths)).toEqual(
    expect.arrayContaining(['/api/v1/kill-switch', '/api/v1/positions/{symbol}/reconcile', '/health/ready']),
  );
  const page = await ops.call('GET', '/docs');
  expect(page.status).toBe(200);
  expect(page.body).toContain('swagger-ui');
});

it('more than 200 calls a second of one token are 429, others go on', async () => {
  const { middleware } = ops.app.get(Authentication);
  const call = (token: string): unknown => {
    let refusal: unknown;
    const request = { headers: { authorization: `Bearer ${token}` }, socket: { remoteAddress: '127.0.0.1' } };
    middleware(
      request as Request,
      { setHeader: () => undefined } as unknown as Response,
      (error: unknown) => (refusal = error),
    );
    return refusal;
  };
  const refusals = Array.from({ length: 250 }, () => call(TOKENS.operator));
  expect(refusals.slice(0, 150).filter((refusal) => refusal !== undefined)).toEqual([]);
  expect(refusals[249]).toMatchObject({ problem: { status: 429 }, headers: { 'Retry-After': '1' } });
  expect(call(TOKENS.viewer)).toBeUndefined();
  expect((await ops.call('GET', '/api/v1/status', 'viewer')).status).toBe(200);
});

it('[C5] thousands of wrong tokens are throttled and audited in sum; a valid one still passes; no token is shown', async () => {
  const before = (await audit()).length;
  const wrong = 'CANARY-wrong-token';
  const statuses: number[] = [];
  for (let round = 0; round < 10; round += 1) {
    const answers = await Promise.all(
      Array.from({ length: 100 }, () =>
        ops.call('GET', '/api/v1/status', undefined, undefined, { authorization: `Bearer ${wrong}` }),
      ),
    );
    statuses.push(...answers.map(({ status }) => status));
    expect(JSON.stringify(answers.map(({ body }) => body))).not.toContain('CANARY');
  }
  expect(statuses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(990);
  expect((await ops.call('GET', '/api/v1/status', 'viewer')).status).toBe(200);
  const last = await ops.call('GET', '/api/v1/status', undefined, undefined, { authorization: `Bearer ${wrong}` });
  expect(last.status).toBe(429);
  expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0);
  const entries = await audit();
  const refused = entries.slice(0, entries.length - before).filter(({ actor }) => actor === '');
  expect(refused.map(({ outcome }) => outcome)).toEqual(['refused: 429 Too many calls']);
  expect(refused[0].details.calls).toBeGreaterThanOrEqual(1_000);
  expect(JSON.stringify(entries) + ops.logged.join('')).not.toContain('CANARY');
});
