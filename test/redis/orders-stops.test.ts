import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call } from '../exchange/paper-client.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import { orderRequests, QUICK, resultOf, stepOf, submit, untilKnown } from './apply-support.js';

const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT', 'LINKUSDT', 'DOGEUSDT'];
const POSITIONS = { BTCUSDT: '0.010', ETHUSDT: '-2', SOLUSDT: '10', LINKUSDT: '10', DOGEUSDT: '1000' };

describe('UPDATE_SL', () => {
  let testEnv: TestEnvironment;
  let gate: Gate;
  beforeAll(async () => {
    testEnv = await TestEnvironment.create({ positions: POSITIONS });
    const env = {
      ...QUICK,
      P33_POLL_SEC: '0.05',
      APPLY_ALLOWLIST: SYMBOLS.join(','),
      EXCHANGE_RECV_WINDOW_MS: '300',
      EXCHANGE_ORDER_TIMEOUT_MS: '400',
      EXCHANGE_UNKNOWN_PROOF_SEC: '1',
    };
    gate = await testEnv.gate({ env });
    await untilKnown(testEnv, ...SYMBOLS);
  });
  afterAll(() => testEnv.close());

  async function move(symbol: string, price: string): Promise<{ planId: string; result: Record<string, string> }> {
    const { planId } = await submit(gate, symbol, 'UPDATE_SL', { new_sl_proposed: price, kill_score: '0.1' });
    return { planId, result: await resultOf(testEnv, planId) };
  }
  const stops = (symbol: string): Record<string, unknown>[] =>
    testEnv.exchange
      .records()
      .algoOrders.filter((stop) => stop.symbol === symbol)
      .map((stop) => ({ ...stop }));
  const open = (symbol: string): unknown[] => stops(symbol).filter(({ algoStatus }) => algoStatus === 'NEW');

  it('places a stop that only closes, and the next one replaces it [O11]', async () => {
    const first = await move('BTCUSDT', '60000.123');
    expect(first.result).toMatchObject({ decision: 'EXECUTE', executed: 'True', error: '', state: 'PLACED' });
    expect(stepOf(first.result)).toMatchObject({ step: 'UPDATE_SL', status: 'placed', side: 'SELL', executed_qty: 0 });
    expect(open('BTCUSDT')).toMatchObject([
      // On the tick that protects earlier: up, for a stop below a long position.
      {
        clientAlgoId: `pg-${first.planId}-0-1`,
        triggerPrice: '60000.2',
        side: 'SELL',
        orderType: 'STOP_MARKET',
        closePosition: true,
        reduceOnly: false,
      },
    ]);
    const second = await move('BTCUSDT', '61000');
    expect(second.result).toMatchObject({ executed: 'True', state: 'PLACED' });
    expect(stepOf(second.result)['details']).toMatchObject({ replaced: [`pg-${first.planId}-0-1`] });
    expect(open('BTCUSDT')).toMatchObject([{ clientAlgoId: `pg-${second.planId}-0-1`, triggerPrice: '61000' }]);
    expect(stops('BTCUSDT')[0]).toMatchObject({ algoStatus: 'CANCELED' });
    expect(await testEnv.redis.exists(testEnv.keys.inflight('BTCUSDT'))).toBe(0);
    expect(orderRequests(testEnv)).toEqual([]);
  });

  it('guards a short position with a stop that buys [O11]', async () => {
    const { planId, result } = await move('ETHUSDT', '3300.019');
    expect(result).toMatchObject({ executed: 'True', state: 'PLACED' });
    expect(open('ETHUSDT')).toMatchObject([{ clientAlgoId: `pg-${planId}-0-1`, side: 'BUY', triggerPrice: '3300.01' }]);
  });

  it('that would trigger at once is reported, never sent as a market order, and keeps the existing stop [O11]', async () => {
    const bare = await move('SOLUSDT', '155');
    expect(bare.result).toMatchObject({
      decision: 'ERROR',
      executed: 'False',
      error: 'order_rejected',
      state: 'REJECTED',
    });
    const standing = await move('SOLUSDT', '140');
    const crossed = await move('SOLUSDT', '155');
    expect(crossed.result).toMatchObject({
      executed: 'False',
      error: 'order_rejected',
      reason: 'the mark price 150 has already crossed the trigger',
    });
    expect(open('SOLUSDT')).toMatchObject([{ clientAlgoId: `pg-${standing.planId}-0-1`, triggerPrice: '140' }]);
    expect(orderRequests(testEnv)).toEqual([]);
    expect(await testEnv.redis.exists(testEnv.keys.inflight('SOLUSDT'))).toBe(0);
  });

  it('does not touch a foreign stop, and reports that it blocks [O11]', async () => {
    const theirs = {
      algoType: 'CONDITIONAL',
      symbol: 'LINKUSDT',
      side: 'SELL',
      type: 'STOP_MARKET',
      triggerPrice: '12',
      closePosition: 'true',
      clientAlgoId: 'by-hand',
    };
    expect((await call(testEnv.exchange, 'POST', '/fapi/v1/algoOrder', theirs)).status).toBe(200);
    const { result } = await move('LINKUSDT', '13');
    expect(result).toMatchObject({ executed: 'False', error: 'order_rejected' });
    expect(stepOf(result)['details']).toMatchObject({ code: '-4130' });
    expect(open('LINKUSDT')).toMatchObject([{ clientAlgoId: 'by-hand', triggerPrice: '12' }]);
  });

  it('with a lost reply is found by its client id; one that never arrived is proven absent [O1] [O2] [O11]', async () => {
    testEnv.exchange.addFault({ match: { method: 'POST', path: '/algoOrder' }, action: { type: 'loseReply' } });
    const lost = await move('DOGEUSDT', '0.11');
    expect(lost.result).toMatchObject({ executed: 'True', state: 'PLACED', client_order_id: `pg-${lost.planId}-0-1` });
    expect(open('DOGEUSDT')).toHaveLength(1);
    testEnv.exchange.addFault({ match: { method: 'POST', path: '/algoOrder' }, action: { type: 'loseRequest' } });
    const { planId } = await submit(gate, 'DOGEUSDT', 'UPDATE_SL', { new_sl_proposed: '0.115', kill_score: '0.1' });
    const absent = await resultOf(testEnv, planId, 1, 10_000);
    expect(absent).toMatchObject({ executed: 'False', error: 'order_not_found', state: 'NOT_FOUND' });
    expect(open('DOGEUSDT')).toMatchObject([{ clientAlgoId: `pg-${lost.planId}-0-1` }]);
  });
});
