import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../harness/eventually.js';
import { TestEnvironment } from '../harness/test-environment.js';

describe('a proposal to close', () => {
  let testEnv: TestEnvironment;
  afterEach(() => testEnv.close());

  it('becomes one reduce-only order through two permits, and moves the ledger [P1] [Q1]', async () => {
    testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.010' } });
    const gate = await testEnv.gate();
    await eventually(
      async () => (await testEnv.redis.hget(testEnv.keys.ledger('BTCUSDT'), 'last_known_amt')) ?? undefined,
    );
    await testEnv.propose('BTCUSDT', 'PARTIAL_75');
    const result = await eventually(
      async () => (await testEnv.results())[0],
      5_000,
      () => gate.messages(),
    );
    expect(result.fields).toMatchObject({
      decision: 'EXECUTE',
      executed: 'True',
      would_execute: 'True',
      error: '',
      state: 'FILLED',
      attempt: '1',
    });
    expect(Number(result.fields['wait_ms'])).toBeLessThan(1200);
    const [order, ...others] = testEnv.orders();
    expect(others).toEqual([]);
    expect(order).toMatchObject({
      symbol: 'BTCUSDT',
      side: 'SELL',
      reduceOnly: true,
      quantity: '0.007',
      status: 'FILLED',
    });
    const planId = result.fields['plan_id'] ?? '';
    expect(await testEnv.redis.exists(testEnv.keys.governorPermit(planId), testEnv.keys.positionPermit(planId))).toBe(
      0,
    );
    await eventually(
      async () => (await testEnv.redis.hget(testEnv.keys.ledger('BTCUSDT'), 'last_known_amt')) === '0.003' || undefined,
    );
    expect(gate.messages()).toEqual(
      expect.arrayContaining([expect.stringMatching(/^Both permits ready after \d+ms \(Governor \+ P3\.3\)$/)]),
    );
  });
});
