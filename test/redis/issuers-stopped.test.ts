import { afterEach, describe, expect, it } from 'vitest';
import { Decimal } from '../../src/flow/0-decimal.js';
import { ControlStore } from '../../src/redis/stores/control-store.js';
import { PermitStore } from '../../src/redis/stores/permit-store.js';
import { eventually } from '../harness/eventually.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import { QUICK, untilKnown } from './apply-support.js';
import { askGovernor, askPosition, governorWord, newPlanId, publishPlan, writeSnapshot } from './issuer-support.js';

/** Both issuers of ours beside an Apply that is none of ours: it looks at permits alone, never at the kill switch. */
describe('issuers beside a foreign Apply', () => {
  let testEnv: TestEnvironment;
  afterEach(() => testEnv.close());

  async function issuers(): Promise<{ readonly gate: Gate; readonly control: ControlStore }> {
    testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.010' } });
    const gate = await testEnv.gate({
      roles: 'governor,position-brain',
      env: { ...QUICK, GOV_MAX_EXEC_PER_5MIN: '100', GOV_MAX_EXEC_PER_HOUR: '100' },
    });
    await untilKnown(testEnv, 'BTCUSDT');
    return { gate, control: gate.app.get(ControlStore, { strict: false }) };
  }
  const by = { by: 'test', reason: 'test', at_ms: 1 };
  const bothSay = async (fields: Record<string, string> = {}): Promise<unknown[]> => {
    const planId = await publishPlan(testEnv, 'BTCUSDT', fields);
    const p33 = await eventually(
      async () => (await testEnv.redis.get(testEnv.keys.positionPermit(planId))) ?? undefined,
    );
    const { allow, reason } = JSON.parse(p33) as Record<string, unknown>;
    const word = await governorWord(testEnv, planId);
    return [allow === true || reason, word['granted'] === true || word['reason']];
  };

  it('give no permit while the kill switch is engaged, and give them again when it is released: part of [C11]', async () => {
    const { control } = await issuers();
    expect(await bothSay()).toEqual([true, true]);
    await control.setKillSwitch({ engaged: true, ...by });
    expect(await bothSay()).toEqual(['kill_switch_active', 'kill_switch_active']);
    await control.setKillSwitch({ engaged: false, ...by });
    expect(await bothSay()).toEqual([true, true]);
  });

  it('give no permit while the system is disarmed, but for a dry run: part of [C11]', async () => {
    const { control } = await issuers();
    await control.setArm({ armed: false, ...by });
    expect(await bothSay()).toEqual(['disarmed', 'disarmed']);
    expect(await bothSay({ mode: 'dry_run', attempt: '1' })).toEqual([true, true]);
    await control.setArm({ armed: true, ...by });
    expect(await bothSay()).toEqual([true, true]);
  });

  it.each([
    ['is missing', undefined],
    ['is no JSON', 'off'],
    ['is no object', 'null'],
    ['says neither', '{"engaged":"false"}'],
  ])('give no permit while the kill switch %s: part of [C11]', async (_what, stored) => {
    await issuers();
    if (stored === undefined) await testEnv.redis.del(testEnv.keys.killSwitch());
    else await testEnv.redis.set(testEnv.keys.killSwitch(), stored);
    expect(await bothSay()).toEqual(['kill_switch_active', 'kill_switch_active']);
  });

  it.each([
    ['the arm state is missing', (): Promise<unknown> => testEnv.redis.del(testEnv.keys.arm())],
    ['the arm state is no JSON', (): Promise<unknown> => testEnv.redis.set(testEnv.keys.arm(), 'on')],
    ['the Governor has disarmed', (): Promise<unknown> => testEnv.redis.set(testEnv.keys.governorDisarm(), '{}')],
  ])('give no permit while %s: part of [C11]', async (_what, disarm) => {
    await issuers();
    await disarm();
    expect(await bothSay()).toEqual(['disarmed', 'disarmed']);
  });

  it.each([
    [
      'the kill switch was engaged',
      'kill_switch_active',
      () => testEnv.redis.set(testEnv.keys.killSwitch(), '{"engaged":true}'),
    ],
    ['the system was disarmed', 'disarmed', () => testEnv.redis.set(testEnv.keys.arm(), '{"armed":false}')],
  ])('write nothing when %s after the evidence was read: part of [C11]', async (_what, word, stop) => {
    const { gate } = await issuers();
    await stop();
    const target = {
      planId: newPlanId(),
      symbol: 'BTCUSDT',
      attempt: undefined,
      mode: undefined,
      deadlineMs: Date.now() + 60_000,
      entryId: '',
    };
    const one = new Decimal(1);
    const day = '20260101';
    const reservation = {
      symbol: 'BTCUSDT',
      reserve: true,
      notionalUsd: one,
      qty: one,
      isCounted: false,
      repeats: '',
      usageVersion: '0',
      day,
      dayNotionalUsd: one,
      dayQty: one,
    };
    const store = gate.app.get(PermitStore, { strict: false });
    const governor = { issuer: 'governor', bytes: '{"granted":true}', ttlMs: 60_000, reservation } as const;
    const position = { issuer: 'p33', bytes: '{"allow":true}', ttlMs: 60_000 } as const;
    expect(await store.issue(target, governor)).toBe(word);
    expect(await store.issue(target, position)).toBe(word);
    const { keys } = testEnv;
    expect(
      await testEnv.redis.exists(
        keys.governorPermit(target.planId),
        keys.positionPermit(target.planId),
        keys.executions('BTCUSDT'),
        keys.reservation(target.planId, ''),
      ),
    ).toBe(0);
  });

  it('remember a stop that Redis has lost: a switch that says released under a lower number gives no permit: part of [C11]', async () => {
    const { control } = await issuers();
    await control.setKillSwitch({ engaged: true, ...by });
    // Nobody may put it back while this is looked at: the operators' user is gone.
    await testEnv.redis.call('ACL', 'SETUSER', await testEnv.redisUser('operator'), 'off');
    await testEnv.redis.set(testEnv.keys.killSwitch(), '{"engaged":false,"seq":1}');
    expect(await bothSay()).toEqual(['kill_switch_active', 'kill_switch_active']);
  });

  it('our Governor beside their Position Brain gives none either, from their snapshot: part of [C11]', async () => {
    testEnv = await TestEnvironment.create();
    const gate = await testEnv.gate({ roles: 'governor', env: QUICK });
    await writeSnapshot(testEnv, 'BTCUSDT', '0.010');
    await gate.app.get(ControlStore, { strict: false }).setKillSwitch({ engaged: true, ...by });
    expect(await askGovernor(testEnv, 'BTCUSDT')).toMatchObject({ granted: false, reason: 'kill_switch_active' });
  });

  it('deny with the reason of the stop, whatever else is wrong: part of [C11]', async () => {
    const { control } = await issuers();
    await control.setKillSwitch({ engaged: true, ...by });
    testEnv.exchange.setPosition('BTCUSDT', '0');
    expect(await askPosition(testEnv, 'BTCUSDT')).toMatchObject({ allow: false, reason: 'kill_switch_active' });
  });
});
