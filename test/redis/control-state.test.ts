import { Redis } from 'ioredis';
import { afterEach, describe, expect, it } from 'vitest';
import { ControlFence } from '../../src/redis/stores/control-fence.js';
import { isArmed, isReleased } from '../../src/redis/stores/control-state.js';
import { ControlStore } from '../../src/redis/stores/control-store.js';
import { keysFor } from '../../src/redis/keys/keys.js';
import { NO_REPLICAS } from '../harness/no-replicas.js';
import { scriptsOn } from '../harness/scripts-on.js';
import { RedisServer } from '../harness/redis-server.js';

const keys = keysFor('quantum:');
const ENGAGED = { engaged: true, by: 'alice', reason: 'stop', at_ms: 1 };
const RELEASED = { engaged: false, by: 'start-up', reason: 'initial value', at_ms: 2 };
const ARMED = { armed: true, by: 'start-up', reason: 'initial value', at_ms: 2 };
const DISARMED = { armed: false, by: 'alice', reason: 'stop', at_ms: 1 };

const servers: RedisServer[] = [];
const clients: Redis[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.disconnect();
  for (const server of servers.splice(0)) await server.stop();
});

async function serve(): Promise<RedisServer> {
  const server = await new RedisServer({ config: ['--appendonly', 'yes', '--appendfsync', 'always'] }).start();
  servers.push(server);
  return server;
}

/** The store of one process, and its connection. */
function processOn(server: RedisServer): { store: ControlStore; redis: Redis; fence: ControlFence } {
  const redis = new Redis({ path: server.socketPath });
  clients.push(redis);
  const runner = scriptsOn(redis, keys);
  const fence = new ControlFence();
  return { store: new ControlStore(redis, runner, runner, keys, fence, NO_REPLICAS), redis, fence };
}

const start = async (store: ControlStore): ReturnType<ControlStore['read']> => {
  await store.init({ killSwitch: RELEASED, arm: ARMED });
  return store.read();
};

describe('control state', () => {
  it('engaged and disarmed outlive a crash of Redis and the start of further processes [C2]', async () => {
    const server = await serve();
    const first = processOn(server);
    await start(first.store);
    await first.store.setKillSwitch(ENGAGED);
    await first.store.setArm(DISARMED);
    await server.kill();
    await server.start();
    const second = processOn(server);
    expect(await start(second.store)).toMatchObject({ killSwitch: ENGAGED, arm: DISARMED });
    for (const { store } of [first, second]) {
      const state = await store.read();
      expect([isReleased(state), isArmed(state)]).toEqual([false, false]);
    }
  });

  it('deleted under a running process counts as neither released nor armed [C2]', async () => {
    const { store, redis } = processOn(await serve());
    await start(store);
    expect([isReleased(await store.read()), isArmed(await store.read())]).toEqual([true, true]);
    await redis.flushall();
    const state = await store.read();
    expect(state).toEqual({ killSwitch: undefined, arm: undefined, governorDisarm: undefined });
    expect([isReleased(state), isArmed(state)]).toEqual([false, false]);
  });

  it.each([
    ['{"engaged":"false"}', '{"armed":"true"}'],
    ['{}', '{}'],
    ['{"engaged":0}', '{"armed":1}'],
    ['null', 'null'],
  ])('that says %s and %s is neither released nor armed', async (killSwitch, arm) => {
    const { store, redis } = processOn(await serve());
    await redis.mset({ [keys.killSwitch()]: killSwitch, [keys.arm()]: arm });
    const state = await store.read();
    expect([isReleased(state), isArmed(state)]).toEqual([false, false]);
  });

  it('that is not JSON is neither released nor armed', async () => {
    const { store, redis } = processOn(await serve());
    await start(store);
    await redis.mset({ [keys.killSwitch()]: 'off', [keys.arm()]: 'on', [keys.governorDisarm()]: 'no' });
    const state = await store.read();
    expect(state).toMatchObject({ killSwitch: undefined, arm: undefined, governorDisarm: { at_ms: 0 } });
    expect([isReleased(state), isArmed(state)]).toEqual([false, false]);
  });

  it('the Governor’s fence disarms whatever the arm state says; disarming leaves it, only arming lifts it [G8]', async () => {
    const { store, redis } = processOn(await serve());
    await start(store);
    await redis.set(keys.governorDisarm(), '{"reason":"burst_breach","at_ms":1}');
    expect(isArmed(await store.read())).toBe(false);
    await store.setArm(DISARMED);
    expect(await redis.exists(keys.governorDisarm())).toBe(1);
    await store.setArm(ARMED);
    expect(isArmed(await store.read())).toBe(true);
  });

  it.each([
    ['with both times', 1, 2, []],
    ['without a time, as written by hand', undefined, undefined, []],
    ['unless the Governor disarmed after it', 3, 2, ["the Governor's disarm"]],
  ])(
    'a state read before the operator armed, that arrives after it, does not disarm again %s [G8]',
    async (_which, disarmedMs, armedMs, restored) => {
      const { redis, fence, store } = processOn(await serve());
      const governorDisarm = { reason: 'burst_breach', at_ms: disarmedMs as number };
      const before = { killSwitch: undefined, arm: { ...ARMED, seq: 1 }, governorDisarm };
      const armed = { ...ARMED, seq: 2, at_ms: armedMs as number };
      await redis.set(keys.arm(), JSON.stringify(armed));
      await store.read();
      fence.observe(before);
      expect(await store.restoreLostStops()).toEqual(restored);
      expect(isArmed(await store.read())).toBe(restored.length === 0);
    },
  );
});
