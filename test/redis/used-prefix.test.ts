import { afterEach, describe, expect, it } from 'vitest';
import { ControlFence } from '../../src/redis/stores/control-fence.js';
import { ControlStore } from '../../src/redis/stores/control-store.js';
import { NO_REPLICAS } from '../harness/no-replicas.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import { scriptsOn } from '../harness/scripts-on.js';
import { QUICK } from './apply-support.js';
import { eventsOf } from './issuer-support.js';

const by = { by: 'start-up', reason: 'initial value', at_ms: 1 };
const FRESH = { killSwitch: { engaged: false, ...by }, arm: { armed: true, ...by } };
const OWN = { account: 'testnet:abc', compatible: ['dry_run:abc'] };

describe('control state at a start', () => {
  let testEnv: TestEnvironment;
  afterEach(() => testEnv.close());

  const stored = async (): Promise<unknown[]> =>
    (await testEnv.redis.mget(testEnv.keys.killSwitch(), testEnv.keys.arm())).map((text) => {
      const { engaged, armed } = JSON.parse(text ?? '{}') as Record<string, unknown>;
      return engaged ?? armed;
    });
  const newProcess = (): ControlStore => {
    const runner = scriptsOn(testEnv.redis, testEnv.keys);
    return new ControlStore(testEnv.redis, runner, runner, testEnv.keys, new ControlFence(), NO_REPLICAS);
  };
  const errors = (gate: Gate): string[] =>
    gate.logs.filter(({ level }) => Number(level) >= 50).map(({ msg }) => String(msg));

  it.each([
    ['the kill switch', ['killSwitch'], [true, true], 'kill switch'],
    ['the arm state', ['arm'], [false, false], 'arm state'],
    ['both', ['killSwitch', 'arm'], [true, false], 'kill switch and arm state'],
  ] as const)(
    'without %s on a used prefix is a stop, reported as an event, part of [C9]',
    async (_what, gone, after, what) => {
      testEnv = await TestEnvironment.create();
      const first = await testEnv.gate({ roles: 'governor,position-brain', env: QUICK });
      expect(await stored()).toEqual([false, true]);
      expect(errors(first)).toEqual([]);
      await first.stop();
      await testEnv.redis.del(...gone.map((key) => testEnv.keys[key]()));
      const second = await testEnv.gate({ roles: 'governor,position-brain', env: QUICK });
      expect(await stored()).toEqual(after);
      expect(errors(second)).toEqual([
        expect.stringContaining(`${what} missing from Redis on a prefix that was in use`),
      ]);
      expect(await eventsOf(testEnv, 'CONTROL_RESTORED')).toMatchObject([
        { reason: `${what} missing on a used prefix` },
      ]);
      await second.stop();
      // Reported once: the next start finds it.
      await testEnv.gate({ roles: 'governor,position-brain', env: QUICK });
      expect(await stored()).toEqual(after);
      expect(await eventsOf(testEnv, 'CONTROL_RESTORED')).toHaveLength(1);
    },
  );

  it('of a Governor alone, which does not know its account, is a stop too, part of [C9]', async () => {
    testEnv = await TestEnvironment.create();
    await (await testEnv.gate({ roles: 'position-brain', env: QUICK })).stop();
    await testEnv.redis.del(testEnv.keys.killSwitch(), testEnv.keys.arm());
    await testEnv.gate({ roles: 'governor', env: QUICK });
    expect(await stored()).toEqual([true, false]);
  });

  it('of many processes at once on an empty prefix is released and armed, 50 times, part of [C9]', async () => {
    testEnv = await TestEnvironment.create();
    for (let round = 0; round < 50; round += 1) {
      const processes = Array.from({ length: 6 }, () => newProcess());
      const outcomes = await Promise.all(
        processes.flatMap((each) => [each.init(FRESH, OWN), each.bindAccount(OWN), each.init(FRESH)]),
      );
      expect(outcomes.filter(({ kind }) => kind === 'lost' || kind === 'other_account')).toEqual([]);
      expect(await stored()).toEqual([false, true]);
      expect(await testEnv.redis.get(testEnv.keys.account())).toBe('testnet:abc');
      await testEnv.redis.del(testEnv.keys.killSwitch(), testEnv.keys.arm(), testEnv.keys.account());
    }
  });

  it('exists before an account is bound: a process that may not write it binds nothing, part of [C9]', async () => {
    testEnv = await TestEnvironment.create();
    const store = newProcess();
    expect(await store.bindAccount(OWN)).toEqual({ kind: 'no_control' });
    expect(await testEnv.redis.exists(testEnv.keys.account())).toBe(0);
    await store.init(FRESH);
    expect(await store.bindAccount(OWN)).toEqual({ kind: 'bound' });
    await testEnv.redis.del(testEnv.keys.arm());
    expect(await store.bindAccount(OWN)).toEqual({ kind: 'no_control' });
  });

  it('of another account is refused, and neither binds nor releases anything', async () => {
    testEnv = await TestEnvironment.create();
    const store = newProcess();
    await store.init(FRESH, OWN);
    await testEnv.redis.del(testEnv.keys.killSwitch());
    const other = { account: 'production:xyz', compatible: ['dry_run:xyz'] };
    expect(await store.init(FRESH, other)).toEqual({ kind: 'other_account', account: 'testnet:abc' });
    expect(await store.bindAccount(other)).toEqual({ kind: 'no_control' });
    expect(await testEnv.redis.mget(testEnv.keys.killSwitch(), testEnv.keys.account())).toEqual([null, 'testnet:abc']);
    expect(await store.init(FRESH, { account: 'dry_run:abc', compatible: ['testnet:abc'] })).toMatchObject({
      kind: 'lost',
    });
    expect(await testEnv.redis.get(testEnv.keys.account())).toBe('dry_run:abc');
  });
});
