import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FaultAction } from '../../src/paper-exchange/index.js';
import { call } from '../exchange/paper-client.js';
import { eventually } from '../harness/eventually.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import { points } from '../harness/points.js';
import {
  foreignPermit,
  GRANT,
  handwrite,
  orderRequests,
  QUICK,
  resultOf,
  sleep,
  stateOf,
  stepOf,
  submit,
  untilKnown,
  untilState,
} from './apply-support.js';
import { ledgerAmt, untilLedger } from './issuer-support.js';

const POSITIONS = {
  BTCUSDT: '0.040',
  ETHUSDT: '-2',
  SOLUSDT: '10',
  LINKUSDT: '10',
  DOGEUSDT: '1000',
  SPELLUSDT: '10000',
  '1000SHIBUSDT': '10000',
};
const SYMBOLS = Object.keys(POSITIONS);
const env = {
  ...QUICK,
  APPLY_ALLOWLIST: SYMBOLS.join(','),
  EXCHANGE_RECV_WINDOW_MS: '300',
  EXCHANGE_ORDER_TIMEOUT_MS: '400',
  EXCHANGE_UNKNOWN_PROOF_SEC: '1',
};
/** Recv window, clock skew and proof time: what is not proven by then is not proven by the clock. */
const PROOF_OVER_MS = 3_500;
const LONG_MS = 90_000;

function hide(testEnv: TestEnvironment, symbol: string, lost: FaultAction['type'] = 'loseReply'): void {
  const fault = (method: string, path: string, action: FaultAction): number =>
    testEnv.exchange.addFault({ match: { method, path, symbol }, action });
  fault('POST', '/order', { type: lost } as FaultAction);
  fault('GET', '/order', { type: 'orderNotFoundFor', ms: LONG_MS });
  fault('GET', '/userTrades', { type: 'tradesNotFoundFor', ms: LONG_MS });
}

const ordersOf = (testEnv: TestEnvironment, symbol: string): readonly object[] =>
  testEnv.orders().filter((order) => order.symbol === symbol && order.clientOrderId.startsWith('pg-'));
const looks = async (testEnv: TestEnvironment, planId: string): Promise<string[]> =>
  (await testEnv.redis.lrange(testEnv.keys.trace(planId), 0, -1)).filter((step) => step.includes('"looked"'));
const untilLooked = (testEnv: TestEnvironment, planId: string, found: string): Promise<true> =>
  eventually(
    async () => (await looks(testEnv, planId)).some((step) => step.includes(found)) || undefined,
    10_000,
    () => looks(testEnv, planId),
  );
const resultsOf = async (testEnv: TestEnvironment, planId: string): Promise<unknown[]> =>
  (await testEnv.results()).filter(({ fields }) => fields['plan_id'] === planId);

describe('an order with a lost reply that the exchange does not find for longer than the proof time', () => {
  let testEnv: TestEnvironment;
  let gate: Gate;
  beforeAll(async () => {
    testEnv = await TestEnvironment.create({ positions: POSITIONS });
    gate = await testEnv.gate({ env });
    await untilKnown(testEnv, ...SYMBOLS);
  });
  afterAll(() => testEnv.close());

  it.each(
    points([
      ['a long position', 'BTCUSDT', 0.02, '0.02', 'SELL'],
      ['a short position', 'ETHUSDT', 1, '-1', 'BUY'],
    ]),
  )('of %s is executed by the word of the user stream part of [E1]', async (_what, symbol, qty, left, side) => {
    hide(testEnv, symbol);
    const { planId } = await submit(gate, symbol, 'PARTIAL_50');
    const result = await resultOf(testEnv, planId);
    expect(result).toMatchObject({
      decision: 'EXECUTE',
      executed: 'True',
      error: '',
      state: 'FILLED',
      client_order_id: `pg-${planId}-0-1`,
    });
    const [order] = testEnv.exchange.records().orders.filter((each) => each.symbol === symbol);
    expect(stepOf(result)).toMatchObject({
      status: 'filled',
      side,
      executed_qty: qty,
      order_id: String(order?.orderId),
      details: { resolved: 'executed by the word of the user stream' },
    });
    await untilLedger(testEnv, symbol, left);
    const reservation = testEnv.keys.reservation(planId, '1');
    await eventually(async () => (await testEnv.redis.hget(reservation, 'state')) === 'committed' || undefined);
    expect(await testEnv.redis.hget(testEnv.keys.usage(symbol), 'qty')).toBe(String(qty));
    await sleep(PROOF_OVER_MS);
    expect(await resultsOf(testEnv, planId)).toHaveLength(1);
    expect(ordersOf(testEnv, symbol)).toHaveLength(1);
    expect(await ledgerAmt(testEnv, symbol)).toBe(left);
  });

  it('is executed for the part that the stream reported, after the position moved by the same part part of [E1]', async () => {
    hide(testEnv, 'LINKUSDT');
    testEnv.exchange.addFault({
      match: { method: 'POST', path: '/order', symbol: 'LINKUSDT' },
      action: { type: 'respondAs', status: 'EXPIRED', executedQty: '2' },
    });
    const { planId } = await submit(gate, 'LINKUSDT', 'PARTIAL_50');
    const result = await resultOf(testEnv, planId, 1, 10_000);
    expect(result).toMatchObject({ executed: 'True', error: '', state: 'PARTLY_FILLED' });
    expect(stepOf(result)).toMatchObject({ status: 'partly_filled', quantity: 5, executed_qty: 2 });
    await untilLedger(testEnv, 'LINKUSDT', '8');
    expect(ordersOf(testEnv, 'LINKUSDT')).toHaveLength(1);
  });

  it('is neither absent nor executed when stream and position disagree about the filled quantity part of [E1] [E2]', async () => {
    hide(testEnv, 'SOLUSDT', 'loseRequest');
    const { planId } = await submit(gate, 'SOLUSDT', 'PARTIAL_50');
    await testEnv.redis.set(testEnv.keys.fill('SOLUSDT', `pg-${planId}-0-1`), '3');
    await untilLooked(testEnv, planId, 'the user stream reported 3 of it as filled, and the position moved by 0');
    expect(await stateOf(testEnv, planId)).toBe('UNKNOWN');
    expect(await resultsOf(testEnv, planId)).toEqual([]);
  });

  it('with an unreadable recorded fill stays unknown, and no other plan waits for it part of [E1]', async () => {
    hide(testEnv, 'DOGEUSDT', 'loseRequest');
    const { planId } = await submit(gate, 'DOGEUSDT', 'PARTIAL_50');
    await testEnv.redis.set(testEnv.keys.fill('DOGEUSDT', `pg-${planId}-0-1`), 'half of it');
    await untilLooked(testEnv, planId, 'the recorded fill of the order cannot be read');
    expect(await stateOf(testEnv, planId)).toBe('UNKNOWN');
    const other = await submit(gate, 'SPELLUSDT', 'PARTIAL_50');
    expect(await resultOf(testEnv, other.planId)).toMatchObject({ executed: 'True' });
  });

  it('holds its symbol when a later attempt finds a recorded fill that the exchange does not show part of [E1]', async () => {
    const symbol = '1000SHIBUSDT';
    const refused: FaultAction = {
      type: 'status',
      status: 429,
      code: -1003,
      msg: 'x',
      headers: { 'Retry-After': '1' },
    };
    testEnv.exchange.addFault({ match: { method: 'POST', path: '/order', symbol }, action: refused });
    const { planId } = await submit(gate, symbol, 'PARTIAL_50');
    expect(await resultOf(testEnv, planId)).toMatchObject({ error: 'exchange_unavailable' });
    await testEnv.redis.set(testEnv.keys.fill(symbol, `pg-${planId}-0-1`), '5000');
    const second = await resultOf(testEnv, planId, 2, 10_000);
    expect(second).toMatchObject({ executed: 'False', error: 'order_outcome_unknown', state: 'BLOCKED' });
    expect(second['reason']).toMatch(/of this plan filled 5000 according to the user stream/);
    expect(await testEnv.redis.get(testEnv.keys.hold(symbol))).toContain('filled 5000 according to the user stream');
    expect(ordersOf(testEnv, symbol)).toEqual([]);
  });
});

describe('the same with a silent user stream', () => {
  let testEnv: TestEnvironment;
  let gate: Gate;
  beforeAll(async () => {
    testEnv = await TestEnvironment.create({ positions: POSITIONS });
    testEnv.exchange.addFault({ action: { type: 'silentStream' } });
    gate = await testEnv.gate({ env });
    await untilKnown(testEnv, ...SYMBOLS);
  });
  afterAll(() => testEnv.close());

  it.each(
    points<[string, string, string, FaultAction | undefined]>(
      [
        ['a long position', 'BTCUSDT', '-0.02', undefined],
        ['a short position', 'ETHUSDT', '1', undefined],
        ['a partial fill', 'SOLUSDT', '-2', { type: 'respondAs', status: 'EXPIRED', executedQty: '2' }],
      ],
      2,
    ),
  )('%s: never absent while the position moved; the symbol stays blocked part of [E2]', async (...row) => {
    const [, symbol, moved, answer] = row;
    hide(testEnv, symbol);
    if (answer !== undefined)
      testEnv.exchange.addFault({ match: { method: 'POST', path: '/order', symbol }, action: answer });
    const { planId } = await submit(gate, symbol, 'PARTIAL_50');
    await untilLooked(testEnv, planId, `the position moved by ${moved}, which no trade of another order explains`);
    expect(await stateOf(testEnv, planId)).toBe('UNKNOWN');
    expect(await testEnv.redis.get(testEnv.keys.inflight(symbol))).toBe(`${planId}:1`);
    const next = await submit(gate, symbol, 'PARTIAL_50');
    expect(await resultOf(testEnv, next.planId)).toMatchObject({ executed: 'False' });
    expect(await resultsOf(testEnv, planId)).toEqual([]);
    expect(ordersOf(testEnv, symbol)).toHaveLength(1);
  });

  it('an order that never arrived is absent although somebody closed a part: that trade explains the change part of [E2] [O2]', async () => {
    const symbol = 'LINKUSDT';
    testEnv.exchange.addFault({ match: { method: 'POST', path: '/order', symbol }, action: { type: 'loseRequest' } });
    const { planId } = await submit(gate, symbol, 'PARTIAL_50');
    await untilState(testEnv, planId, 'UNKNOWN');
    const byHand = {
      symbol,
      side: 'SELL',
      type: 'MARKET',
      quantity: '5',
      reduceOnly: 'true',
      newClientOrderId: 'by-hand',
    };
    expect((await call(testEnv.exchange, 'POST', '/fapi/v1/order', byHand)).status).toBe(200);
    const result = await resultOf(testEnv, planId, 1, 10_000);
    expect(result).toMatchObject({ executed: 'False', error: 'order_not_found', state: 'NOT_FOUND' });
    expect(ordersOf(testEnv, symbol)).toEqual([]);
  });

  it('an order that filled is not explained by a foreign trade that bought a part back part of [E2]', async () => {
    const symbol = 'DOGEUSDT';
    hide(testEnv, symbol);
    const { planId } = await submit(gate, symbol, 'PARTIAL_50');
    await eventually(() => ordersOf(testEnv, symbol).length === 1 || undefined);
    const byHand = { symbol, side: 'BUY', type: 'MARKET', quantity: '200', newClientOrderId: 'by-hand-doge' };
    expect((await call(testEnv.exchange, 'POST', '/fapi/v1/order', byHand)).status).toBe(200);
    await untilLooked(testEnv, planId, 'the position moved by -300, which no trade of another order explains');
    expect(await stateOf(testEnv, planId)).toBe('UNKNOWN');
  });
});

describe('an order on a permit that does not state the position', () => {
  it('is not proven absent: it stays unknown, and the trace names the missing evidence part of [E2]', async () => {
    const testEnv = await TestEnvironment.create({ positions: POSITIONS });
    try {
      const gate = await testEnv.gate({ roles: 'apply', env });
      await testEnv.redis.hset(testEnv.keys.snapshot('BTCUSDT'), { position_amt: '0.04', ts_ms: '1' });
      testEnv.exchange.addFault({ match: { method: 'POST', path: '/order' }, action: { type: 'loseRequest' } });
      const { planId } = await submit(gate, 'BTCUSDT', 'PARTIAL_50');
      const { exchange_position_amt: _amount, ...permit } = JSON.parse(foreignPermit('BTCUSDT', 0.02, 0.04));
      await handwrite(testEnv, planId, { governor: GRANT, p33: JSON.stringify(permit) });
      await untilLooked(testEnv, planId, 'the position before the claim is not known');
      expect(await stateOf(testEnv, planId)).toBe('UNKNOWN');
      expect(orderRequests(testEnv)).toHaveLength(1);
    } finally {
      await testEnv.close();
    }
  });
});

describe('a stop whose reply is lost', () => {
  it('is placed when the look-up says -2013 and the list of open stops shows it [E4]', async () => {
    const testEnv = await TestEnvironment.create({ positions: POSITIONS });
    try {
      const gate = await testEnv.gate({ env });
      await untilKnown(testEnv, 'BTCUSDT');
      testEnv.exchange.addFault({ match: { method: 'POST', path: '/algoOrder' }, action: { type: 'loseReply' } });
      testEnv.exchange.addFault({
        match: { method: 'GET', path: '/algoOrder' },
        action: { type: 'status', status: 400, code: -2013, msg: 'Order does not exist.' },
        times: -1,
      });
      const { planId } = await submit(gate, 'BTCUSDT', 'UPDATE_SL', { new_sl_proposed: '50000', kill_score: '0.1' });
      const result = await resultOf(testEnv, planId, 1, 10_000);
      expect(result).toMatchObject({ executed: 'True', error: '', state: 'PLACED' });
      expect(stepOf(result)).toMatchObject({
        status: 'placed',
        details: {
          resolved: 'found in the list of open algo orders',
          evidence: { settled_by: 'open_algo_orders', look_up: 'not found', open_algo_orders: 'listed' },
        },
      });
    } finally {
      await testEnv.close();
    }
  });
});
