import { afterEach, describe, expect, it } from 'vitest';
import { World } from '../support/gate.js';
import { QUICK, resultOf, submit, untilKnown } from './apply-support.js';

/** What the chaos runs found, each held down by the smallest scene that shows it. */
describe('a scene the chaos runs found', () => {
  let world: World;
  afterEach(() => world.close());

  it('a process that knows no account starts on a prefix that has one, and starts again', async () => {
    world = await World.create({ positions: { BTCUSDT: '0.010' } });
    await (await world.gate({ env: QUICK })).stop();
    const keyless = { ...QUICK, ROLES: 'governor', APPLY_MODE: 'testnet' };
    for (let starts = 0; starts < 2; starts += 1) {
      const governor = await world.gate({ roles: 'governor', env: keyless });
      expect(governor.messages()).toContain('permit-gate running');
      await governor.stop();
    }
    expect(await world.redis.get(world.keys.account())).toMatch(/^testnet:/);
  });

  it('an order that never arrived is proven absent although our order before it traded a moment ago [O2]', async () => {
    world = await World.create({ positions: { BTCUSDT: '0.100' } });
    const env = { ...QUICK, EXCHANGE_ORDER_TIMEOUT_MS: '300', EXCHANGE_RECV_WINDOW_MS: '300' };
    const gate = await world.gate({ env });
    await untilKnown(world, 'BTCUSDT');
    const first = await submit(gate, 'BTCUSDT', 'PARTIAL_50');
    expect(await resultOf(world, first.planId)).toMatchObject({ executed: 'True' });
    world.exchange.addFault({ match: { method: 'POST', path: '/order' }, action: { type: 'loseRequest' }, times: 1 });
    let second = await submit(gate, 'BTCUSDT', 'PARTIAL_50');
    // Until the snapshot has caught up with the first fill the answer is to wait.
    while ((await resultOf(world, second.planId, 1, 15_000))['reason'] === 'cooldown_in_flight') {
      second = await submit(gate, 'BTCUSDT', 'PARTIAL_50');
    }
    expect(await resultOf(world, second.planId, 1, 15_000)).toMatchObject({
      error: 'order_not_found',
      state: 'NOT_FOUND',
    });
    expect(world.orders()).toHaveLength(1);
    expect(await world.redis.exists(world.keys.hold('BTCUSDT'), world.keys.inflight('BTCUSDT'))).toBe(0);
  });
});
