import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Connected } from '../../src/redis/scripts/acl/rights.js';
import { ControlStore } from '../../src/redis/stores/control-store.js';
import { LedgerStore } from '../../src/redis/stores/ledger-store.js';
import { RedisRefused } from '../../src/redis/connection/redis.errors.js';
import { StreamRetention } from '../../src/apply/stream-retention.js';
import { Decimal } from '../../src/flow/0-decimal.js';
import { StartupState } from '../../src/runtime/startup-state.js';
import { eventually } from '../harness/eventually.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import { QUICK, resultOf, stateOf, submit } from './apply-support.js';

/** Each role as a process of its own with its own Redis user; Apply's alone has the operators' connection too. */
describe('three roles with three Redis users', () => {
  const SYMBOLS = 'BTCUSDT,ETHUSDT,SOLUSDT,LINKUSDT,DOGEUSDT';
  let testEnv: TestEnvironment;
  let gates: Record<'apply' | 'governor' | 'position-brain', Gate>;
  const timing = { EXCHANGE_RECV_WINDOW_MS: '300', EXCHANGE_ORDER_TIMEOUT_MS: '400', EXCHANGE_UNKNOWN_PROOF_SEC: '1' };
  const common = { ...QUICK, ...timing, APPLY_ALLOWLIST: SYMBOLS };

  async function as(role: Connected & keyof typeof gates, env: Record<string, string> = {}): Promise<Gate> {
    const user = await testEnv.redisUser(role);
    const credentials = { REDIS_USERNAME: user, REDIS_PASSWORD: user };
    return testEnv.gate({ roles: role, env: { ...common, ...credentials, ...env }, start: false });
  }

  async function operatorCredentials(): Promise<Record<string, string>> {
    const operator = await testEnv.redisUser('operator');
    return { REDIS_OPERATOR_USERNAME: operator, REDIS_OPERATOR_PASSWORD: operator };
  }

  beforeAll(async () => {
    testEnv = await TestEnvironment.create({
      positions: { BTCUSDT: '0.010', ETHUSDT: '0.500', SOLUSDT: '10', LINKUSDT: '100', DOGEUSDT: '10000' },
    });
    gates = {
      governor: await as('governor'),
      'position-brain': await as('position-brain'),
      apply: await as('apply', await operatorCredentials()),
    };
  });
  afterAll(() => testEnv.close());

  it('start one after the other: those without the operators’ connection wait for control state', async () => {
    const { governor, apply } = gates;
    const starting = [governor.supervisor.start(), gates['position-brain'].supervisor.start()];
    const state = governor.app.get(StartupState, { strict: false });
    await eventually(() => state.detail.includes('REDIS_OPERATOR_USERNAME') || undefined);
    expect([state.phase, await testEnv.redis.get(testEnv.keys.killSwitch())]).toEqual(['starting', null]);
    await apply.supervisor.start();
    await Promise.all(starting);
    expect(Object.values(gates).map((gate) => gate.app.get(StartupState, { strict: false }).phase)).toEqual([
      'running',
      'running',
      'running',
    ]);
  });

  it('carry out a proposal to FILLED and follow it', async () => {
    await eventually(
      async () => (await testEnv.redis.hget(testEnv.keys.ledger('BTCUSDT'), 'last_known_amt')) ?? undefined,
    );
    const { planId } = await submit(gates.apply, 'BTCUSDT', 'PARTIAL_75');
    expect(await resultOf(testEnv, planId)).toMatchObject({ executed: 'True', state: 'FILLED' });
    const followed = async (): Promise<true | undefined> =>
      (await testEnv.redis.hget(testEnv.keys.ledger('BTCUSDT'), 'last_known_amt')) === '0.003' || undefined;
    await eventually(followed);
    const reservation = testEnv.keys.reservation(planId, '1');
    await eventually(async () => (await testEnv.redis.hget(reservation, 'state')) === 'committed' || undefined);
  });

  it('recover a lost reply, place a stop, refuse, and dead-letter an unreadable entry', async () => {
    testEnv.exchange.addFault({
      match: { method: 'POST', path: '/order', symbol: 'ETHUSDT' },
      action: { type: 'loseReply' },
    });
    const lost = await submit(gates.apply, 'ETHUSDT', 'PARTIAL_50');
    expect(await resultOf(testEnv, lost.planId, 1, 10_000)).toMatchObject({ executed: 'True' });
    const stop = await submit(gates.apply, 'SOLUSDT', 'UPDATE_SL', { new_sl_proposed: '100', kill_score: '0.1' });
    expect(await resultOf(testEnv, stop.planId)).toMatchObject({ state: 'PLACED' });
    const refused = await submit(gates.apply, 'LINKUSDT', 'PARTIAL_50', { kill_score: 'NaN' });
    expect(refused.decision).toBe('ERROR');
    await testEnv.redis.xadd(testEnv.keys.planStream(), '*', 'plan_id', 'b'.repeat(16), 'steps', 'garbage');
    await testEnv.redis.xadd(testEnv.keys.resultStream(), '*', 'nothing', 'known');
    const groups = async (): Promise<string[]> =>
      (await testEnv.entries(testEnv.keys.deadLetters())).map(({ fields }) => fields['group'] ?? '');
    await eventually(async () => new Set(await groups()).size === 3 || undefined, 10_000);
  });

  it('see a position change by push, and hold a symbol that has lost its ledger', async () => {
    testEnv.exchange.setPosition('LINKUSDT', '60');
    const amount = testEnv.keys.snapshot('LINKUSDT');
    await eventually(async () => (await testEnv.redis.hget(amount, 'position_amt')) === '60' || undefined);
    await testEnv.redis.del(testEnv.keys.ledger('DOGEUSDT'));
    const hold = await eventually(
      async () => (await testEnv.redis.get(testEnv.keys.hold('DOGEUSDT'))) ?? undefined,
      10_000,
    );
    expect(JSON.parse(hold)).toMatchObject({ symbol: 'DOGEUSDT', by: 'position-brain' });
  });

  it('let an operator reconcile, hold, lift, disarm, arm, engage and release, over the operators’ connection', async () => {
    const control = gates.apply.app.get(ControlStore, { strict: false });
    const reconciled = await gates.apply.app.get(LedgerStore, { strict: false }).set({
      symbol: 'DOGEUSDT',
      expectedExchangeAmt: new Decimal('10000'),
      source: 'reconcile',
      reason: 'test',
      actor: 'test',
      minSnapshotMs: 0,
    });
    expect(reconciled).toEqual({ kind: 'set', amount: '10000', before: '' });
    const by = { by: 'test', reason: 'test', at_ms: 1 };
    await control.setHold({ symbol: 'BTCUSDT', cause: 'operator', ...by }, 'operator', false);
    expect(await control.clearHold('BTCUSDT', 'test', 'test')).toBe('cleared');
    await control.setArm({ armed: false, ...by });
    await control.setArm({ armed: true, ...by });
    await control.setKillSwitch({ engaged: true, ...by });
    const stopped = await submit(gates.apply, 'BTCUSDT', 'PARTIAL_50');
    expect(stopped).toMatchObject({ decision: 'BLOCKED', reasonCodes: ['kill_switch_active'] });
    await control.setKillSwitch({ engaged: false, ...by });
  });

  it('create their groups again after a stream was deleted, and trim unneeded entries', async () => {
    await testEnv.redis.del(testEnv.keys.planStream(), testEnv.keys.resultStream(), testEnv.keys.proposalStream());
    const groupsOf = async (stream: string): Promise<number> => {
      const groups = (await testEnv.redis.exists(stream)) === 0 ? [] : await testEnv.redis.xinfo('GROUPS', stream);
      return (groups as unknown[]).length;
    };
    const { planStream, resultStream, proposalStream, governorEvents } = testEnv.keys;
    await eventually(async () => {
      const counts = await Promise.all([planStream(), resultStream(), proposalStream()].map(groupsOf));
      return counts.join() === '3,2,1' || undefined;
    }, 10_000);
    const retention = gates.apply.app.get(StreamRetention, { strict: false });
    await retention.trim();
    const fill = async (): Promise<void> => {
      const filling = testEnv.redis.pipeline();
      for (let entry = 0; entry < 10_200; entry += 1) filling.xadd(governorEvents(), '*', 'event', 'FILLER');
      await filling.exec();
    };
    await fill();
    await retention.trim();
    await fill();
    // The gate's own round may be under way.
    const length = await eventually(async () => {
      await retention.trim();
      const kept = await testEnv.redis.xlen(governorEvents());
      return kept < 20_400 ? kept : undefined;
    });
    expect(length).toBeGreaterThanOrEqual(10_000);
  });

  it('hand a waiting plan to the next process of the same role', async () => {
    const { planId } = await submit(gates.apply, 'LINKUSDT', 'PARTIAL_50');
    await resultOf(testEnv, planId, 1, 10_000);
    await Promise.all(Object.values(gates).map((gate) => gate.stop()));
    expect(await stateOf(testEnv, planId)).not.toBe('WAITING');
    gates = {
      governor: await as('governor'),
      'position-brain': await as('position-brain'),
      apply: await as('apply'),
    };
    // Control state is there by now: nobody needs the operators' connection to start.
    await Promise.all(Object.values(gates).map((gate) => gate.supervisor.start()));
    const again = await submit(gates.apply, 'BTCUSDT', 'FULL_CLOSE_PROPOSED');
    expect(await resultOf(testEnv, again.planId, 1, 10_000)).toMatchObject({ executed: 'True' });
  });

  it('are refused by Redis only when they write control state before it exists', async () => {
    const log = (await testEnv.redis.call('ACL', 'LOG', '128')) as unknown[][];
    const entries = log.map((flat) => Object.fromEntries(flat.map((value, at) => [String(value), flat[at + 1]])));
    const refused = entries.filter(({ username }) => String(username).startsWith(testEnv.prefix.slice(0, -1)));
    // Control state and the account of the prefix are written by one script.
    const objects = refused.map(({ object }) => String(object));
    expect(
      [...new Set(objects)].filter((object) => !/^(eval(sha)?|.*control:.*|.*meta:account)$/.test(object)),
    ).toEqual([]);
  });

  it('cannot do an operator’s writes without the operators’ connection, and say so', async () => {
    const control = gates.governor.app.get(ControlStore, { strict: false });
    const released = control.setKillSwitch({ engaged: false, by: 'x', reason: 'x', at_ms: 1 });
    await expect(released).rejects.toThrow(RedisRefused);
    const other = await as('governor', { APPLY_KILL_SWITCH: 'true' });
    await expect(other.supervisor.start()).rejects.toThrow(/APPLY_KILL_SWITCH=true cannot be carried out/);
    const wrong = await as('governor', { REDIS_OPERATOR_USERNAME: 'nobody', REDIS_OPERATOR_PASSWORD: 'wrong' });
    void wrong.supervisor.start();
    const state = wrong.app.get(StartupState, { strict: false });
    await eventually(() => state.detail.includes('correct REDIS_OPERATOR_USERNAME') || undefined);
    expect(state.detail).toContain('WRONGPASS');
  });
});
