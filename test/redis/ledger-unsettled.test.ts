import { afterEach, describe, expect, it } from 'vitest';
import { eventually, World } from '../support/gate.js';
import { foreignPermit, GRANT, handwrite, QUICK, resultOf, submit, untilKnown } from './apply-support.js';

describe('a fill the ledger has not counted yet', () => {
  let world: World;
  afterEach(() => world.close());

  it('outlives the cooldown, and ends with the step of the ledger [P17] [S16]', async () => {
    world = await World.create({ positions: { BTCUSDT: '0.010' } });
    const apply = await world.gate({ roles: 'apply', env: QUICK });
    await world.redis.hset(world.keys.ledger('BTCUSDT'), 'last_known_amt', '0.010');
    const { planId } = await submit(apply, 'BTCUSDT', 'PARTIAL_50');
    await handwrite(world, planId, { governor: GRANT, p33: foreignPermit('BTCUSDT', 0.005, 0.01) });
    expect(await resultOf(world, planId)).toMatchObject({ executed: 'True', error: '' });
    // The cooldown of 0 s has ended the guard; nobody has moved the ledger.
    await eventually(async () => (await world.redis.exists(world.keys.inflight('BTCUSDT'))) === 0 || undefined);
    expect(await world.redis.get(world.keys.unsettled('BTCUSDT'))).toBe(`${planId}:1`);
    await world.gate({ roles: 'position-brain', env: QUICK });
    await eventually(async () => (await world.redis.exists(world.keys.unsettled('BTCUSDT'))) === 0 || undefined);
    expect(await world.redis.hget(world.keys.ledger('BTCUSDT'), 'last_known_amt')).toBe('0.005');
  });

  it('keeps the Position Brain from giving a permit on the old figures', async () => {
    world = await World.create({ positions: { BTCUSDT: '0.010' } });
    const gate = await world.gate({ env: QUICK });
    await untilKnown(world, 'BTCUSDT');
    await world.redis.set(world.keys.unsettled('BTCUSDT'), 'earlier:1');
    const { planId } = await submit(gate, 'BTCUSDT', 'PARTIAL_50');
    expect(await resultOf(world, planId)).toMatchObject({
      executed: 'False',
      error: 'p33_denied',
      reason: 'cooldown_in_flight',
    });
    expect(world.orders()).toEqual([]);
  });
});
