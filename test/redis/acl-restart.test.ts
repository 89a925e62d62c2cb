import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ControlStore } from '../../src/redis/stores/control-store.js';
import { eventually } from '../harness/eventually.js';
import { contentsOf, livingAt } from '../harness/redis-contents.js';
import { ShippedDeployment } from './shipped-deployment.js';

/** Four runs of everything with an fsync at each write: on a busy machine that takes its time. */
const TIMEOUT_MS = 90_000;

describe('the shipped redis.conf and users.acl', () => {
  let deployment: ShippedDeployment;
  beforeEach(async () => {
    deployment = await ShippedDeployment.start();
  });
  afterEach(() => deployment.close());

  /** The append-only file as it is from now on: what was there is in one file, what comes in another. */
  async function rewrite(): Promise<void> {
    await deployment.testEnv.redis.bgrewriteaof();
    await eventually(
      async () => /^aof_rewrite_in_progress:0/m.test(await deployment.testEnv.redis.info('persistence')) || undefined,
    );
  }
  const nothing = (): Promise<void> => Promise.resolve();

  it.each([
    ['stopped', nothing, () => deployment.server.end()],
    ['killed', nothing, () => deployment.server.kill()],
    ['stopped, with a rewrite of its append-only file amid the work', rewrite, () => deployment.server.end()],
    ['killed, with a rewrite of its append-only file amid the work', rewrite, () => deployment.server.kill()],
  ])(
    '[R11] keep every key when Redis is %s, and started again',
    async (_how, between, end) => {
      await deployment.workAndStop(between);
      const { server, testEnv } = deployment;
      const before = await contentsOf(testEnv.redis);
      expect(Object.keys(before).length).toBeGreaterThan(25);
      await end();
      await server.start();
      const { keys, redis } = testEnv;
      const after = await eventually(() => contentsOf(redis).catch(() => undefined));
      // What ends while Redis is down may be gone; nothing else.
      const nowMs = Date.now() + 1_000;
      expect(Object.keys(livingAt(after, nowMs))).toEqual(Object.keys(livingAt(before, nowMs)));
      expect(livingAt(after, nowMs)).toEqual(livingAt(before, nowMs));
      expect(JSON.parse((await redis.get(keys.killSwitch())) ?? '{}')).toMatchObject({ engaged: true });
      expect(await redis.exists(keys.hold('ETHUSDT'), keys.ledger('BTCUSDT'), keys.resultStream())).toBe(3);
      // The processes go on where they were: the plans that ran are known, nothing runs again, the switch is engaged.
      const orders = testEnv.orders().length;
      const gates = await deployment.startRoles();
      const control = gates[2]?.app.get(ControlStore, { strict: false });
      expect(await control?.read()).toMatchObject({ killSwitch: { engaged: true } });
      expect([testEnv.orders().length, (await testEnv.results()).length]).toEqual([orders, 2]);
    },
    TIMEOUT_MS,
  );
});
