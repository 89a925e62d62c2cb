import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../harness/eventually.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import { foreignPermit, handwrite, resultOf, submit } from './apply-support.js';
import {
  askGovernor,
  governorWord,
  newPlanId,
  publishPlan,
  publishResult,
  redisNowMs,
  writeSnapshot,
} from './issuer-support.js';

const SYMBOL = 'BTCUSDT';
const SNAPSHOTS = { P33_STALE_THRESHOLD_SEC: '60' };
let testEnv: TestEnvironment;
afterEach(() => testEnv.close());

const reservation = (planId: string, attempt = '1'): Promise<Record<string, string>> =>
  testEnv.redis.hgetall(testEnv.keys.reservation(planId, attempt));
const untilReserved = (planId: string, state: string, attempt = '1'): Promise<true> =>
  eventually(
    async () => (await reservation(planId, attempt))['state'] === state || undefined,
    8_000,
    () => ({ planId, attempt, wanted: state }),
  );
/** Executions counted, notional and quantity of the day, reservations that await their result. */
async function used(): Promise<readonly unknown[]> {
  const { notional, qty } = await testEnv.redis.hgetall(testEnv.keys.usage(SYMBOL));
  const open = await testEnv.redis.zrange(testEnv.keys.openReservations(), '0', '-1');
  return [await testEnv.redis.zcard(testEnv.keys.executions(SYMBOL)), notional, qty, open];
}
const NOTHING = [0, '0', '0', []];

/** Apply and Governor over a position of 0.010; the Position Brain's word is written by the test. */
async function oneKey(env: Record<string, string> = {}): Promise<Gate> {
  testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '0.010' }, marks: { [SYMBOL]: '60000' } });
  await writeSnapshot(testEnv, SYMBOL, '0.010', { mark_price: '60000' });
  return testEnv.gate({ roles: 'apply,governor', env: { ...SNAPSHOTS, ...env } });
}

describe('a reservation is given back', () => {
  it('when the permit was not used in time [G2]', async () => {
    const gate = await oneKey({ APPLY_PERMIT_WAIT_MS: '300', APPLY_MAX_ATTEMPTS: '1' });
    const { planId } = await submit(gate, SYMBOL, 'FULL_CLOSE_PROPOSED');
    await untilReserved(planId, 'reserved');
    expect(await used()).toEqual([1, '600', '0.01', [`${planId}:1`]]);
    expect(await resultOf(testEnv, planId)).toMatchObject({ error: 'permit_timeout', reason: 'missing: P3.3' });
    await untilReserved(planId, 'released');
    expect(await used()).toEqual(NOTHING);
  });

  it('when the other side denies [G2]', async () => {
    const gate = await oneKey();
    const { planId } = await submit(gate, SYMBOL, 'FULL_CLOSE_PROPOSED');
    await untilReserved(planId, 'reserved');
    await handwrite(testEnv, planId, { p33: JSON.stringify({ allow: false, symbol: SYMBOL, reason: 'no_position' }) });
    expect(await resultOf(testEnv, planId)).toMatchObject({ error: 'p33_denied', reason: 'no_position' });
    await untilReserved(planId, 'released');
    expect(await used()).toEqual(NOTHING);
  });

  it('when the exchange rejects the order [G2]', async () => {
    const gate = await oneKey();
    testEnv.exchange.addFault({
      match: { method: 'POST', path: '/order' },
      action: { type: 'status', status: 400, code: -2022, msg: 'ReduceOnly Order is rejected.' },
    });
    const { planId } = await submit(gate, SYMBOL, 'FULL_CLOSE_PROPOSED');
    await handwrite(testEnv, planId, { p33: foreignPermit(SYMBOL, 0.01, 0.01) });
    expect(await resultOf(testEnv, planId)).toMatchObject({ error: 'order_rejected', executed: 'False' });
    await untilReserved(planId, 'released');
    expect(await used()).toEqual(NOTHING);
  });

  it('as far as it was not executed, at the price it was executed at', async () => {
    const gate = await oneKey();
    const { planId } = await submit(gate, SYMBOL, 'FULL_CLOSE_PROPOSED');
    await handwrite(testEnv, planId, { p33: foreignPermit(SYMBOL, 0.004, 0.01) });
    const result = await resultOf(testEnv, planId);
    await untilReserved(planId, 'committed');
    const [step] = JSON.parse(result['steps_results'] ?? '') as { avg_price: number }[];
    expect(await used()).toEqual([1, String((4 * (step?.avg_price ?? NaN)) / 1000), '0.004', []]);
  });
});

describe('a reservation whose result the Governor never read', () => {
  /** As a Governor that died left it; `ageMs` ago. */
  async function left(
    planId: string,
    attempt: string,
    ageMs: number,
    journal: Record<string, string> = {},
  ): Promise<void> {
    const { keys, redis } = testEnv;
    const atMs = (await redisNowMs(testEnv)) - ageMs;
    const day = new Date(await redisNowMs(testEnv)).toISOString().slice(0, 10).replaceAll('-', '');
    await redis.hset(keys.reservation(planId, attempt), {
      state: 'reserved',
      symbol: SYMBOL,
      notional: '600',
      qty: '0.01',
      day,
      at_ms: String(atMs),
    });
    await redis.zadd(keys.openReservations(), atMs, `${planId}:${attempt}`);
    await redis.zadd(keys.executions(SYMBOL), atMs, `${planId}:${attempt}`);
    await redis.hset(keys.usage(SYMBOL), { day, notional: '600', qty: '0.01', version: '1' });
    if (Object.keys(journal).length > 0)
      await redis.hset(keys.journal(planId), { symbol: SYMBOL, deadline_ms: String(atMs + 1_200), ...journal });
  }
  const sweep = async (): Promise<void> => void (await testEnv.gate({ roles: 'governor', env: SNAPSHOTS }));
  const ended = (executed: string): string =>
    JSON.stringify([
      'plan_id',
      'p',
      'symbol',
      SYMBOL,
      'executed',
      executed,
      'attempt',
      '1',
      'steps_results',
      executed === 'True'
        ? '[{"step":"CLOSE_FULL","order_id":"o","side":"SELL","executed_qty":0.004,"avg_price":50000}]'
        : '[]',
    ]);

  it.each<[string, string, number, Record<string, string>, string, readonly unknown[]]>([
    [
      'ended without an execution',
      '1',
      61_000,
      { state: 'EXPIRED', attempt: '1', result: ended('False') },
      'released',
      NOTHING,
    ],
    [
      'ended with one',
      '1',
      61_000,
      { state: 'FILLED', attempt: '1', result: ended('True') },
      'committed',
      [1, '200', '0.004', []],
    ],
    ['was followed by another attempt', '1', 61_000, { state: 'WAITING', attempt: '2' }, 'released', NOTHING],
    ['belongs to a foreign Apply that is silent for five minutes', '', 301_000, {}, 'released', NOTHING],
  ])('%s: settled by the sweep [G2]', async (_what, attempt, ageMs, journal, state, expected) => {
    testEnv = await TestEnvironment.create();
    const planId = newPlanId();
    await left(planId, attempt, ageMs, journal);
    await sweep();
    await untilReserved(planId, state, attempt);
    expect(await used()).toEqual(expected);
  });

  it.each<[string, string, number, Record<string, string>]>([
    ['is still open', '1', 3_000_000, { state: 'CLAIMED', attempt: '1' }],
    ['is unknown', '1', 3_000_000, { state: 'UNKNOWN', attempt: '1' }],
    ['ended a moment ago', '1', 30_000, { state: 'EXPIRED', attempt: '1', result: ended('False') }],
    ['belongs to a foreign Apply that may still answer', '', 200_000, {}],
  ])('%s: left alone [G2]', async (_what, attempt, ageMs, journal) => {
    testEnv = await TestEnvironment.create();
    const planId = newPlanId();
    await left(planId, attempt, ageMs, journal);
    await left('gone', '1', 900_000, {});
    await testEnv.redis.del(testEnv.keys.reservation('gone', '1'));
    await sweep();
    // The sweep has come by: what has no reservation any more is off the list.
    await eventually(
      async () => (await testEnv.redis.zscore(testEnv.keys.openReservations(), 'gone:1')) === null || undefined,
    );
    expect(await reservation(planId, attempt)).toMatchObject({ state: 'reserved' });
    expect((await used())[3]).toEqual([`${planId}:${attempt}`]);
  });
});

describe('the result of attempt 1', () => {
  it('read after attempt 2 got its permit does not end the reservation of attempt 2 [G11]', async () => {
    testEnv = await TestEnvironment.create({ marks: { [SYMBOL]: '1000' } });
    await writeSnapshot(testEnv, SYMBOL, '1');
    await testEnv.gate({ roles: 'governor', env: { ...SNAPSHOTS, APPLY_PERMIT_WAIT_MS: '10000' } });
    const planId = await publishPlan(testEnv, SYMBOL, { mode: 'testnet', attempt: '1' });
    await governorWord(testEnv, planId);
    await publishPlan(testEnv, SYMBOL, { plan_id: planId, mode: 'testnet', attempt: '2' });
    await untilReserved(planId, 'reserved', '2');
    await publishResult(testEnv, SYMBOL, undefined, { plan_id: planId, attempt: '1', error: 'permit_timeout' });
    await untilReserved(planId, 'released', '1');
    expect(await reservation(planId, '2')).toMatchObject({ state: 'reserved' });
    expect(await testEnv.redis.zrange(testEnv.keys.executions(SYMBOL), '0', '-1')).toEqual([`${planId}:2`]);
    expect(await used()).toEqual([1, '1000', '1', [`${planId}:2`]]);
    await publishResult(testEnv, SYMBOL, undefined, { plan_id: planId, attempt: '1', error: 'permit_timeout' });
    await publishResult(
      testEnv,
      SYMBOL,
      { order_id: 'o', side: 'SELL', executed_qty: 1 },
      { plan_id: planId, attempt: '2' },
    );
    await untilReserved(planId, 'committed', '2');
    expect(await used()).toEqual([1, '1000', '1', []]);
    expect(await askGovernor(testEnv, SYMBOL)).toMatchObject({ granted: true });
  });
});
