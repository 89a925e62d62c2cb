import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { letTrade } from '../harness/control.js';
import { eventually } from '../harness/eventually.js';
import { type Answer, OpsApp } from './ops-support.js';

let ops: OpsApp;
beforeAll(async () => {
  ops = await OpsApp.start({ socket: inject('redisSocket') });
});
afterAll(() => ops.close());
beforeEach(() => ops.clear());

const put = (engaged: boolean): Promise<Answer> =>
  ops.call('PUT', '/api/v1/kill-switch', engaged ? 'operator' : 'admin', { engaged, reason: 'x' });
const events = async (): Promise<string[]> =>
  (await ops.redis.xrange(ops.keys.governorEvents(), '-', '+'))
    .map(([, [, event = '']]) => event)
    .filter((event) => event.startsWith('KILL'));

/** Values that any role, or a hand, may have left where an engaging call reads. */
const GARBAGE = [
  ['junk', (key: string) => ops.redis.set(key, 'junk')],
  ['an empty text', (key: string) => ops.redis.set(key, '')],
  ['null', (key: string) => ops.redis.set(key, 'null')],
  ['a list as JSON', (key: string) => ops.redis.set(key, '[1]')],
  ['a number out of range', (key: string) => ops.redis.set(key, '{"engaged":false,"armed":true,"seq":1e999}')],
  ['a number that is text', (key: string) => ops.redis.set(key, '{"engaged":false,"armed":true,"seq":"x"}')],
  ['a hash', (key: string) => ops.redis.hset(key, 'a', 'b')],
  ['a list', (key: string) => ops.redis.rpush(key, 'a')],
] as const;
const READ = ['killSwitch', 'arm', 'governorDisarm'] as const;
const CASES = READ.flatMap((name) => GARBAGE.map(([what, write]) => [what, name, write] as const));

describe('the kill switch', () => {
  it.each(CASES)(
    'with %s in %s engages, reads as engaged, and is released again: part of [C9]',
    async (_what, name, write) => {
      await letTrade(ops.redis, ops.keys);
      await ops.redis.del(ops.keys[name]());
      await write(ops.keys[name]());
      for (const path of ['status', 'kill-switch'])
        expect((await ops.call('GET', `/api/v1/${path}`, 'viewer')).status).toBe(200);
      expect(await put(true)).toMatchObject({ status: 200, body: { engaged: true } });
      expect(await ops.call('GET', '/api/v1/kill-switch', 'viewer')).toMatchObject({
        status: 200,
        body: { engaged: true },
      });
      expect((await ops.call('POST', '/api/v1/disarm', 'operator', { reason: 'x' })).status).toBe(200);
      expect(await put(false)).toMatchObject({ status: 200, body: { engaged: false } });
    },
  );

  it('engages once although its event cannot be added, which is added later: part of [C9]', async () => {
    await letTrade(ops.redis, ops.keys);
    await ops.redis.set(ops.keys.governorEvents(), 'no stream');
    expect(await put(true)).toMatchObject({ status: 200, body: { engaged: true, seq: expect.any(Number) } });
    expect(await put(false)).toMatchObject({ status: 200, body: { engaged: false } });
    await ops.redis.del(ops.keys.governorEvents());
    // The next readiness check writes what was kept.
    const written = await eventually(async () => {
      await ops.call('GET', '/health/ready');
      const found = await events();
      return found.length >= 2 ? found : undefined;
    });
    expect(written).toEqual(['KILL_SWITCH_ENGAGED', 'KILL_SWITCH_RELEASED']);
  });
});
