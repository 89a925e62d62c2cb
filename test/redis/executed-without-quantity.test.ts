import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../harness/eventually.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import { points } from '../harness/points.js';
import { call } from '../exchange/paper-client.js';
import { metric, QUICK, untilKnown } from './apply-support.js';
import {
  askGovernor,
  askPosition,
  governorWord,
  type Json,
  ledgerAmt,
  publishPlan,
  publishResult,
  redisNowMs,
  untilLedger,
  untilSettled,
  writeSnapshot,
} from './issuer-support.js';

const SYMBOL = 'BTCUSDT';
const SNAPSHOTS = { P33_STALE_THRESHOLD_SEC: '60' };
let testEnv: TestEnvironment;
afterEach(() => testEnv.close());

/** What the guide's Apply reports of an order that the exchange answered with ACK. */
const ACK: Json = { order_id: 4711, side: 'SELL', quantity: 1, executed_qty: '0', status: 'success' };

const reservation = (planId: string): Promise<Record<string, string>> =>
  testEnv.redis.hgetall(testEnv.keys.reservation(planId, ''));
const used = async (): Promise<readonly unknown[]> => {
  const { notional, qty } = await testEnv.redis.hgetall(testEnv.keys.usage(SYMBOL));
  return [await testEnv.redis.zcard(testEnv.keys.executions(SYMBOL)), notional, qty];
};

/** The Governor alone, and a plan of a foreign Apply for all of a position of 1 at 1000 that has its permit. */
async function permitted(env: Record<string, string> = {}): Promise<{ gate: Gate; planId: string }> {
  testEnv = await TestEnvironment.create({ marks: { [SYMBOL]: '1000' } });
  await writeSnapshot(testEnv, SYMBOL, '1');
  const gate = await testEnv.gate({ roles: 'governor', env: { ...SNAPSHOTS, ...env } });
  const planId = await publishPlan(testEnv, SYMBOL);
  expect(await governorWord(testEnv, planId)).toMatchObject({ granted: true });
  return { gate, planId };
}

async function report(planId: string, step: Json | undefined, fields: Record<string, string> = {}): Promise<void> {
  await publishResult(testEnv, SYMBOL, step, { plan_id: planId, ...fields });
  await untilSettled(testEnv, testEnv.keys.resultStream(), 'governor');
}

/** As if a Governor came back after that long: the sweep of its start is over when the other one on the list is gone. */
async function sweptAfter(planId: string, ageMs: number): Promise<void> {
  const { keys, redis } = testEnv;
  const atMs = (await redisNowMs(testEnv)) - ageMs;
  await redis.hset(keys.reservation(planId, ''), 'at_ms', String(atMs));
  await redis.zadd(keys.openReservations(), atMs, `${planId}:`, atMs - 1, 'gone:1');
  await testEnv.gate({ roles: 'governor', env: SNAPSHOTS });
  await eventually(async () => (await redis.zscore(keys.openReservations(), 'gone:1')) === null || undefined);
}

describe('a result that says executed and names no quantity, and whose order nobody can look up part of [S23]', () => {
  it.each<[string, Json]>([
    ['as the guide writes an ACK', ACK],
    ['with a client order id', { ...ACK, client_order_id: 'x-1' }],
    ['with the quantity as a number', { ...ACK, executed_qty: 0 }],
    ['without a quantity', { order_id: 4711, side: 'SELL' }],
    ['without an order id', { side: 'SELL', executed_qty: 0 }],
    ['without a side', { order_id: 4711, executed_qty: 0 }],
  ])('%s: what was reserved stands, and is reported once', async (_what, step) => {
    const { gate, planId } = await permitted({ GOV_MAX_REDUCE_NOTIONAL_PER_DAY_USD: '1500' });
    await report(planId, step);
    await report(planId, step);
    expect(await reservation(planId)).toMatchObject({ state: 'reserved' });
    expect(await used()).toEqual([1, '1000', '1']);
    expect(await askGovernor(testEnv, SYMBOL)).toMatchObject({ granted: false, reason: 'daily_limit_exceeded' });
    expect(await metric(gate, `quantum_govern_fill_unknown_total{symbol="${SYMBOL}"}`)).toBe(1);
    const logged = gate.logs.filter(({ msg }) => String(msg).includes('its result does not say how much'));
    expect(logged).toMatchObject([{ level: 50, plan_id: planId, symbol: SYMBOL, reserved_qty: '1' }]);
  });

  it.each([61_000, 400_000, 40_000_000])('is not released by the sweep %i ms later', async (ageMs) => {
    const { planId } = await permitted();
    await report(planId, ACK);
    await sweptAfter(planId, ageMs);
    expect(await reservation(planId)).toMatchObject({ state: 'reserved' });
    expect(await used()).toEqual([1, '1000', '1']);
  });

  it('without any step keeps its reservation too', async () => {
    const { planId } = await permitted();
    await report(planId, ACK, { steps_results: '[]' });
    expect(await reservation(planId)).toMatchObject({ state: 'reserved' });
    expect(await used()).toEqual([1, '1000', '1']);
  });

  it('is not released by a later result that says nothing was executed', async () => {
    const { planId } = await permitted();
    await report(planId, ACK);
    await report(planId, undefined, { error: 'duplicate_plan' });
    expect(await reservation(planId)).toMatchObject({ state: 'reserved' });
    expect(await used()).toEqual([1, '1000', '1']);
  });

  it('is committed by a later result that says how much', async () => {
    const { planId } = await permitted();
    await report(planId, ACK);
    await report(planId, { ...ACK, executed_qty: 0.4, avg_price: 900 });
    expect(await reservation(planId)).toMatchObject({ state: 'committed' });
    expect(await used()).toEqual([1, '360', '0.4']);
  });

  it.each(['4711', 'x-1'])('is committed by the fill that the ledger has counted under %s', async (name) => {
    const { planId } = await permitted();
    await report(planId, { ...ACK, client_order_id: 'x-1' });
    await testEnv.redis.set(testEnv.keys.fill(SYMBOL, name), '0.4');
    await sweptAfter(planId, 61_000);
    await eventually(async () => (await reservation(planId))['state'] === 'committed' || undefined);
    expect(await used()).toEqual([1, '400', '0.4']);
  });

  it('of a stop needs no quantity: it is placed', async () => {
    testEnv = await TestEnvironment.create({ marks: { [SYMBOL]: '1000' } });
    await writeSnapshot(testEnv, SYMBOL, '1');
    await testEnv.gate({ roles: 'governor', env: SNAPSHOTS });
    const planId = await publishPlan(testEnv, SYMBOL, {
      action: 'UPDATE_SL',
      kill_score: '0.1',
      new_sl_proposed: '900',
      steps: '[{"step":"UPDATE_SL","type":"stop_loss_order","price":900}]',
    });
    expect(await governorWord(testEnv, planId)).toMatchObject({ granted: true });
    await report(planId, { ...ACK, step: 'UPDATE_SL' });
    expect(await reservation(planId)).toMatchObject({ state: 'committed' });
  });

  it('starts the cooldown of the Position Brain, and no permit rests on a position that was read before it', async () => {
    testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '0.010' } });
    await testEnv.gate({ roles: 'position-brain', env: { ...QUICK, P33_COOLDOWN_SEC: '3' } });
    await untilKnown(testEnv, SYMBOL);
    expect(await askPosition(testEnv, SYMBOL)).toMatchObject({ allow: true });
    await publishResult(testEnv, SYMBOL, ACK);
    await untilSettled(testEnv, testEnv.keys.resultStream(), 'p33');
    expect(await askPosition(testEnv, SYMBOL)).toMatchObject({ allow: false, reason: 'cooldown_in_flight' });
    expect(await ledgerAmt(testEnv, SYMBOL)).toBe('0.01');
    // The order filled: once the cooldown is over the ledger does not agree, until a person reconciles it.
    testEnv.exchange.setPosition(SYMBOL, '0.002');
    await eventually(
      async () => (await askPosition(testEnv, SYMBOL))['reason'] === 'reconcile_required_qty_mismatch' || undefined,
      8_000,
    );
    expect(testEnv.orders()).toEqual([]);
  });
});

describe('a result that says executed with quantity 0 and the id of an order that filled', () => {
  /** What the guide's Apply does: it sends the order, is answered ACK, and reports no quantity. */
  async function sentByForeignApply(quantity: string, side = 'SELL'): Promise<string> {
    const order = { symbol: SYMBOL, side, type: 'MARKET', quantity, reduceOnly: 'true', newClientOrderId: 'guide-1' };
    expect((await call(testEnv.exchange, 'POST', '/fapi/v1/order', order)).status).toBe(200);
    return String(testEnv.orders().find(({ clientOrderId }) => clientOrderId === 'guide-1')?.orderId);
  }

  it.each(
    points([
      ['of a short position, whose side the result does not say', '-1', 'BUY', '0.4', '-0.6'],
      ['of a long position', '1', 'SELL', '0.4', '0.6'],
    ]),
  )(
    '%s: ledger, cooldown and limits follow the order that is looked up [S23]',
    async (_what, amount, side, qty, left) => {
      testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: amount } });
      const env = { ...QUICK, ...SNAPSHOTS, P33_COOLDOWN_SEC: '8' };
      const gate = await testEnv.gate({ roles: 'position-brain,governor', env });
      await untilKnown(testEnv, SYMBOL);
      const planId = await publishPlan(testEnv, SYMBOL);
      expect(await governorWord(testEnv, planId)).toMatchObject({ granted: true });
      const orderId = await sentByForeignApply(qty, side);
      const said = side === 'SELL' ? { side } : {};
      const filledMs = performance.now();
      await publishResult(testEnv, SYMBOL, { order_id: orderId, ...said, executed_qty: '0' }, { plan_id: planId });
      await untilSettled(testEnv, testEnv.keys.resultStream(), 'governor');
      expect(await reservation(planId)).toMatchObject({ state: 'reserved' });
      await untilLedger(testEnv, SYMBOL, left);
      expect(await testEnv.redis.get(testEnv.keys.fill(SYMBOL, orderId))).toBe(qty);
      await eventually(async () => (await testEnv.redis.exists(testEnv.keys.unknownFills())) === 0 || undefined);
      await sweptAfter(planId, 61_000);
      await eventually(async () => (await reservation(planId))['state'] === 'committed' || undefined);
      expect((await used())[2]).toBe(qty);
      expect(await askPosition(testEnv, SYMBOL)).toMatchObject({ allow: false, reason: 'cooldown_in_flight' });
      await eventually(async () => (await askPosition(testEnv, SYMBOL))['allow'] === true || undefined, 15_000);
      expect(performance.now() - filledMs).toBeGreaterThan(7_500);
      expect(gate.messages().join()).toContain(`order ${orderId} was looked up: FILLED, executed ${qty}`);
      // Read again it counts once.
      await publishResult(testEnv, SYMBOL, { order_id: orderId, side, executed_qty: qty }, { plan_id: planId });
      await untilSettled(testEnv, testEnv.keys.resultStream(), 'p33');
      expect(await ledgerAmt(testEnv, SYMBOL)).toBe(left);
    },
  );

  it('is looked up until the exchange shows it, also by the next process; until then the reservation stays [S23]', async () => {
    testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '1' } });
    const env = { ...QUICK, ...SNAPSHOTS };
    const first = await testEnv.gate({ roles: 'position-brain,governor', env });
    await untilKnown(testEnv, SYMBOL);
    const planId = await publishPlan(testEnv, SYMBOL);
    expect(await governorWord(testEnv, planId)).toMatchObject({ granted: true });
    testEnv.exchange.addFault({
      match: { method: 'GET', path: '/order', symbol: SYMBOL },
      action: { type: 'orderNotFoundFor', ms: 90_000 },
    });
    const orderId = await sentByForeignApply('0.4');
    await publishResult(testEnv, SYMBOL, { order_id: orderId, executed_qty: 0 }, { plan_id: planId });
    await untilSettled(testEnv, testEnv.keys.resultStream(), 'p33');
    await untilSettled(testEnv, testEnv.keys.resultStream(), 'governor');
    await sweptAfter(planId, 61_000);
    expect(await reservation(planId)).toMatchObject({ state: 'reserved' });
    expect(await ledgerAmt(testEnv, SYMBOL)).toBe('1');
    await first.stop();
    testEnv.exchange.clearFaults();
    await testEnv.gate({ roles: 'position-brain,governor', env });
    await untilLedger(testEnv, SYMBOL, '0.6');
    await sweptAfter(planId, 61_000);
    await eventually(async () => (await reservation(planId))['state'] === 'committed' || undefined);
  });

  it('and fills in parts is looked up until it is final: the ledger follows each part part of [S23]', async () => {
    testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '1' } });
    await testEnv.gate({ roles: 'position-brain', env: { ...QUICK, ...SNAPSHOTS } });
    await untilKnown(testEnv, SYMBOL);
    testEnv.exchange.addFault({
      match: { method: 'POST', path: '/order', symbol: SYMBOL },
      action: { type: 'respondAs', status: 'PARTIALLY_FILLED', executedQty: '0.1', fillAfterMs: 3_000 },
    });
    const orderId = await sentByForeignApply('0.4');
    await publishResult(testEnv, SYMBOL, { order_id: orderId, executed_qty: 0 });
    await untilLedger(testEnv, SYMBOL, '0.9');
    expect(await testEnv.redis.exists(testEnv.keys.unknownFills())).toBe(1);
    await untilLedger(testEnv, SYMBOL, '0.6', 8_000);
    await eventually(async () => (await testEnv.redis.exists(testEnv.keys.unknownFills())) === 0 || undefined);
  });

  it('and is shown after somebody wrote the ledger by hand is part of that amount: nothing counts on top [S23] [S22]', async () => {
    testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '1' } });
    await testEnv.gate({ roles: 'position-brain', env: { ...QUICK, ...SNAPSHOTS } });
    await untilKnown(testEnv, SYMBOL);
    testEnv.exchange.addFault({
      match: { method: 'GET', path: '/order', symbol: SYMBOL },
      action: { type: 'orderNotFoundFor', ms: 90_000 },
    });
    const orderId = await sentByForeignApply('0.4');
    await publishResult(testEnv, SYMBOL, { order_id: orderId, executed_qty: 0 });
    await untilSettled(testEnv, testEnv.keys.resultStream(), 'p33');
    await testEnv.redis.hset(testEnv.keys.ledger(SYMBOL), 'last_known_amt', '0.6');
    const by = (): Promise<string | null> => testEnv.redis.hget(testEnv.keys.ledger(SYMBOL), 'amt_by');
    await eventually(async () => (await by()) === 'hand' || undefined);
    testEnv.exchange.clearFaults();
    await eventually(async () => (await testEnv.redis.exists(testEnv.keys.unknownFills())) === 0 || undefined);
    expect(await testEnv.redis.get(testEnv.keys.fill(SYMBOL, orderId))).toBe('0.4');
    expect([await ledgerAmt(testEnv, SYMBOL), await by()]).toEqual(['0.6', 'hand']);
  });
});
