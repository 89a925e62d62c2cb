import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FaultAction } from '../../src/paper-exchange/index.js';
import { call } from '../exchange/paper-client.js';
import { eventually, type Gate, World } from '../support/gate.js';
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

function hide(world: World, symbol: string, lost: FaultAction['type'] = 'loseReply'): void {
  const fault = (method: string, path: string, action: FaultAction): number =>
    world.exchange.addFault({ match: { method, path, symbol }, action });
  fault('POST', '/order', { type: lost } as FaultAction);
  fault('GET', '/order', { type: 'orderNotFoundFor', ms: LONG_MS });
  fault('GET', '/userTrades', { type: 'tradesNotFoundFor', ms: LONG_MS });
}

const ordersOf = (world: World, symbol: string): readonly object[] =>
  world.orders().filter((order) => order.symbol === symbol && order.clientOrderId.startsWith('pg-'));
const looks = async (world: World, planId: string): Promise<string[]> =>
  (await world.redis.lrange(world.keys.trace(planId), 0, -1)).filter((step) => step.includes('"looked"'));
const untilLooked = (world: World, planId: string, found: string): Promise<true> =>
  eventually(
    async () => (await looks(world, planId)).some((step) => step.includes(found)) || undefined,
    10_000,
    () => looks(world, planId),
  );
const resultsOf = async (world: World, planId: string): Promise<unknown[]> =>
  (await world.results()).filter(({ fields }) => fields['plan_id'] === planId);

describe('an order whose reply is lost and that the exchange does not find longer than the proof time', () => {
  let world: World;
  let gate: Gate;
  beforeAll(async () => {
    world = await World.create({ positions: POSITIONS });
    gate = await world.gate({ env });
    await untilKnown(world, ...SYMBOLS);
  });
  afterAll(() => world.close());

  it.each([
    ['a long position', 'BTCUSDT', 0.02, '0.02', 'SELL'],
    ['a short position', 'ETHUSDT', 1, '-1', 'BUY'],
  ])('of %s is executed by the word of the user stream part of [E1]', async (_what, symbol, qty, left, side) => {
    hide(world, symbol);
    const { planId } = await submit(gate, symbol, 'PARTIAL_50');
    const result = await resultOf(world, planId);
    expect(result).toMatchObject({
      decision: 'EXECUTE',
      executed: 'True',
      error: '',
      state: 'FILLED',
      client_order_id: `pg-${planId}-0-1`,
    });
    const [order] = world.exchange.records().orders.filter((each) => each.symbol === symbol);
    expect(stepOf(result)).toMatchObject({
      status: 'filled',
      side,
      executed_qty: qty,
      order_id: String(order?.orderId),
      details: { resolved: 'executed by the word of the user stream' },
    });
    await untilLedger(world, symbol, left);
    const reservation = world.keys.reservation(planId, '1');
    await eventually(async () => (await world.redis.hget(reservation, 'state')) === 'committed' || undefined);
    expect(await world.redis.hget(world.keys.usage(symbol), 'qty')).toBe(String(qty));
    await sleep(PROOF_OVER_MS);
    expect(await resultsOf(world, planId)).toHaveLength(1);
    expect(ordersOf(world, symbol)).toHaveLength(1);
    expect(await ledgerAmt(world, symbol)).toBe(left);
  });

  it('is executed for the part that the stream told of, once the position moved by the same part part of [E1]', async () => {
    hide(world, 'LINKUSDT');
    world.exchange.addFault({
      match: { method: 'POST', path: '/order', symbol: 'LINKUSDT' },
      action: { type: 'respondAs', status: 'EXPIRED', executedQty: '2' },
    });
    const { planId } = await submit(gate, 'LINKUSDT', 'PARTIAL_50');
    const result = await resultOf(world, planId, 1, 10_000);
    expect(result).toMatchObject({ executed: 'True', error: '', state: 'PARTLY_FILLED' });
    expect(stepOf(result)).toMatchObject({ status: 'partly_filled', quantity: 5, executed_qty: 2 });
    await untilLedger(world, 'LINKUSDT', '8');
    expect(ordersOf(world, 'LINKUSDT')).toHaveLength(1);
  });

  it('is neither absent nor executed where stream and position disagree about how much filled part of [E1] [E2]', async () => {
    hide(world, 'SOLUSDT', 'loseRequest');
    const { planId } = await submit(gate, 'SOLUSDT', 'PARTIAL_50');
    await world.redis.set(world.keys.fill('SOLUSDT', `pg-${planId}-0-1`), '3');
    await untilLooked(world, planId, 'the user stream reported 3 of it as filled, and the position moved by 0');
    expect(await stateOf(world, planId)).toBe('UNKNOWN');
    expect(await resultsOf(world, planId)).toEqual([]);
  });

  it('and whose recorded fill cannot be read stays unknown, and no other plan waits for it part of [E1]', async () => {
    hide(world, 'DOGEUSDT', 'loseRequest');
    const { planId } = await submit(gate, 'DOGEUSDT', 'PARTIAL_50');
    await world.redis.set(world.keys.fill('DOGEUSDT', `pg-${planId}-0-1`), 'half of it');
    await untilLooked(world, planId, 'the recorded fill of the order cannot be read');
    expect(await stateOf(world, planId)).toBe('UNKNOWN');
    const other = await submit(gate, 'SPELLUSDT', 'PARTIAL_50');
    expect(await resultOf(world, other.planId)).toMatchObject({ executed: 'True' });
  });

  it('holds its symbol when a later attempt finds the fill recorded that the exchange does not show part of [E1]', async () => {
    const symbol = '1000SHIBUSDT';
    const refused: FaultAction = {
      type: 'status',
      status: 429,
      code: -1003,
      msg: 'x',
      headers: { 'Retry-After': '1' },
    };
    world.exchange.addFault({ match: { method: 'POST', path: '/order', symbol }, action: refused });
    const { planId } = await submit(gate, symbol, 'PARTIAL_50');
    expect(await resultOf(world, planId)).toMatchObject({ error: 'exchange_unavailable' });
    await world.redis.set(world.keys.fill(symbol, `pg-${planId}-0-1`), '5000');
    const second = await resultOf(world, planId, 2, 10_000);
    expect(second).toMatchObject({ executed: 'False', error: 'order_outcome_unknown', state: 'BLOCKED' });
    expect(second['reason']).toMatch(/of this plan filled 5000 by the user stream/);
    expect(await world.redis.get(world.keys.hold(symbol))).toContain('filled 5000 by the user stream');
    expect(ordersOf(world, symbol)).toEqual([]);
  });
});

describe('the same with a silent user stream', () => {
  let world: World;
  let gate: Gate;
  beforeAll(async () => {
    world = await World.create({ positions: POSITIONS });
    world.exchange.addFault({ action: { type: 'silentStream' } });
    gate = await world.gate({ env });
    await untilKnown(world, ...SYMBOLS);
  });
  afterAll(() => world.close());

  it.each<[string, string, string, FaultAction | undefined]>([
    ['a long position', 'BTCUSDT', '-0.02', undefined],
    ['a short position', 'ETHUSDT', '1', undefined],
    ['a partial fill', 'SOLUSDT', '-2', { type: 'respondAs', status: 'EXPIRED', executedQty: '2' }],
  ])('%s: never absent while the position moved; the symbol stays blocked part of [E2]', async (...row) => {
    const [, symbol, moved, answer] = row;
    hide(world, symbol);
    if (answer !== undefined)
      world.exchange.addFault({ match: { method: 'POST', path: '/order', symbol }, action: answer });
    const { planId } = await submit(gate, symbol, 'PARTIAL_50');
    await untilLooked(world, planId, `the position moved by ${moved}, which no trade of another order explains`);
    expect(await stateOf(world, planId)).toBe('UNKNOWN');
    expect(await world.redis.get(world.keys.inflight(symbol))).toBe(`${planId}:1`);
    const next = await submit(gate, symbol, 'PARTIAL_50');
    expect(await resultOf(world, next.planId)).toMatchObject({ executed: 'False' });
    expect(await resultsOf(world, planId)).toEqual([]);
    expect(ordersOf(world, symbol)).toHaveLength(1);
  });

  it('an order that never arrived is absent although a person closed a part meanwhile: their trade explains it part of [E2] [O2]', async () => {
    const symbol = 'LINKUSDT';
    world.exchange.addFault({ match: { method: 'POST', path: '/order', symbol }, action: { type: 'loseRequest' } });
    const { planId } = await submit(gate, symbol, 'PARTIAL_50');
    await untilState(world, planId, 'UNKNOWN');
    const byHand = {
      symbol,
      side: 'SELL',
      type: 'MARKET',
      quantity: '5',
      reduceOnly: 'true',
      newClientOrderId: 'by-hand',
    };
    expect((await call(world.exchange, 'POST', '/fapi/v1/order', byHand)).status).toBe(200);
    const result = await resultOf(world, planId, 1, 10_000);
    expect(result).toMatchObject({ executed: 'False', error: 'order_not_found', state: 'NOT_FOUND' });
    expect(ordersOf(world, symbol)).toEqual([]);
  });

  it('an order that filled is not explained by the trade of a person who bought a part back part of [E2]', async () => {
    const symbol = 'DOGEUSDT';
    hide(world, symbol);
    const { planId } = await submit(gate, symbol, 'PARTIAL_50');
    await eventually(() => ordersOf(world, symbol).length === 1 || undefined);
    const byHand = { symbol, side: 'BUY', type: 'MARKET', quantity: '200', newClientOrderId: 'by-hand-doge' };
    expect((await call(world.exchange, 'POST', '/fapi/v1/order', byHand)).status).toBe(200);
    await untilLooked(world, planId, 'the position moved by -300, which no trade of another order explains');
    expect(await stateOf(world, planId)).toBe('UNKNOWN');
  });
});

describe('an order on a permit that does not say the position', () => {
  it('is not proven absent: it stays unknown, and the trace says what cannot vote part of [E2]', async () => {
    const world = await World.create({ positions: POSITIONS });
    try {
      const gate = await world.gate({ roles: 'apply', env });
      await world.redis.hset(world.keys.snapshot('BTCUSDT'), { position_amt: '0.04', ts_ms: '1' });
      world.exchange.addFault({ match: { method: 'POST', path: '/order' }, action: { type: 'loseRequest' } });
      const { planId } = await submit(gate, 'BTCUSDT', 'PARTIAL_50');
      const { exchange_position_amt: _amount, ...permit } = JSON.parse(foreignPermit('BTCUSDT', 0.02, 0.04));
      await handwrite(world, planId, { governor: GRANT, p33: JSON.stringify(permit) });
      await untilLooked(world, planId, 'the position before the claim is not known');
      expect(await stateOf(world, planId)).toBe('UNKNOWN');
      expect(orderRequests(world)).toHaveLength(1);
    } finally {
      await world.close();
    }
  });
});

describe('a stop whose reply is lost', () => {
  it('is placed when only the list of open stops shows it part of [E4]', async () => {
    const world = await World.create({ positions: POSITIONS });
    try {
      const gate = await world.gate({ env });
      await untilKnown(world, 'BTCUSDT');
      world.exchange.addFault({ match: { method: 'POST', path: '/algoOrder' }, action: { type: 'loseReply' } });
      world.exchange.addFault({
        match: { method: 'GET', path: '/algoOrder' },
        action: { type: 'status', status: 400, code: -2013, msg: 'Order does not exist.' },
        times: -1,
      });
      const { planId } = await submit(gate, 'BTCUSDT', 'UPDATE_SL', { new_sl_proposed: '50000', kill_score: '0.1' });
      const result = await resultOf(world, planId, 1, 10_000);
      expect(result).toMatchObject({ executed: 'True', error: '', state: 'PLACED' });
      expect(stepOf(result)).toMatchObject({
        status: 'placed',
        details: { resolved: 'found in the list of open algo orders' },
      });
    } finally {
      await world.close();
    }
  });
});
