import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Decimal } from '../../src/flow/0-decimal.js';
import { call } from '../exchange/paper-client.js';
import { eventually } from '../harness/eventually.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import {
  foreignPermit,
  GRANT,
  handwrite,
  orderRequests,
  QUICK,
  resultOf,
  stepOf,
  submit,
  untilKnown,
} from './apply-support.js';

const POSITIONS = {
  BTCUSDT: '0.010',
  ETHUSDT: '0.002',
  SOLUSDT: '-3.7',
  LINKUSDT: '1.27',
  DOGEUSDT: '1000',
  SPELLUSDT: '1000',
  '1000SHIBUSDT': '25000000',
  '1MBABYDOGEUSDT': '7500',
  币安人生USDT: '5',
};
const SYMBOLS = Object.keys(POSITIONS);

describe('the quantity of an order', () => {
  let testEnv: TestEnvironment;
  let gate: Gate;
  beforeAll(async () => {
    testEnv = await TestEnvironment.create({ positions: POSITIONS });
    gate = await testEnv.gate({ env: { ...QUICK, P33_POLL_SEC: '0.05', APPLY_ALLOWLIST: SYMBOLS.join(',') } });
    await untilKnown(testEnv, ...SYMBOLS);
  });
  afterAll(() => testEnv.close());

  async function run(symbol: string, action: string): Promise<Record<string, string>> {
    const { planId } = await submit(gate, symbol, action);
    return resultOf(testEnv, planId);
  }
  const lastOrder = (symbol: string): Record<string, unknown> => ({
    ...orderRequests(testEnv).findLast(({ params }) => params['symbol'] === symbol)?.params,
  });

  it.each([
    ['BTCUSDT', 'PARTIAL_75', '0.007', 'SELL', 'down, never up [Q1]'],
    [
      'ETHUSDT',
      'PARTIAL_75',
      '0.001',
      'SELL',
      'down, and below MIN_NOTIONAL, from which reduce-only is exempt [Q2] [Q6]',
    ],
    ['SOLUSDT', 'PARTIAL_75', '2.7', 'BUY', 'the same rules for a short position, bought back [Q7]'],
    ['LINKUSDT', 'PARTIAL_50', '0.6', 'SELL', 'the stricter of LOT_SIZE 0.01 and MARKET_LOT_SIZE 0.1 [Q5]'],
    ['1MBABYDOGEUSDT', 'PARTIAL_75', '5000', 'SELL', 'a step of 1000 and a price of 0.00001 [Q8]'],
    ['币安人生USDT', 'PARTIAL_50', '2', 'SELL', 'a step of 1, in a symbol with other letters [Q8]'],
  ])('of %s at %s is %s (%s): %s', async (symbol, action, quantity, side) => {
    const result = await run(symbol, action);
    expect(result).toMatchObject({ executed: 'True', error: '', state: 'FILLED' });
    expect(stepOf(result)).toMatchObject({
      side,
      quantity: Number(quantity),
      executed_qty: Number(quantity),
      reduce_only: true,
    });
    expect(lastOrder(symbol)).toMatchObject({ type: 'MARKET', reduceOnly: 'true', side, quantity });
  });

  it('below one step gives qty_below_step and no order [Q2]', async () => {
    await eventually(
      async () => (await testEnv.redis.hget(testEnv.keys.ledger('ETHUSDT'), 'last_known_amt')) === '0.001' || undefined,
    );
    await eventually(async () => {
      const readAt = await testEnv.redis.hget(testEnv.keys.snapshot('ETHUSDT'), 'ts_ms');
      const filledAt = await testEnv.redis.hget(testEnv.keys.ledger('ETHUSDT'), 'last_fill_ms');
      return Number(readAt) > Number(filledAt) || undefined;
    });
    const sent = orderRequests(testEnv).length;
    const result = await run('ETHUSDT', 'PARTIAL_50');
    expect(result).toMatchObject({ executed: 'False', error: 'p33_denied', reason: 'qty_below_step' });
    expect(stepOf(result)['details']).toEqual({ requested: 0.0005, closable: 0.001, step: 0.001, min_qty: 0.001 });
    expect(orderRequests(testEnv)).toHaveLength(sent);
  });

  it('above the market maximum is cut to it, and the result says so [Q10]', async () => {
    const result = await run('1000SHIBUSDT', 'FULL_CLOSE_PROPOSED');
    expect(result).toMatchObject({ executed: 'True', state: 'FILLED' });
    expect(stepOf(result)).toMatchObject({
      executed_qty: 10_000_000,
      details: { cut_to_market_max: 10_000_000, exchange_position_amt: 25_000_000 },
    });
    expect(lastOrder('1000SHIBUSDT')['quantity']).toBe('10000000');
  });

  it('leaves resting reduce-only orders their part, and is zero when they take all [Q9]', async () => {
    const rest = async (symbol: string, quantity: string, price: string): Promise<void> => {
      const order = { symbol, side: 'SELL', type: 'LIMIT', timeInForce: 'GTC', quantity, price, reduceOnly: 'true' };
      expect((await call(testEnv.exchange, 'POST', '/fapi/v1/order', order)).status).toBe(200);
      await eventually(
        async () =>
          Number(await testEnv.redis.hget(testEnv.keys.snapshot(symbol), 'resting_reduce_qty')) === Number(quantity) ||
          undefined,
      );
    };
    await rest('DOGEUSDT', '700', '0.12500');
    const part = await run('DOGEUSDT', 'FULL_CLOSE_PROPOSED');
    expect(part).toMatchObject({ executed: 'True' });
    expect(lastOrder('DOGEUSDT')['quantity']).toBe('300');
    await rest('SPELLUSDT', '1000', '0.0006200');
    const none = await run('SPELLUSDT', 'FULL_CLOSE_PROPOSED');
    expect(none).toMatchObject({ executed: 'False', error: 'p33_denied', reason: 'resting_reduce_orders' });
    expect(stepOf(none)['details']).toEqual({ exchange_amt: 1000, resting_qty: 1000 });
    expect(lastOrder('SPELLUSDT')['type']).toBe('LIMIT');
  });
});

describe('on the wire', () => {
  const STEP: Record<string, string> = {
    BTCUSDT: '0.001',
    SOLUSDT: '0.1',
    LINKUSDT: '0.1',
    DOGEUSDT: '1',
    '1MBABYDOGEUSDT': '1000',
  };
  const symbols = Object.keys(STEP);

  it('any permitted quantity is a plain decimal, an exact multiple of the step, never more than was permitted [Q3]', async () => {
    const testEnv = await TestEnvironment.create();
    try {
      const gate = await testEnv.gate({ roles: 'apply', env: { ...QUICK, APPLY_ALLOWLIST: symbols.join(',') } });
      const arbitrary = fc.record({
        symbol: fc.constantFrom(...symbols),
        // Below every market maximum: being cut to that is another case.
        steps: fc.double({ min: 1, max: 9_000, noNaN: true }),
        share: fc.double({ min: 0.01, max: 1, noNaN: true }),
        short: fc.boolean(),
      });
      const run = await fc.check(
        fc.asyncProperty(arbitrary, async ({ symbol, steps, share, short }) => {
          const step = STEP[symbol] ?? '';
          // As a service that counts in floats would write it, noise and all.
          const amount = steps * Number(step) * (short ? -1 : 1);
          const safe = Math.abs(amount) * share;
          testEnv.exchange.setPosition(symbol, new Decimal(amount).toFixed(8));
          await testEnv.redis.del(testEnv.keys.inflight(symbol));
          const sent = orderRequests(testEnv).length;
          const { planId } = await submit(gate, symbol, 'FULL_CLOSE_PROPOSED');
          await handwrite(testEnv, planId, { governor: GRANT, p33: foreignPermit(symbol, safe, amount) });
          const result = await resultOf(testEnv, planId);
          const params = orderRequests(testEnv)[sent]?.params;
          if (params === undefined) return result['error'] === 'permit_invalid' && new Decimal(safe).lt(step);
          const quantity = new Decimal(params['quantity'] ?? 'NaN');
          const plain = /^\d+(\.\d*[1-9])?$/.test(params['quantity'] ?? '');
          const exact = quantity.mod(step).isZero() && quantity.lte(safe) && quantity.plus(step).gt(safe);
          const reducing = params['reduceOnly'] === 'true' && params['side'] === (short ? 'BUY' : 'SELL');
          return plain && exact && reducing && result['executed'] === 'True';
        }),
        { numRuns: 40 },
      );
      expect(run.failed, fc.defaultReportMessage(run)).toBe(false);
    } finally {
      await testEnv.close();
    }
  });
});
