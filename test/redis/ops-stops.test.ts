import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { eventually } from '../harness/eventually.js';
import { type Answer, OpsApp } from './ops-support.js';
import { RedisProxy } from '../harness/redis-proxy.js';
import { points } from '../harness/points.js';

let proxy: RedisProxy;
let ops: OpsApp;
beforeAll(async () => {
  proxy = await RedisProxy.open(inject('redisSocket'));
  ops = await OpsApp.start({ socket: proxy.socketPath });
});
afterAll(async () => {
  await ops.close();
  await proxy.close();
});
beforeEach(() => ops.clear());

const KEY = 'pressed-once';
interface Stop {
  readonly press: () => Promise<Answer>;
  /** What an operator or admin does afterwards, so that trading goes on. */
  readonly lift: () => Promise<Answer>;
  readonly stands: () => Promise<boolean>;
}
const says = async (key: string, word: string): Promise<boolean> => ((await ops.redis.get(key)) ?? '').includes(word);
const STOPS: readonly (readonly [string, Stop])[] = [
  [
    'engaging the kill switch',
    {
      press: () =>
        ops.call('PUT', '/api/v1/kill-switch', 'operator', { engaged: true, reason: 'x' }, { 'idempotency-key': KEY }),
      lift: () => ops.call('PUT', '/api/v1/kill-switch', 'admin', { engaged: false, reason: 'x' }),
      stands: () => says(ops.keys.killSwitch(), '"engaged":true'),
    },
  ],
  [
    'disarming',
    {
      press: () => ops.call('POST', '/api/v1/disarm', 'operator', { reason: 'x' }, { 'idempotency-key': KEY }),
      lift: () => ops.call('POST', '/api/v1/arm', 'admin', { reason: 'x' }),
      stands: () => says(ops.keys.arm(), '"armed":false'),
    },
  ],
  [
    'holding a symbol',
    {
      press: () =>
        ops.call('PUT', '/api/v1/positions/BTCUSDT/hold', 'operator', { reason: 'x' }, { 'idempotency-key': KEY }),
      lift: () => ops.call('DELETE', '/api/v1/positions/BTCUSDT/hold', 'operator', { reason: 'x' }),
      stands: async () => (await ops.redis.exists(ops.keys.hold('BTCUSDT'))) === 1,
    },
  ],
];

describe.each(STOPS)('%s', (_what, { press, lift, stands }) => {
  it('with the same Idempotency-Key after it was lifted stops again [C10]', async () => {
    await press();
    expect(await stands()).toBe(true);
    expect((await lift()).status).toBe(200);
    expect(await stands()).toBe(false);
    const again = await press();
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([200, null]);
    expect(await stands()).toBe(true);
  });

  it('with the Idempotency-Key of another call stops nevertheless [C10]', async () => {
    await ops.call('POST', '/api/v1/arm', 'operator', { reason: 'not mine' }, { 'idempotency-key': KEY });
    expect((await press()).status).toBe(200);
    expect(await stands()).toBe(true);
  });

  it('does not need the store of answers: part of [C9]', async () => {
    await ops.redis.rpush(ops.keys.idempotency('the-operator', KEY), 'no answer at all');
    expect((await press()).status).toBe(200);
    expect(await stands()).toBe(true);
  });

  it('does not need the audit, and a missing audit entry is logged: part of [C9]', async () => {
    await ops.redis.set(ops.auditStream, 'no stream at all');
    const before = ops.logged.length;
    expect((await press()).status).toBe(200);
    expect(await stands()).toBe(true);
    await eventually(
      () => ops.logged.slice(before).join('').includes('an audit entry could not be stored') || undefined,
    );
    // It is kept, and stored when that is possible.
    await ops.redis.del(ops.auditStream);
    const [entry] = await eventually(async () => {
      const found = await ops.redis.xrange(ops.auditStream, '-', '+');
      return found.length === 0 ? undefined : found;
    });
    expect(entry?.[1].join(' ')).toMatch(/\bok\b/);
  });

  // Each is waited for in real time.
  it.each(points(['api:idempotency', 'stream:audit'], press === STOPS[0]?.[1].press ? 1 : 2))(
    'does not wait for a slow %s: part of [C9]',
    async (text) => {
      proxy.slow({ text, ms: 3_000 });
      const started = performance.now();
      const { status } = await press();
      const tookMs = performance.now() - started;
      proxy.slow({ text: 'nothing of that kind', ms: 0 });
      // What is on its way still is: the tests that follow use the same connection.
      await sleep(3_100);
      expect([status, tookMs < 2_500, await stands()]).toEqual([200, true, true]);
    },
  );
});

describe('a call that lets trading go on, repeated with its Idempotency-Key', () => {
  const release = (): Promise<Answer> =>
    ops.call('PUT', '/api/v1/kill-switch', 'admin', { engaged: false, reason: 'x' }, { 'idempotency-key': KEY });
  const arm = (): Promise<Answer> =>
    ops.call('POST', '/api/v1/arm', 'admin', { reason: 'x' }, { 'idempotency-key': KEY });
  const CALLS = [
    [
      'releasing',
      release,
      () => ops.call('PUT', '/api/v1/kill-switch', 'operator', { engaged: true, reason: 'y' }),
      () => says(ops.keys.killSwitch(), '"engaged":true'),
    ],
    [
      'arming',
      arm,
      () => ops.call('POST', '/api/v1/disarm', 'operator', { reason: 'y' }),
      () => says(ops.keys.arm(), '"armed":false'),
    ],
    [
      'arming, before the Governor disarms,',
      arm,
      () => ops.redis.set(ops.keys.governorDisarm(), '{"reason":"burst_breach","at_ms":9}'),
      async () => (await ops.redis.exists(ops.keys.governorDisarm())) === 1,
    ],
  ] as const;

  it.each(CALLS)('%s gives the first answer while it is still true', async (_what, call) => {
    const first = await call();
    expect(first.status).toBe(200);
    const again = await call();
    expect([again.status, again.headers.get('idempotent-replayed'), again.body]).toEqual([200, 'true', first.body]);
  });

  it.each(CALLS)(
    '%s is no longer told as the present state after a stop, and lifts nothing [C10]',
    async (_what, call, stop, stands) => {
      expect((await call()).status).toBe(200);
      await stop();
      const { status, body } = await call();
      expect([status, body.type]).toEqual([409, 'urn:permit-gate:problem:answer-outdated']);
      expect(await stands()).toBe(true);
    },
  );
});
