import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../harness/eventually.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import { foreignPermit, handwrite, seeded, submit } from './apply-support.js';
import {
  askGovernor,
  deliveredTo,
  governorWord,
  type Json,
  moveMark,
  newPlanId,
  publishPlan,
  untilSettled,
  writeSnapshot,
} from './issuer-support.js';

const SYMBOL = 'BTCUSDT';
let testEnv: TestEnvironment;
afterEach(() => testEnv.close());

async function governor(env: Record<string, string> = {}): Promise<Gate> {
  return testEnv.gate({
    roles: 'governor',
    env: { P33_STALE_THRESHOLD_SEC: '60', APPLY_PERMIT_WAIT_MS: '10000', ...env },
  });
}
/** One Governor over a position of 1 at a price of 1000. */
async function alone(env: Record<string, string> = {}): Promise<Gate> {
  testEnv = await TestEnvironment.create({ marks: { [SYMBOL]: '1000' } });
  await writeSnapshot(testEnv, SYMBOL, '1');
  return governor(env);
}
const usage = (): Promise<Record<string, string>> => testEnv.redis.hgetall(testEnv.keys.usage(SYMBOL));
const executions = (symbol = SYMBOL): Promise<string[]> =>
  testEnv.redis.zrange(testEnv.keys.executions(symbol), '0', '-1');
const BURST = { reason: 'burst_limit_exceeded', context: { exec_count_5min: 2, limit: 2 } };

describe('ten plans at once against two per five minutes, on three Governors', () => {
  it('get exactly two permits, round after round [G1]', async () => {
    testEnv = await TestEnvironment.create();
    const symbols = Array.from({ length: 8 }, (_, round) => `S${round}USDT`);
    const env = { APPLY_ALLOWLIST: symbols.join(','), GOV_MAX_REDUCE_NOTIONAL_PER_DAY_USD: '100000' };
    await Promise.all([governor(env), governor(env), governor(env)]);
    const seed = Date.now() % 1_000_000;
    const random = seeded(seed);
    for (const symbol of symbols) {
      await writeSnapshot(testEnv, symbol, '1');
      const planIds = Array.from({ length: 10 }, newPlanId);
      await Promise.all(
        planIds.map(async (plan_id) => {
          await new Promise((resolve) => setTimeout(resolve, random() * 4));
          const copies = random() < 0.3 ? 2 : 1;
          for (let copy = 0; copy < copies; copy += 1) await publishPlan(testEnv, symbol, { plan_id });
        }),
      );
      const words = await Promise.all(planIds.map((planId) => governorWord(testEnv, planId)));
      await untilSettled(testEnv, testEnv.keys.planStream(), 'governor');
      const granted = words.filter((word) => word['granted'] === true);
      expect(granted.length, `seed ${seed}, ${symbol}`).toBe(2);
      expect(words.filter((word) => word['granted'] !== true)).toEqual(Array(8).fill(expect.objectContaining(BURST)));
      expect((await executions(symbol)).toSorted()).toEqual(
        granted.map((word) => `${String(word['plan_id'])}:`).toSorted(),
      );
      expect(await testEnv.redis.hgetall(testEnv.keys.usage(symbol))).toMatchObject({
        notional: '2000',
        qty: '2',
        version: '2',
      });
    }
  });

  it('get exactly two permits when a real Apply publishes them [G1]', async () => {
    testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '0.010' }, marks: { [SYMBOL]: '1000' } });
    await writeSnapshot(testEnv, SYMBOL, '0.010');
    await Promise.all([governor(), governor(), governor()]);
    const apply = await testEnv.gate({ roles: 'apply', env: { APPLY_REPEAT_POLICY: 'every_proposal' } });
    const answers = await Promise.all(Array.from({ length: 10 }, () => submit(apply, SYMBOL, 'PARTIAL_50')));
    await Promise.all(answers.map(({ planId }) => governorWord(testEnv, planId, 1_000)));
    const events = (await testEnv.entries(testEnv.keys.permitEvents())).map(({ fields }) => fields);
    const verdicts = events.filter(({ issuer, attempt }) => issuer === 'governor' && attempt === '1');
    expect(verdicts.map(({ verdict }) => verdict).toSorted()).toEqual([
      'allow',
      'allow',
      ...Array<string>(8).fill('deny'),
    ]);
  });
});

describe('the same plan entry again', () => {
  it('finds its own reservation: one execution, the same permit, and is not blocked by what it took itself [G3]', async () => {
    await alone({ GOV_MAX_EXEC_PER_5MIN: '1' });
    const planId = await publishPlan(testEnv, SYMBOL);
    await governorWord(testEnv, planId);
    const permit = await testEnv.redis.get(testEnv.keys.governorPermit(planId));
    const before = await usage();
    await publishPlan(testEnv, SYMBOL, { plan_id: planId });
    await testEnv.redis.xgroup('SETID', testEnv.keys.planStream(), 'governor', '0');
    await untilSettled(testEnv, testEnv.keys.planStream(), 'governor');
    await governor({ GOV_MAX_EXEC_PER_5MIN: '1' });
    await testEnv.redis.xgroup('SETID', testEnv.keys.planStream(), 'governor', '0');
    await untilSettled(testEnv, testEnv.keys.planStream(), 'governor');
    expect(await testEnv.redis.get(testEnv.keys.governorPermit(planId))).toBe(permit);
    expect(await testEnv.redis.exists(testEnv.keys.governorBlock(planId))).toBe(0);
    expect(await executions()).toEqual([`${planId}:`]);
    expect(await usage()).toEqual(before);
    expect(before).toMatchObject({ notional: '1000', qty: '1', version: '1' });
  });
});

describe('a Governor that restarts', () => {
  it('has its limits as before, and loses no plan that was published meanwhile [G4]', async () => {
    testEnv = await TestEnvironment.create({ marks: { [SYMBOL]: '1000' } });
    await writeSnapshot(testEnv, SYMBOL, '1');
    const env = { INSTANCE_ID: 'g', GOV_MAX_EXEC_PER_5MIN: '3', APPLY_PERMIT_WAIT_MS: '20000' };
    const first = await governor(env);
    expect(await askGovernor(testEnv, SYMBOL)).toMatchObject({ granted: true });
    expect(await askGovernor(testEnv, SYMBOL)).toMatchObject({ granted: true });
    await first.stop();
    const meanwhile = [await publishPlan(testEnv, SYMBOL), await publishPlan(testEnv, SYMBOL)];
    // Delivered to it and not decided when it died: found again under its name.
    await testEnv.redis.xreadgroup(
      'GROUP',
      'governor',
      'governor-g',
      'COUNT',
      1,
      'STREAMS',
      testEnv.keys.planStream(),
      '>',
    );
    await governor(env);
    const words = await Promise.all(meanwhile.map((planId) => governorWord(testEnv, planId)));
    expect(words.map((word) => (typeof word['reason'] === 'string' ? word['reason'] : 'granted')).toSorted()).toEqual([
      'granted',
      'hourly_limit_exceeded',
    ]);
    expect(await executions()).toHaveLength(3);
  });

  it('blocks each plan whose window has passed [A11]', async () => {
    const first = await alone({ INSTANCE_ID: 'g', APPLY_PERMIT_WAIT_MS: '500' });
    await first.stop();
    const planIds = await Promise.all(Array.from({ length: 30 }, () => publishPlan(testEnv, SYMBOL)));
    await new Promise((resolve) => setTimeout(resolve, 600));
    await governor({ INSTANCE_ID: 'g', APPLY_PERMIT_WAIT_MS: '500' });
    const words = await Promise.all(planIds.map((planId) => governorWord(testEnv, planId)));
    expect(words.map((word) => word['reason'])).toEqual(Array(30).fill('plan_expired'));
    expect(await executions()).toEqual([]);
    expect(await deliveredTo(testEnv, testEnv.keys.planStream(), 'governor')).not.toBe('0-0');
  });
});

describe('the daily limit', () => {
  it('counts notional and quantity separately; either blocks [G5]', async () => {
    const gate = await alone({ GOV_MAX_REDUCE_NOTIONAL_PER_DAY_USD: '1500', GOV_MAX_REDUCE_QTY_PER_DAY: '1.2' });
    expect(await askGovernor(testEnv, SYMBOL)).toMatchObject({
      granted: true,
      computed_qty: 1,
      computed_notional: 1000,
    });
    await moveMark(testEnv, gate, SYMBOL, '9000');
    await writeSnapshot(testEnv, SYMBOL, '0.15', { mark_price: '9000' });
    expect(await askGovernor(testEnv, SYMBOL)).toMatchObject({
      reason: 'daily_limit_exceeded',
      context: { which: 'notional', used_usd: 1000, asked_usd: 1350, limit_usd: 1500 },
    });
    await moveMark(testEnv, gate, SYMBOL, '1');
    await writeSnapshot(testEnv, SYMBOL, '0.25', { mark_price: '1' });
    expect(await askGovernor(testEnv, SYMBOL)).toMatchObject({
      reason: 'daily_limit_exceeded',
      context: { which: 'quantity', used: 1, asked: 0.25, limit: 1.2 },
    });
    await moveMark(testEnv, gate, SYMBOL, '2500');
    await writeSnapshot(testEnv, SYMBOL, '0.20', { mark_price: '2500' });
    expect(await askGovernor(testEnv, SYMBOL)).toMatchObject({ granted: true });
    expect(await usage()).toMatchObject({ notional: '1500', qty: '1.2' });
  });

  it('starts again at zero each day, and the result of yesterday’s plan does not change it [G5]', async () => {
    await alone({ GOV_MAX_REDUCE_NOTIONAL_PER_DAY_USD: '1500', GOV_MAX_REDUCE_QTY_PER_DAY: '1.2' });
    const yesterday = await publishPlan(testEnv, SYMBOL);
    await governorWord(testEnv, yesterday);
    const today = (await usage())['day'];
    await testEnv.redis.hset(testEnv.keys.usage(SYMBOL), { day: '20250101' });
    await testEnv.redis.hset(testEnv.keys.reservation(yesterday, ''), { day: '20250101' });
    expect(await askGovernor(testEnv, SYMBOL)).toMatchObject({ granted: true });
    expect(await usage()).toMatchObject({ day: today, notional: '1000', qty: '1' });
    const failed = { plan_id: yesterday, symbol: SYMBOL, decision: 'ERROR', executed: 'False', steps_results: '[]' };
    await testEnv.redis.xadd(testEnv.keys.resultStream(), '*', ...Object.entries(failed).flat());
    await eventually(async () => (await executions()).length === 1 || undefined);
    expect(await usage()).toMatchObject({ day: today, notional: '1000', qty: '1' });
  });
});

describe('a plan whose notional cannot be known', () => {
  it.each<[string, Record<string, string>, number, Json]>([
    ['no mark price', { mark_price: '0' }, 0, { cause: 'no_mark_price' }],
    ['a mark price in words', { mark_price: 'high' }, 0, { cause: 'no_mark_price' }],
    ['a snapshot too old', {}, 61_000, { cause: 'stale_snapshot' }],
    ['a snapshot from the future', {}, -61_000, { cause: 'stale_snapshot' }],
    ['an amount that is none', { position_amt: 'NaN' }, 0, { cause: 'no_snapshot' }],
  ])('is blocked, not let through on quantity alone: %s [G6]', async (_what, fields, ageMs, context) => {
    await alone({ GOV_MAX_REDUCE_QTY_PER_DAY: '100' });
    await writeSnapshot(testEnv, SYMBOL, '1', fields, ageMs);
    expect(await askGovernor(testEnv, SYMBOL)).toMatchObject({ reason: 'position_fetch_failed', context });
    expect(await executions()).toEqual([]);
  });
});

describe('a day of dry runs', () => {
  it('uses nothing: the first real plans have the full limits [G7]', async () => {
    await alone();
    for (let run = 0; run < 6; run += 1)
      expect(await askGovernor(testEnv, SYMBOL, { mode: 'dry_run', attempt: '1' })).toMatchObject({
        granted: true,
        mode: 'dry_run',
        context: { exec_count_hour: 0, exec_count_5min: 0, day_notional_usd: 1000 },
      });
    expect([await executions(), await usage()]).toEqual([[], {}]);
    const real = { mode: 'testnet', attempt: '1' };
    expect(await askGovernor(testEnv, SYMBOL, real)).toMatchObject({ granted: true });
    expect(await askGovernor(testEnv, SYMBOL, real)).toMatchObject({ granted: true });
    expect(await askGovernor(testEnv, SYMBOL, real)).toMatchObject(BURST);
  });
});

describe('two keys', () => {
  it('the bound on the order is the smaller of both [P1]', async () => {
    testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '0.010' } });
    const apply = await testEnv.gate({ roles: 'apply' });
    const { planId } = await submit(apply, SYMBOL, 'FULL_CLOSE_PROPOSED');
    await handwrite(testEnv, planId, {
      governor: JSON.stringify({ granted: true, computed_qty: 0.004 }),
      p33: foreignPermit(SYMBOL, 0.009, 0.01),
    });
    const [order] = await eventually(() => (testEnv.orders().length > 0 ? testEnv.orders() : undefined));
    expect(order).toMatchObject({ quantity: '0.004', reduceOnly: true, side: 'SELL' });
  });
});
