import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FaultAction } from '../../src/paper-exchange/index.js';
import { call } from '../exchange/paper-client.js';
import { eventually } from '../harness/eventually.js';
import { TestEnvironment } from '../harness/test-environment.js';
import { orderRequests, QUICK, resultOf, stepOf, untilKnown } from './apply-support.js';

const planOf = (clientOrderId: string): string => clientOrderId.slice(3, 19);
const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT', 'LINKUSDT', 'DOGEUSDT'];

describe('a refusal that passes, of a proposal that was written once', () => {
  let testEnv: TestEnvironment;
  beforeAll(async () => {
    testEnv = await TestEnvironment.create({ positions: Object.fromEntries(SYMBOLS.map((symbol) => [symbol, '100'])) });
    await testEnv.gate({ env: { ...QUICK, APPLY_ALLOWLIST: SYMBOLS.join(',') } });
    await untilKnown(testEnv, ...SYMBOLS);
  });
  afterAll(() => testEnv.close());

  const status = (code: number, msg: string) => ({ type: 'status', status: 400, code, msg }) as const;
  it.each<[string, string, FaultAction, Record<string, unknown>]>([
    [
      '-4131',
      'BTCUSDT',
      status(-4131, "The counterparty's best price does not meet the PERCENT_PRICE filter limit"),
      { code: '-4131', message: "The counterparty's best price does not meet the PERCENT_PRICE filter limit" },
    ],
    ['-2020', 'ETHUSDT', status(-2020, 'Unable to fill.'), { code: '-2020' }],
    [
      'EXPIRED with nothing filled',
      'SOLUSDT',
      { type: 'respondAs', status: 'EXPIRED', executedQty: '0' },
      { order_status: 'EXPIRED', message: 'the order ended EXPIRED without a fill' },
    ],
  ])('%s is carried out when the exchange takes it again [L7] part of [L6]', async (_, symbol, action, details) => {
    testEnv.exchange.addFault({ match: { method: 'POST', path: '/order', symbol }, action });
    await testEnv.propose(symbol, 'PARTIAL_50');
    const plan = await eventually(async () =>
      (await testEnv.plans()).find(({ fields }) => fields['symbol'] === symbol && fields['decision'] === 'EXECUTE'),
    );
    const planId = plan.fields['plan_id'] ?? '';
    const first = await resultOf(testEnv, planId);
    expect(first).toMatchObject({ executed: 'False', error: 'exchange_unavailable', state: 'BLOCKED' });
    expect(stepOf(first)).toMatchObject({ status: 'rejected', executed_qty: 0, details });
    const second = await resultOf(testEnv, planId, 2);
    expect(second).toMatchObject({ executed: 'True', error: '' });
    expect(stepOf(second)).toMatchObject({ executed_qty: 50 });
    expect(await testEnv.redis.exists(testEnv.keys.hold(symbol))).toBe(0);
    const traded = testEnv.exchange.records().trades.filter((trade) => trade.symbol === symbol);
    expect(traded.map(({ quantity }) => quantity)).toEqual(['50']);
  });

  it('an order that was cancelled before it filled is tried again [L7] part of [L6]', async () => {
    const symbol = 'LINKUSDT';
    testEnv.exchange.addFault({
      match: { method: 'POST', path: '/order', symbol },
      action: { type: 'respondAs', status: 'NEW', fillAfterMs: 60_000 },
    });
    await testEnv.propose(symbol, 'PARTIAL_50');
    const order = await eventually(() => testEnv.orders().find((each) => each.symbol === symbol));
    const planId = planOf(order.clientOrderId);
    await call(testEnv.exchange, 'DELETE', '/fapi/v1/order', { symbol, orderId: order.orderId });
    expect(await resultOf(testEnv, planId)).toMatchObject({ executed: 'False', error: 'exchange_unavailable' });
    expect(await resultOf(testEnv, planId, 2)).toMatchObject({ executed: 'True' });
  });

  it('an order that filled although it was refused is found before another is sent, and holds the symbol', async () => {
    const symbol = 'DOGEUSDT';
    testEnv.exchange.addFault({
      match: { method: 'POST', path: '/order', symbol },
      action: { ...status(-4131, 'PERCENT_PRICE'), process: true },
    });
    // Neither ledger nor stream knows of it: the look-up alone.
    testEnv.exchange.silenceUserStreams(true);
    await testEnv.propose(symbol, 'PARTIAL_50');
    const order = await eventually(() => testEnv.orders().find((each) => each.symbol === symbol));
    const planId = planOf(order.clientOrderId);
    expect(await resultOf(testEnv, planId)).toMatchObject({ executed: 'False', error: 'exchange_unavailable' });
    await resultOf(testEnv, planId, 2);
    testEnv.exchange.silenceUserStreams(false);
    expect(orderRequests(testEnv).filter(({ params }) => params['symbol'] === symbol)).toHaveLength(1);
  });
});
