import { afterEach, describe, expect, it } from 'vitest';
import { eventually, World } from '../support/gate.js';

describe('a proposal to close', () => {
  let world: World;
  afterEach(() => world.close());

  it('becomes one reduce-only order through two permits, and moves the ledger [P1] [Q1]', async () => {
    world = await World.create({ positions: { BTCUSDT: '0.010' } });
    const gate = await world.gate();
    await eventually(async () => (await world.redis.hget(world.keys.ledger('BTCUSDT'), 'last_known_amt')) ?? undefined);
    await world.propose('BTCUSDT', 'PARTIAL_75');
    const result = await eventually(
      async () => (await world.results())[0],
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
    const [order, ...others] = world.orders();
    expect(others).toEqual([]);
    expect(order).toMatchObject({
      symbol: 'BTCUSDT',
      side: 'SELL',
      reduceOnly: true,
      quantity: '0.007',
      status: 'FILLED',
    });
    const planId = result.fields['plan_id'] ?? '';
    expect(await world.redis.exists(world.keys.governorPermit(planId), world.keys.positionPermit(planId))).toBe(0);
    await eventually(
      async () => (await world.redis.hget(world.keys.ledger('BTCUSDT'), 'last_known_amt')) === '0.003' || undefined,
    );
    expect(gate.messages()).toEqual(
      expect.arrayContaining([expect.stringMatching(/^Both permits ready after \d+ms \(Governor \+ P3\.3\)$/)]),
    );
  });
});
