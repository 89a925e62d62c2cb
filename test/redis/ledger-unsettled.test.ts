import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../harness/eventually.js';
import { TestEnvironment } from '../harness/test-environment.js';
import { redisNowMs } from './issuer-support.js';
import { foreignPermit, GRANT, handwrite, QUICK, resultOf, submit, untilKnown } from './apply-support.js';

describe('a fill the ledger has not counted yet', () => {
  let testEnv: TestEnvironment;
  afterEach(() => testEnv.close());

  it('outlasts the cooldown, and ends when the ledger counts it [P17] [S16]', async () => {
    testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.010' } });
    const apply = await testEnv.gate({ roles: 'apply', env: QUICK });
    const updated_at = String((await redisNowMs(testEnv)) / 1000);
    await testEnv.redis.hset(testEnv.keys.ledger('BTCUSDT'), { last_known_amt: '0.010', updated_at });
    const { planId } = await submit(apply, 'BTCUSDT', 'PARTIAL_50');
    await handwrite(testEnv, planId, { governor: GRANT, p33: foreignPermit('BTCUSDT', 0.005, 0.01) });
    expect(await resultOf(testEnv, planId)).toMatchObject({ executed: 'True', error: '' });
    // The cooldown of 0 s has ended the guard; nobody has moved the ledger.
    await eventually(async () => (await testEnv.redis.exists(testEnv.keys.inflight('BTCUSDT'))) === 0 || undefined);
    expect(await testEnv.redis.get(testEnv.keys.unsettled('BTCUSDT'))).toBe(`${planId}:1`);
    await testEnv.gate({ roles: 'position-brain', env: QUICK });
    await eventually(async () => (await testEnv.redis.exists(testEnv.keys.unsettled('BTCUSDT'))) === 0 || undefined);
    expect(await testEnv.redis.hget(testEnv.keys.ledger('BTCUSDT'), 'last_known_amt')).toBe('0.005');
  });

  it('prevents a permit of the Position Brain on the old snapshot', async () => {
    testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.010' } });
    const gate = await testEnv.gate({ env: QUICK });
    await untilKnown(testEnv, 'BTCUSDT');
    await testEnv.redis.set(testEnv.keys.unsettled('BTCUSDT'), 'earlier:1');
    const { planId } = await submit(gate, 'BTCUSDT', 'PARTIAL_50');
    expect(await resultOf(testEnv, planId)).toMatchObject({
      executed: 'False',
      error: 'p33_denied',
      reason: 'cooldown_in_flight',
    });
    expect(testEnv.orders()).toEqual([]);
  });
});
