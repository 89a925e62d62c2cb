import { afterEach, describe, expect, it } from 'vitest';

import { ControlFence } from '../../src/redis/stores/control-fence.js';
import { ControlStore } from '../../src/redis/stores/control-store.js';
import { eventually } from '../harness/eventually.js';
import { NO_REPLICAS } from '../harness/no-replicas.js';
import { scriptsOn } from '../harness/scripts-on.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import { QUICK, sleep, untilKnown } from './apply-support.js';
import { publishPlan } from './issuer-support.js';

/** Both issuers of ours, each a process of its own, beside an Apply that is none of ours: it looks at permits alone. */
describe('permits that a foreign Apply has not used yet', () => {
  let testEnv: TestEnvironment;
  afterEach(() => testEnv.close());
  const by = { by: 'test', reason: 'test', at_ms: 1 };

  /** The control store of yet another process: the issuers learn of a stop through Redis. */
  async function fleet(): Promise<{ readonly control: ControlStore; readonly gates: readonly Gate[] }> {
    testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.010' } });
    const gates: Gate[] = [];
    for (const roles of ['governor', 'position-brain']) gates.push(await testEnv.gate({ roles, env: QUICK }));
    await untilKnown(testEnv, 'BTCUSDT');
    const runner = scriptsOn(testEnv.redis, testEnv.keys);
    return {
      control: new ControlStore(testEnv.redis, runner, runner, testEnv.keys, new ControlFence(), NO_REPLICAS),
      gates,
    };
  }

  const keysOf = (planId: string): [string, string] => [
    testEnv.keys.governorPermit(planId),
    testEnv.keys.positionPermit(planId),
  ];
  const permitted = async (fields: Record<string, string> = {}): Promise<string> => {
    const planId = await publishPlan(testEnv, 'BTCUSDT', fields);
    await eventually(async () => (await testEnv.redis.exists(...keysOf(planId))) === 2 || undefined);
    return planId;
  };
  const left = (planId: string): Promise<number> => testEnv.redis.exists(...keysOf(planId));
  const untilGone = (planId: string): Promise<unknown> =>
    eventually(async () => (await left(planId)) === 0 || undefined, 2_500);

  it('are taken back by their issuers when the kill switch is engaged, and new ones stay after its release [C11]', async () => {
    const { control, gates } = await fleet();
    const [first, second] = [await permitted(), await permitted()];
    const byHand = await permitted();
    const [governorKey] = keysOf(byHand);
    await testEnv.redis.set(governorKey, '{"granted":true}');
    await control.setKillSwitch({ engaged: true, ...by });
    for (const planId of [first, second]) await untilGone(planId);
    // Not the bytes that the Governor gave: somebody else's.
    await eventually(async () => (await left(byHand)) === 1 || undefined);
    expect(await testEnv.redis.get(governorKey)).toBe('{"granted":true}');
    for (const gate of gates) expect(gate.messages().join()).toContain('permits taken back, the system is stopped');
    await control.setKillSwitch({ engaged: false, ...by });
    const fences = gates.map(({ app }) => app.get(ControlFence, { strict: false }));
    await eventually(() => fences.every(({ stopSeen }) => stopSeen === undefined) || undefined);
    const third = await permitted();
    await sleep(600);
    expect(await left(third)).toBe(2);
  });

  it('are taken back while the system is disarmed, but for dry runs, which only the kill switch takes: part of [C11]', async () => {
    const { control } = await fleet();
    const real = await permitted();
    const dry = await permitted({ mode: 'dry_run', attempt: '1' });
    await control.setArm({ armed: false, ...by });
    await untilGone(real);
    await sleep(600);
    expect(await left(dry)).toBe(2);
    await control.setKillSwitch({ engaged: true, ...by });
    await untilGone(dry);
  });

  it('are taken back when the Governor has disarmed: part of [C11]', async () => {
    await fleet();
    const real = await permitted();
    await testEnv.redis.set(testEnv.keys.governorDisarm(), '{"reason":"burst_breach","at_ms":1}');
    await untilGone(real);
    expect(await left(real)).toBe(0);
  });
});
