import { eventually } from '../harness/eventually.js';
import { afterEach, describe, expect, it } from 'vitest';
import { ControlStore } from '../../src/redis/stores/control-store.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import { metric } from './apply-support.js';
import { askGovernor, auditOf, eventsOf, redisNowMs, untilSettled, writeSnapshot } from './issuer-support.js';

const SYMBOL = 'BTCUSDT';
const REAL = { mode: 'testnet', attempt: '1' };
let testEnv: TestEnvironment;
afterEach(() => testEnv.close());

async function governor(env: Record<string, string>): Promise<Gate> {
  testEnv = await TestEnvironment.create({ marks: { [SYMBOL]: '1000' } });
  await writeSnapshot(testEnv, SYMBOL, '1');
  return another(env);
}
const another = (env: Record<string, string>): Promise<Gate> =>
  testEnv.gate({ roles: 'governor', env: { P33_STALE_THRESHOLD_SEC: '60', APPLY_PERMIT_WAIT_MS: '10000', ...env } });
const latched = async (): Promise<boolean> => (await testEnv.redis.exists(testEnv.keys.governorDisarm())) === 1;
const arm = async (gate: Gate): Promise<void> =>
  gate.app.get(ControlStore, { strict: false }).setArm({ armed: true, by: 'alice', reason: 'looked at it', at_ms: 1 });
const ask = async (): Promise<unknown> => (await askGovernor(testEnv, SYMBOL, REAL))['reason'];

describe('a plan beyond the burst limit', () => {
  const BREACH = { GOV_DISARM_ON_BURST_BREACH: 'true', GOV_MAX_EXEC_PER_5MIN: '1' };

  it('disarms once, latched over a restart; armed again, the next breach disarms again [G8]', async () => {
    const gate = await governor(BREACH);
    expect([await ask(), await latched()]).toEqual([undefined, false]);
    expect(await ask()).toBe('burst_limit_exceeded');
    // The latch follows the block.
    await eventually(async () => (await latched()) || undefined);
    expect([await ask(), await ask()]).toEqual(['disarmed', 'disarmed']);
    expect(await metric(gate, 'quantum_govern_disarm_total{reason="burst_breach"}')).toBe(1);
    const [event, ...others] = await eventsOf(testEnv, 'AUTO_DISARM');
    expect(others).toEqual([]);
    expect(event).toMatchObject({ reason: 'burst_breach', action_taken: 'disarmed' });
    expect(JSON.parse(event?.['context'] ?? '')).toMatchObject({ symbol: SYMBOL });
    await eventually(async () => {
      const audited = await auditOf(testEnv, 'governor');
      return audited.find(({ action, actor, reason, details = '' }) => {
        return (
          action === 'auto_disarm' && actor === 'governor' && reason === 'burst_breach' && details.includes(SYMBOL)
        );
      });
    });
    await gate.stop();
    const again = await another(BREACH);
    expect([await ask(), await latched()]).toEqual(['disarmed', true]);
    await arm(again);
    expect(await latched()).toBe(false);
    expect(await ask()).toBe('burst_limit_exceeded');
    // The latch follows the block.
    await eventually(async () => (await latched()) || undefined);
    expect(await eventsOf(testEnv, 'AUTO_DISARM')).toHaveLength(2);
    expect(await metric(again, 'quantum_govern_disarm_total{reason="burst_breach"}')).toBe(1);
  });

  it('disarms as well when it is beyond the hour, too [G8]', async () => {
    await governor({ ...BREACH, GOV_MAX_EXEC_PER_HOUR: '1' });
    await ask();
    expect(await ask()).toBe('hourly_limit_exceeded');
    // The latch follows the block.
    await eventually(async () => (await latched()) || undefined);
  });

  it('is just blocked when it is beyond the hour alone, or nobody asked for more', async () => {
    await governor({ GOV_DISARM_ON_BURST_BREACH: 'true', GOV_MAX_EXEC_PER_5MIN: '9', GOV_MAX_EXEC_PER_HOUR: '1' });
    await ask();
    expect([await ask(), await latched()]).toEqual(['hourly_limit_exceeded', false]);
    await another({ GOV_MAX_EXEC_PER_5MIN: '1', GOV_MAX_EXEC_PER_HOUR: '9' });
    expect(await latched()).toBe(false);
  });

  it('is just blocked while auto-disarm is off', async () => {
    await governor({ ...BREACH, GOV_ENABLE_AUTO_DISARM: 'false' });
    await ask();
    expect([await ask(), await latched()]).toEqual(['burst_limit_exceeded', false]);
  });
});

describe('the Governor’s own errors', () => {
  const garble = (): Promise<unknown> => testEnv.redis.hset(testEnv.keys.usage(SYMBOL), 'notional', 'a lot');

  it('five in a minute disarm, once [G9]', async () => {
    const gate = await governor({});
    await garble();
    const said: unknown[] = [];
    for (let times = 0; times < 4; times += 1) said.push(await ask());
    expect([said, await latched()]).toEqual([Array(4).fill('limit_computation_error'), false]);
    expect([await ask(), await latched()]).toEqual(['limit_computation_error', true]);
    await ask();
    const events = await eventsOf(testEnv, 'AUTO_DISARM');
    expect(events).toMatchObject([{ reason: 'error_count', action_taken: 'disarmed' }]);
    expect(JSON.parse(events[0]?.['context'] ?? '')).toMatchObject({ symbol: SYMBOL, errors: 5, window_ms: 600_000 });
    expect(await metric(gate, 'quantum_govern_disarm_total{reason="error_count"}')).toBe(1);
  });

  it('five over three weeks do nothing [G9]', async () => {
    await governor({});
    const nowMs = await redisNowMs(testEnv);
    for (const [at, daysAgo] of [21, 14, 7, 1].entries())
      await testEnv.redis.zadd(testEnv.keys.governorErrors(), nowMs - daysAgo * 86_400_000, `old-${at}`);
    await testEnv.redis.zadd(testEnv.keys.governorErrors(), nowMs - 601_000, 'just outside the window');
    await garble();
    expect([await ask(), await latched()]).toEqual(['limit_computation_error', false]);
    expect(await testEnv.redis.zcard(testEnv.keys.governorErrors())).toBe(1);
  });

  it('are counted once each, however often an entry is delivered [G9]', async () => {
    await governor({});
    await garble();
    for (let times = 0; times < 2; times += 1) await ask();
    for (let times = 0; times < 4; times += 1) {
      await testEnv.redis.xgroup('SETID', testEnv.keys.planStream(), 'governor', '0');
      await untilSettled(testEnv, testEnv.keys.planStream(), 'governor');
    }
    expect([await testEnv.redis.zcard(testEnv.keys.governorErrors()), await latched()]).toEqual([2, false]);
  });

  it('do not include denials: blocks do not count [G9]', async () => {
    await governor({ GOV_MAX_EXEC_PER_5MIN: '1' });
    for (let times = 0; times < 8; times += 1) await ask();
    expect([await testEnv.redis.exists(testEnv.keys.governorErrors()), await latched()]).toEqual([0, false]);
  });
});

describe('an arm state that is missing or cannot be read', () => {
  it.each<[string, () => Promise<unknown>, string]>([
    ['missing', () => testEnv.redis.del(testEnv.keys.arm()), 'disarmed'],
    ['disarmed', () => testEnv.redis.set(testEnv.keys.arm(), '{"armed":false}'), 'disarmed'],
    ['armed in words', () => testEnv.redis.set(testEnv.keys.arm(), '{"armed":"true"}'), 'disarmed'],
    ['garbage', () => testEnv.redis.set(testEnv.keys.arm(), 'armed'), 'disarmed'],
  ])('%s denies what is real [C2]', async (_what, change, reason) => {
    await governor({});
    await change();
    expect(await ask()).toBe(reason);
  });
});
