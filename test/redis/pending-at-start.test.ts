import { afterEach, beforeEach, expect, it } from 'vitest';
import { GROUPS } from '../../src/redis/keys/groups.js';
import { eventually } from '../harness/eventually.js';
import { TestEnvironment } from '../harness/test-environment.js';
import { QUICK, resultOf, submit, untilKnown } from './apply-support.js';
import { CLOSE_75, newPlanId } from './issuer-support.js';

const PENDING = 20_000;
const AT_ONCE = 2_000;
/** Also a backlog of another instance, and until all of it is settled; for `npm run test:long`. */
const IS_LONG = process.env['WHOLE_BACKLOG'] === '1';

let testEnv: TestEnvironment;
beforeEach(async () => {
  testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.010' } });
});
afterEach(() => testEnv.close());

/** Plans of a foreign Apply, read by every group and never acknowledged. */
async function leavePending(consumerOf: (group: string) => string): Promise<void> {
  const { redis, keys } = testEnv;
  const stream = keys.planStream();
  for (const group of Object.values(GROUPS)) await redis.xgroup('CREATE', stream, group, '0', 'MKSTREAM');
  const plan = { symbol: 'BTCUSDT', action: 'PARTIAL_75', kill_score: '0.5', decision: 'EXECUTE', steps: CLOSE_75 };
  for (let written = 0; written < PENDING; written += AT_ONCE) {
    const batch = redis.pipeline();
    for (let n = 0; n < AT_ONCE; n += 1) {
      const fields = { plan_id: newPlanId(), ...plan, timestamp: '1769860800' };
      // Long over its window.
      batch.xadd(stream, `1769860800000-${written + n + 1}`, ...Object.entries(fields).flat());
    }
    await batch.exec();
  }
  for (const group of Object.values(GROUPS))
    await redis.xreadgroup('GROUP', group, consumerOf(group), 'COUNT', PENDING, 'STREAMS', stream, '>');
}

const pendingOf = async (group: string): Promise<number> =>
  Number((await testEnv.redis.xpending(testEnv.keys.planStream(), group))[0]);

it.each([['of this instance', 'same'], ...(IS_LONG ? [['of an instance that is gone', 'gone']] : [])])(
  'with 20 000 entries pending at a start, %s, a fresh plan gets its permits inside its window [R18]',
  async (_whose, instance) => {
    await leavePending((group) => `${group}-${instance}`);
    if (instance === 'gone') {
      // Idle for long enough to be taken over at once.
      for (const group of Object.values(GROUPS)) {
        const ids = (await testEnv.redis.xrange(testEnv.keys.planStream(), '-', '+')).map(([id]) => id);
        await testEnv.redis.xclaim(
          testEnv.keys.planStream(),
          group,
          `${group}-gone`,
          0,
          ...ids,
          'IDLE',
          60_000,
          'JUSTID',
        );
      }
    }
    const env = { ...QUICK, APPLY_PERMIT_WAIT_MS: '1200', APPLY_PERMIT_STEP_MS: '100', INSTANCE_ID: 'same' };
    const gate = await testEnv.gate({ env });
    await untilKnown(testEnv, 'BTCUSDT');
    const { planId } = await submit(gate, 'BTCUSDT', 'PARTIAL_75');
    expect(await resultOf(testEnv, planId, 1, 30_000)).toMatchObject({ executed: 'True', attempt: '1' });
    expect(await pendingOf(GROUPS.governor)).toBeGreaterThan(0);
    if (!IS_LONG) return;
    // What was pending is settled behind it.
    for (const group of Object.values(GROUPS))
      await eventually(async () => (await pendingOf(group)) === 0 || undefined, 60_000);
  },
  120_000,
);
