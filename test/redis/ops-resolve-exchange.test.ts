import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { createCcxtExchange } from '../../src/exchange/ccxt-exchange.js';
import type { ExchangePort } from '../../src/exchange/exchange.port.js';
import { DEFAULT_API_KEY, DEFAULT_API_SECRET, type FaultAction } from '../../src/paper-exchange/index.js';
import { call, market } from '../exchange/paper-client.js';
import { TestEnvironment } from '../harness/test-environment.js';
import { stepOf } from './apply-support.js';
import { OpsApp, UNKNOWN_ORDER, UNKNOWN_PLAN, writeUnknown } from './ops-support.js';

let testEnv: TestEnvironment;
let exchange: ExchangePort;
let ops: OpsApp;
beforeEach(async () => {
  testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.010' } });
  exchange = createCcxtExchange({
    restUrl: testEnv.exchange.restUrl,
    account: 'testnet',
    apiKey: DEFAULT_API_KEY,
    apiSecret: DEFAULT_API_SECRET,
    recvWindowMs: 2000,
    orderTimeoutMs: 2000,
    readTimeoutMs: 2000,
  });
  await exchange.connect();
  ops = await OpsApp.start({
    socket: inject('redisSocket'),
    environment: {
      REDIS_KEY_PREFIX: testEnv.prefix,
      EXCHANGE_UNKNOWN_PROOF_SEC: '1',
      EXCHANGE_REST_URL: testEnv.exchange.restUrl,
    },
    context: (context) => (context.exchange = exchange),
  });
});
afterEach(async () => {
  await ops.close();
  await exchange.close();
  await testEnv.close();
});

const NOT_FOUND: FaultAction = { type: 'status', status: 400, code: -2013, msg: 'Order does not exist.' };
const fault = (path: string, action: FaultAction): number =>
  testEnv.exchange.addFault({ match: { method: 'GET', path }, action, times: -1 });
/** The order by its own name, and a look-up that does not find it. */
const traded = async (quantity: string): Promise<void> => {
  expect((await market(testEnv.exchange, 'SELL', quantity, { newClientOrderId: UNKNOWN_ORDER })).status).toBe(200);
  fault('/order', NOT_FOUND);
};
/** Accepted, and nothing of it filled for a minute. */
const openOrder = async (): Promise<void> => {
  const match = { method: 'POST', path: '/order' };
  testEnv.exchange.addFault({ match, action: { type: 'respondAs', status: 'NEW', fillAfterMs: 60_000 } });
  const more = { reduceOnly: true, newClientOrderId: UNKNOWN_ORDER };
  expect((await market(testEnv.exchange, 'SELL', '0.007', more)).json).toMatchObject({ status: 'NEW' });
};
const stopOrder = async (): Promise<void> => {
  const stop = { symbol: 'BTCUSDT', side: 'SELL', type: 'STOP_MARKET', algoType: 'CONDITIONAL', triggerPrice: '1000' };
  const more = { closePosition: true, clientAlgoId: UNKNOWN_ORDER };
  expect(await call(testEnv.exchange, 'POST', '/fapi/v1/algoOrder', { ...stop, ...more })).toMatchObject({
    status: 200,
  });
};
const STOP = { action: 'UPDATE_SL', quantity: '' };
const resolve = (outcome: string, executed_qty = '0') =>
  ops.call('POST', `/api/v1/plans/${UNKNOWN_PLAN}/resolve`, 'admin', { outcome, executed_qty, reason: 'seen' });

describe('a resolution in a process with exchange keys', () => {
  it.each<[string, () => Promise<unknown>, readonly [string, string?], RegExp, object?]>([
    ['filled, and the position did not move', async () => undefined, ['filled', '0.007'], /moved by 0, not by -0\.007/],
    [
      'partly filled, and the position did not move',
      async () => undefined,
      ['partly_filled', '0.003'],
      /moved by 0, not by -0\.003/,
    ],
    ['filled, and a part traded', () => traded('0.003'), ['filled', '0.007'], /^0\.003 traded on its side, not 0\.007/],
    ['partly filled, and more traded', () => traded('0.007'), ['partly_filled', '0.003'], /^0\.007 traded on its side/],
    ['not found, and it traded', () => traded('0.007'), ['not_found'], /^0\.007 traded on its side$/],
    [
      'not found, and the trades are not shown, but the position fell by it',
      async () => {
        fault('/userTrades', { type: 'tradesNotFoundFor', ms: 90_000 });
        await traded('0.007');
      },
      ['not_found'],
      /^the position moved by -0\.007, which no trade of another order explains$/,
    ],
    [
      'not found, and the look-up finds it',
      () => market(testEnv.exchange, 'SELL', '0.007', { newClientOrderId: UNKNOWN_ORDER }),
      ['not_found'],
      /^the exchange shows it: FILLED, executed 0\.007$/,
    ],
    [
      'not found, and the look-up does not find it, but the open orders list it',
      async () => {
        await openOrder();
        fault('/order', NOT_FOUND);
      },
      ['not_found'],
      /^the list of open orders shows it$/,
    ],
    ['filled, and the order is open', openOrder, ['filled', '0.007'], /^the exchange shows it: NEW, executed 0$/],
    [
      'not found, and the look-up does not find the stop, but the open algo orders list it',
      async () => {
        await stopOrder();
        fault('/algoOrder', NOT_FOUND);
      },
      ['not_found'],
      /^the exchange shows it: the list of open algo orders has it$/,
      STOP,
    ],
    [
      'placed, and neither look-up nor list shows the stop',
      async () => undefined,
      ['placed'],
      /^neither the look-up nor the list of open algo orders shows it/,
      STOP,
    ],
    [
      'not found, and the user stream reported its fill',
      () => testEnv.redis.set(testEnv.keys.fill('BTCUSDT', UNKNOWN_ORDER), '0.007'),
      ['not_found'],
      /^the user stream reported 0\.007 of it as filled$/,
    ],
    [
      'not found, and the ledger moved by it',
      () =>
        testEnv.redis.hset(testEnv.keys.ledger('BTCUSDT'), {
          last_known_amt: '0.003',
          last_result_plan_id: UNKNOWN_PLAN,
        }),
      ['not_found'],
      /^the ledger's last fill is one of this plan$/,
    ],
  ])('is refused with the evidence, and changes nothing: %s [E3]', async (_what, given, said, evidence, hash) => {
    await writeUnknown(ops, hash as Record<string, string>);
    await given();
    const before = await testEnv.redis.hgetall(testEnv.keys.journal(UNKNOWN_PLAN));
    const { status, body } = await resolve(...said);
    expect([status, body.type]).toEqual([409, 'urn:permit-gate:problem:resolution-contradicted']);
    expect(body.evidence).toMatch(evidence);
    expect(body.detail).toContain(body.evidence);
    expect(await testEnv.redis.hgetall(testEnv.keys.journal(UNKNOWN_PLAN))).toEqual(before);
    expect(await testEnv.redis.get(testEnv.keys.inflight('BTCUSDT'))).toBe(`${UNKNOWN_PLAN}:1`);
    expect(await testEnv.results()).toEqual([]);
  });

  const UNREACHABLE: FaultAction = { type: 'status', status: 503, body: 'down' };
  it.each<[string, () => Promise<unknown>, readonly [string, string?], string, object, object?]>([
    ['not found, and nothing shows it', async () => undefined, ['not_found'], 'NOT_FOUND', { look_up: 'not found' }],
    [
      'filled, as the look-up finds it',
      () => market(testEnv.exchange, 'SELL', '0.007', { newClientOrderId: UNKNOWN_ORDER }),
      ['filled', '0.007'],
      'FILLED',
      { look_up: 'FILLED, executed 0.007' },
    ],
    ['filled, as it traded', () => traded('0.007'), ['filled', '0.007'], 'FILLED', { open_orders: 'not listed' }],
    [
      'filled, and the position stands still, because others bought as much',
      async () => {
        await market(testEnv.exchange, 'BUY', '0.007', { newClientOrderId: 'by-hand' });
        testEnv.exchange.setPosition('BTCUSDT', '0.010');
      },
      ['filled', '0.007'],
      'FILLED',
      { position_after: '0.01', trades: '0 that may be its own, 1 of others' },
    ],
    [
      'placed, and it is listed',
      stopOrder,
      ['placed'],
      'PLACED',
      { look_up: 'the list of open algo orders has it' },
      STOP,
    ],
    [
      'filled, and the exchange cannot be asked',
      async () => {
        for (const path of ['/order', '/positionRisk', '/userTrades', '/openOrders']) fault(path, UNREACHABLE);
      },
      ['filled', '0.007'],
      'FILLED',
      { missing: ['look_up', 'open_orders', 'trades', 'user_stream', 'position_after'] },
    ],
  ])('is taken, with what each source said: %s part of [E3] [E7]', async (_what, given, said, state, told, hash) => {
    await writeUnknown(ops, hash as Record<string, string>);
    await given();
    const { body } = await resolve(...said);
    expect(body).toMatchObject({ state });
    const [result] = await testEnv.results();
    expect(stepOf(result?.fields ?? {})).toMatchObject({ details: { evidence: { settled_by: 'operator', ...told } } });
  });
});
