import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { type Answer, OpsApp } from './ops-support.js';

let ops: OpsApp;
beforeAll(async () => {
  ops = await OpsApp.start({ socket: inject('redisSocket') });
});
afterAll(() => ops.close());
beforeEach(() => ops.clear());

const get = (path: string): Promise<Answer> => ops.call('GET', `/api/v1${path}`, 'viewer');

describe('an Idempotency-Key', () => {
  const onHold = (): Promise<unknown> => ops.redis.set(ops.keys.hold('BTCUSDT'), '{}');
  const lift = (key: string, reason: string, who: 'operator' | 'admin' = 'operator'): Promise<Answer> =>
    ops.call('DELETE', '/api/v1/positions/BTCUSDT/hold', who, { reason }, { 'idempotency-key': key });
  beforeEach(onHold);

  it('gives a repetition the stored answer, without a second effect or audit entry', async () => {
    const first = await lift('key-1', 'fine');
    await onHold();
    const second = await lift('key-1', 'fine');
    expect(second.body).toEqual(first.body);
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expect(await ops.redis.exists(ops.keys.hold('BTCUSDT'))).toBe(1);
    expect((await get('/audit')).body.entries).toHaveLength(1);
    expect(await ops.redis.ttl(ops.keys.idempotency('the-operator', 'key-1'))).toBeGreaterThan(86_000);
  });

  it('answers a refusal again, too', async () => {
    await ops.redis.del(ops.keys.hold('BTCUSDT'));
    const first = await lift('key-4', 'x');
    await onHold();
    expect(first.status).toBe(404);
    expect(await lift('key-4', 'x')).toMatchObject({ status: 404, body: first.body });
  });

  it('with another body is 422, and belongs only to its token', async () => {
    await lift('key-2', 'fine');
    await onHold();
    expect(await lift('key-2', 'other')).toMatchObject({
      status: 422,
      body: { type: 'urn:permit-gate:problem:idempotency-key-reused' },
    });
    expect((await lift('key-2', 'other', 'admin')).status).toBe(200);
    expect((await lift('bad key!', 'x')).status).toBe(400);
  });

  it('lets one of many simultaneous calls through', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => lift('key-3', 'burst')));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.every((status) => status === 200 || status === 409)).toBe(true);
    expect(
      (await get('/audit')).body.entries.filter(({ action }: { action: string }) => action === 'hold.clear'),
    ).toHaveLength(1);
  });
});
