import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FaultAction } from '../../src/paper-exchange/index.js';
import { eventually } from '../harness/eventually.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import { orderRequests, QUICK, resultOf, stepOf, submit, untilKnown } from './apply-support.js';
import { ledgerAmt, untilLedger } from './issuer-support.js';

const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT', 'LINKUSDT', 'DOGEUSDT', 'SPELLUSDT'];
const POSITIONS = {
  BTCUSDT: '0.040',
  ETHUSDT: '-2',
  SOLUSDT: '10',
  LINKUSDT: '10',
  DOGEUSDT: '1000',
  SPELLUSDT: '10000',
};
const OVERLOADED = 'Request throttled by system-level protection.';

let testEnv: TestEnvironment;
let gate: Gate;
beforeAll(async () => {
  testEnv = await TestEnvironment.create({ positions: POSITIONS });
  const env = {
    ...QUICK,
    APPLY_ALLOWLIST: SYMBOLS.join(','),
    EXCHANGE_RECV_WINDOW_MS: '300',
    EXCHANGE_ORDER_TIMEOUT_MS: '400',
  };
  gate = await testEnv.gate({ env });
  await untilKnown(testEnv, ...SYMBOLS);
});
afterAll(() => testEnv.close());

const answered = (status: number, more: object): FaultAction => ({ type: 'status', status, ...more });
const ordersOf = (symbol: string): readonly { readonly clientOrderId: string }[] =>
  testEnv.orders().filter((order) => order.symbol === symbol);
const requestsFor = (symbol: string): number =>
  orderRequests(testEnv).filter(({ params }) => params['symbol'] === symbol).length;

describe('an exchange that fills an order and answers 5xx', () => {
  it.each<[string, string, string, FaultAction, number, string]>([
    ['-1008', 'BTCUSDT', 'PARTIAL_50', answered(503, { code: -1008, msg: OVERLOADED }), 0.02, '0.02'],
    ['-1008, for a short', 'ETHUSDT', 'PARTIAL_50', answered(503, { code: -1008, msg: OVERLOADED }), 1, '-1'],
    [
      '"Service Unavailable."',
      'SOLUSDT',
      'PARTIAL_50',
      answered(503, { body: '{"msg":"Service Unavailable."}' }),
      5,
      '5',
    ],
    [
      '-1001, for a full close',
      'LINKUSDT',
      'FULL_CLOSE_PROPOSED',
      answered(503, { code: -1001, msg: 'Internal error; unable to process your request. Please try again.' }),
      10,
      '0',
    ],
    [
      '-2022',
      'DOGEUSDT',
      'PARTIAL_50',
      answered(500, { code: -2022, msg: 'ReduceOnly Order is rejected.' }),
      500,
      '500',
    ],
  ])('with %s gets one order: it is looked up and executed [E5]', async (...row) => {
    const [, symbol, action, answer, executedQty, left] = row;
    const before = requestsFor(symbol);
    testEnv.exchange.addFault({
      match: { method: 'POST', path: '/order', symbol },
      action: { ...answer, process: true } as FaultAction,
    });
    const { planId } = await submit(gate, symbol, action);
    const result = await resultOf(testEnv, planId);
    expect(result).toMatchObject({ executed: 'True', error: '', state: 'FILLED' });
    expect(stepOf(result)).toMatchObject({
      executed_qty: executedQty,
      details: { resolved: 'found by client order id' },
    });
    expect(requestsFor(symbol)).toBe(before + 1);
    expect(ordersOf(symbol)).toMatchObject([{ clientOrderId: `pg-${planId}-0-1` }]);
    await untilLedger(testEnv, symbol, left);
    expect(await ledgerAmt(testEnv, symbol)).toBe(left);
  });

  it('gets one request too when it did not accept the order: the plan waits for the proof, ends order_not_found and is tried again [E5]', async () => {
    testEnv.exchange.addFault({
      match: { method: 'POST', path: '/order', symbol: 'SPELLUSDT' },
      action: answered(503, { code: -1008, msg: OVERLOADED }),
    });
    const { planId } = await submit(gate, 'SPELLUSDT', 'PARTIAL_50');
    const result = await resultOf(testEnv, planId, 1, 10_000);
    expect(result).toMatchObject({ executed: 'False', error: 'order_not_found', state: 'NOT_FOUND' });
    expect(requestsFor('SPELLUSDT')).toBe(1);
    expect(await resultOf(testEnv, planId, 2, 10_000)).toMatchObject({ executed: 'True', error: '', state: 'FILLED' });
    expect(requestsFor('SPELLUSDT')).toBe(2);
  });

  it('gets one stop: it is looked up and placed [E5]', async () => {
    const symbol = 'SPELLUSDT';
    // The fill of the close before has reached the ledger, and the snapshot shows it.
    await eventually(async () => {
      const held = testEnv.exchange.records().positions.find((position) => position.symbol === symbol)?.amount;
      const { keys, redis } = testEnv;
      const seen = [
        await redis.hget(keys.ledger(symbol), 'last_known_amt'),
        await redis.hget(keys.snapshot(symbol), 'position_amt'),
      ];
      return (
        (seen.every((amount) => amount === held) && (await redis.exists(keys.inflight(symbol))) === 0) || undefined
      );
    });
    testEnv.exchange.addFault({
      match: { method: 'POST', path: '/algoOrder', symbol },
      action: { ...answered(503, { code: -1008, msg: OVERLOADED }), process: true } as FaultAction,
    });
    const { planId } = await submit(gate, symbol, 'UPDATE_SL', { new_sl_proposed: '0.0005', kill_score: '0.1' });
    expect(await resultOf(testEnv, planId)).toMatchObject({ executed: 'True', error: '', state: 'PLACED' });
    const { requests, algoOrders } = testEnv.exchange.records();
    expect(requests.filter(({ method, path }) => method === 'POST' && path.endsWith('/algoOrder'))).toHaveLength(1);
    expect(algoOrders.filter((stop) => stop.symbol === symbol)).toMatchObject([{ algoStatus: 'NEW' }]);
  });
});
