import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { EXCHANGE, type ExchangePort } from '../../src/exchange/exchange.port.js';
import type { FaultAction } from '../../src/paper-exchange/index.js';
import { eventually } from '../harness/eventually.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import { foreignPermit, GRANT, handwrite, orderRequests, QUICK, resultOf, stepOf, submit } from './apply-support.js';

const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT', 'LINKUSDT', 'DOGEUSDT', 'SPELLUSDT'];
const env = { ...QUICK, APPLY_ALLOWLIST: SYMBOLS.join(',') };

async function send(testEnv: TestEnvironment, gate: Gate, symbol: string): Promise<string> {
  const { planId } = await submit(gate, symbol, 'PARTIAL_50');
  await handwrite(testEnv, planId, { governor: GRANT, p33: foreignPermit(symbol, 100, 10_000) });
  return planId;
}
const requestsFor = (testEnv: TestEnvironment, symbol: string): readonly unknown[] =>
  orderRequests(testEnv).filter(({ params }) => params['symbol'] === symbol);

describe('the answer to an order', () => {
  let testEnv: TestEnvironment;
  let gate: Gate;
  beforeAll(async () => {
    testEnv = await TestEnvironment.create({
      positions: Object.fromEntries(SYMBOLS.map((symbol) => [symbol, '10000'])),
    });
    gate = await testEnv.gate({ roles: 'apply', env });
  });
  afterAll(() => testEnv.close());
  const fault = (symbol: string, action: FaultAction, times = 1): number =>
    testEnv.exchange.addFault({ match: { method: 'POST', path: '/order', symbol }, action, times });

  it.each([
    [400, -2022, 'ReduceOnly Order is rejected.'],
    [400, -4118, 'ReduceOnly Order Failed. Please check your existing position and open orders'],
    [400, -4192, 'Trade forbidden due to Cooling-off Period.'],
    [400, -2019, 'Margin is insufficient.'],
    [400, -1121, 'Invalid symbol.'],
    [401, -2015, 'Invalid API-key, IP, or permissions for action.'],
  ])(
    'HTTP %i %i is a definite no: order_rejected with code and message, not tried again [O4] [O9]',
    async (status, code, msg) => {
      fault('BTCUSDT', { type: 'status', status, code, msg });
      const sent = requestsFor(testEnv, 'BTCUSDT').length;
      const planId = await send(testEnv, gate, 'BTCUSDT');
      const result = await resultOf(testEnv, planId);
      expect(result).toMatchObject({
        decision: 'ERROR',
        executed: 'False',
        error: 'order_rejected',
        state: 'REJECTED',
        reason: msg,
      });
      expect(stepOf(result)).toMatchObject({
        status: 'rejected',
        executed_qty: 0,
        details: { code: String(code), message: msg },
      });
      expect(await testEnv.redis.zscore(testEnv.keys.retries(), planId)).toBeNull();
      expect(await testEnv.redis.exists(testEnv.keys.dedupe(planId))).toBe(1);
      expect(await testEnv.redis.exists(testEnv.keys.inflight('BTCUSDT'))).toBe(0);
      expect(requestsFor(testEnv, 'BTCUSDT')).toHaveLength(sent + 1);
    },
  );

  it.each<[string, string, FaultAction, Record<string, unknown>, Record<string, unknown>]>([
    [
      'NEW',
      'ETHUSDT',
      { type: 'respondAs', status: 'NEW', fillAfterMs: 300 },
      { state: 'FILLED', executed: 'True' },
      { status: 'filled', executed_qty: 100 },
    ],
    [
      'PARTIALLY_FILLED',
      'SOLUSDT',
      { type: 'respondAs', status: 'PARTIALLY_FILLED', executedQty: '30', fillAfterMs: 300 },
      { state: 'FILLED', executed: 'True' },
      { status: 'filled', executed_qty: 100 },
    ],
    [
      'EXPIRED with a part filled',
      'LINKUSDT',
      { type: 'respondAs', status: 'EXPIRED', executedQty: '40' },
      { state: 'PARTLY_FILLED', executed: 'True', error: '' },
      { status: 'partly_filled', executed_qty: 40, quantity: 100 },
    ],
    [
      'EXPIRED with nothing filled',
      'DOGEUSDT',
      { type: 'respondAs', status: 'EXPIRED', executedQty: '0' },
      { state: 'BLOCKED', executed: 'False', error: 'exchange_unavailable' },
      { status: 'rejected', executed_qty: 0 },
    ],
  ])(
    '%s is followed until it is final; executed is what filled [O7] [O9]',
    async (_what, symbol, action, result, step) => {
      fault(symbol, action);
      const planId = await send(testEnv, gate, symbol);
      const found = await resultOf(testEnv, planId);
      expect(found).toMatchObject(result);
      expect(stepOf(found)).toMatchObject(step);
      expect(requestsFor(testEnv, symbol)).toHaveLength(1);
      const traded = testEnv.exchange
        .records()
        .trades.filter((trade) => trade.symbol === symbol)
        .reduce((sum, trade) => sum + Number(trade.quantity), 0);
      expect(stepOf(found)['executed_qty']).toBe(traded);
    },
  );

  it("-1021 makes Apply read the exchange's time again and send once more inside the window [O6]", async () => {
    testEnv.exchange.setClockOffset(7_000);
    const planId = await send(testEnv, gate, 'SPELLUSDT');
    const result = await resultOf(testEnv, planId);
    testEnv.exchange.setClockOffset(0);
    expect(result).toMatchObject({ executed: 'True', error: '' });
    const attempts = orderRequests(testEnv).filter(({ params }) => params['symbol'] === 'SPELLUSDT');
    expect(attempts.map(({ params }) => params['newClientOrderId'])).toEqual([`pg-${planId}-0-1`, `pg-${planId}-0-1`]);
    expect(new Set(attempts.map(({ params }) => params['timestamp'])).size).toBe(2);
    expect(testEnv.exchange.records().trades.filter(({ symbol }) => symbol === 'SPELLUSDT')).toHaveLength(1);
  });

  it('an order refused for its time is signed again, and not sent again after the kill switch is engaged [O6] [P9]', async () => {
    fault('SPELLUSDT', { type: 'status', status: 400, code: -1021, msg: 'Timestamp outside of the recvWindow.' }, 3);
    fault('SPELLUSDT', { type: 'delay', ms: 80, when: 'before' }, 3);
    const before = requestsFor(testEnv, 'SPELLUSDT').length;
    const planId = await send(testEnv, gate, 'SPELLUSDT');
    await eventually(() => requestsFor(testEnv, 'SPELLUSDT').length > before || undefined);
    await testEnv.redis.set(testEnv.keys.killSwitch(), '{"engaged":true}');
    const result = await resultOf(testEnv, planId);
    await testEnv.redis.set(testEnv.keys.killSwitch(), '{"engaged":false}');
    testEnv.exchange.clearFaults();
    expect(result).toMatchObject({ executed: 'False', error: 'kill_switch_active' });
    expect(requestsFor(testEnv, 'SPELLUSDT')).toHaveLength(before + 1);
    expect(await testEnv.redis.exists(testEnv.keys.inflight('SPELLUSDT'))).toBe(0);
  });

  it('an order refused for its time is not sent again after the strategy has withdrawn its proposal; part of [L1] [O6]', async () => {
    fault('SPELLUSDT', { type: 'status', status: 400, code: -1021, msg: 'Timestamp outside of the recvWindow.' }, 3);
    fault('SPELLUSDT', { type: 'delay', ms: 80, when: 'before' }, 3);
    const before = requestsFor(testEnv, 'SPELLUSDT').length;
    await testEnv.propose('SPELLUSDT', 'PARTIAL_50', { proposal_id: 'withdrawn' });
    const plan = await eventually(async () =>
      (await testEnv.plans()).find(({ fields }) => fields['proposal_id'] === 'withdrawn'),
    );
    const planId = plan.fields['plan_id'] ?? '';
    await handwrite(testEnv, planId, { governor: GRANT, p33: foreignPermit('SPELLUSDT', 100, 1000) });
    await eventually(() => requestsFor(testEnv, 'SPELLUSDT').length > before || undefined);
    await testEnv.redis.hset(testEnv.keys.proposal('SPELLUSDT'), 'harvest_action', 'HOLD');
    const result = await resultOf(testEnv, planId);
    await testEnv.redis.del(testEnv.keys.proposal('SPELLUSDT'));
    testEnv.exchange.clearFaults();
    expect(result).toMatchObject({ executed: 'False', error: 'proposal_withdrawn', state: 'BLOCKED' });
    expect(requestsFor(testEnv, 'SPELLUSDT')).toHaveLength(before + 1);
    expect(await testEnv.redis.exists(testEnv.keys.inflight('SPELLUSDT'))).toBe(0);
  });
});

describe('a ban by the exchange', () => {
  it('stops calls of every process until its end, for orders and positions [O5]', async () => {
    const testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '10', ETHUSDT: '10' } });
    try {
      const [first, second] = await Promise.all([
        testEnv.gate({ roles: 'apply', env }),
        testEnv.gate({ roles: 'apply', env }),
      ]);
      const secondExchange = second.app.get<ExchangePort>(EXCHANGE, { strict: false });
      const ban = {
        type: 'status',
        status: 429,
        code: -1003,
        msg: 'Too many requests.',
        headers: { 'Retry-After': '2' },
      } as const;
      testEnv.exchange.addFault({ match: { method: 'POST', path: '/order' }, action: ban });
      const planId = await send(testEnv, first, 'BTCUSDT');
      expect(await resultOf(testEnv, planId)).toMatchObject({ executed: 'False', error: 'exchange_unavailable' });
      const calls = testEnv.exchange.records().requests.length;
      const bannedAtMs = orderRequests(testEnv)[0]?.atMs ?? 0;
      const other = await send(testEnv, second, 'ETHUSDT');
      expect(await resultOf(testEnv, other)).toMatchObject({ executed: 'False', error: 'exchange_unavailable' });
      await expect(secondExchange.positions([])).rejects.toThrow('the exchange forbade all calls for another 2 s');
      expect(secondExchange.budget().bannedUntilMs - bannedAtMs).toBeGreaterThan(1_900);
      expect(testEnv.exchange.records().requests).toHaveLength(calls);
      // Nothing is burnt: both plans are tried again, after the ban.
      await eventually(
        async () => (await secondExchange.positions([]).catch(() => undefined)) !== undefined || undefined,
      );
      const next = testEnv.exchange.records().requests[calls]?.atMs ?? 0;
      expect(next - bannedAtMs).toBeGreaterThanOrEqual(1_950);
      for (const id of [planId, other])
        await eventually(
          async () => (await testEnv.redis.hget(testEnv.keys.journal(id), 'attempt')) === '2' || undefined,
        );
    } finally {
      await testEnv.close();
    }
  });
});

describe('credentials', () => {
  let testEnv: TestEnvironment;
  afterEach(() => testEnv.close());

  it('that are refused when a second attempt looks for the first end it as missing_credentials, and use up nothing [O12]', async () => {
    testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '10000' } });
    const gate = await testEnv.gate({ roles: 'apply', env: { ...env, APPLY_PERMIT_WAIT_MS: '200' } });
    const { planId } = await submit(gate, 'BTCUSDT', 'PARTIAL_50');
    expect(await resultOf(testEnv, planId)).toMatchObject({ error: 'permit_timeout' });
    const next = async (attempt: number): Promise<Record<string, string>> => {
      const { keys, redis } = testEnv;
      await redis.multi().hset(keys.journal(planId), 'retry_at_ms', '1').zadd(keys.retries(), 'XX', 1, planId).exec();
      await eventually(
        async () => (await redis.hget(keys.journal(planId), 'attempt')) === String(attempt) || undefined,
      );
      await handwrite(testEnv, planId, { governor: GRANT, p33: foreignPermit('BTCUSDT', 100, 10_000) });
      return resultOf(testEnv, planId, attempt);
    };
    const refused = {
      type: 'status',
      status: 401,
      code: -2015,
      msg: 'Invalid API-key, IP, or permissions for action.',
    } as const;
    testEnv.exchange.addFault({ match: { method: 'GET', path: '/order' }, action: refused });
    expect(await next(2)).toMatchObject({ executed: 'False', error: 'missing_credentials' });
    expect(orderRequests(testEnv)).toEqual([]);
    expect(await next(3)).toMatchObject({ executed: 'True' });
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ['are not there', { BINANCE_TESTNET_API_KEY: '' }, /BINANCE_TESTNET_API_KEY/],
    ['are refused', { BINANCE_TESTNET_API_KEY: 'another-key' }, /^the exchange refuses the API key .*-2015/],
    [
      'have the wrong secret',
      { BINANCE_TESTNET_API_SECRET: 'another-secret' },
      /^the exchange refuses the API key .*-1022/,
    ],
    ['may not trade', {}, /^the API key may not trade; enable futures trading/],
  ])('that %s are a clear fault at the start [O12]', async (what, change, message) => {
    testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '10000' } });
    if (what === 'may not trade') testEnv.exchange.setCanTrade(false);
    await expect(testEnv.gate({ roles: 'apply', env: { ...env, ...change } })).rejects.toThrow(message);
    expect(orderRequests(testEnv)).toEqual([]);
  });

  it('of an account that is not confirmed yet send nothing', async () => {
    testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '10000' } });
    testEnv.exchange.addFault({
      match: { path: '/positionSide/dual' },
      action: { type: 'status', status: 500, body: 'down' },
      times: -1,
    });
    const gate = await testEnv.gate({ roles: 'apply', env });
    const planId = await send(testEnv, gate, 'BTCUSDT');
    expect(await resultOf(testEnv, planId)).toMatchObject({
      error: 'exchange_unavailable',
      reason: 'the exchange has not confirmed the account yet',
    });
    expect(orderRequests(testEnv)).toEqual([]);
  });
});
