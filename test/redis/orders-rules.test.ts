import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../harness/eventually.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import { orderRequests, QUICK, resultOf, sleep, stepOf, submit, untilKnown } from './apply-support.js';

const POSITIONS = {
  BTCUSDT: '0.050',
  ETHUSDT: '40',
  SOLUSDT: '10',
  LINKUSDT: '-100',
  DOGEUSDT: '1000',
  SPELLUSDT: '10000',
};
const SYMBOLS = Object.keys(POSITIONS);
/** The exchange's rules are not read again for an order that is refused within two seconds of the last reading. */
const SPACING_MS = 2_000;
/** From the arrival of the request for the rules to their reading, also on a busy machine. */
const READ_WITHIN_MS = 500;

describe('an order that is refused by rules which have changed', () => {
  let testEnv: TestEnvironment;
  let gate: Gate;
  beforeAll(async () => {
    testEnv = await TestEnvironment.create({ positions: POSITIONS });
    gate = await testEnv.gate({ env: { ...QUICK, APPLY_ALLOWLIST: SYMBOLS.join(',') } });
    await untilKnown(testEnv, ...SYMBOLS);
  });
  afterAll(() => testEnv.close());

  const rulesReads = () => testEnv.exchange.records().requests.filter(({ path }) => path.endsWith('/exchangeInfo'));
  const sent = (symbol: string): readonly Record<string, string>[] =>
    orderRequests(testEnv)
      .map(({ params }) => params)
      .filter((params) => params['symbol'] === symbol);
  /** Resolves when a refusal makes the gate read the rules again. */
  const untilReadable = async (): Promise<void> => {
    const lastMs = rulesReads().at(-1)?.atMs ?? 0;
    await sleep(Math.max(0, lastMs + SPACING_MS + READ_WITHIN_MS - Date.now()));
  };

  it('goes on by the new step inside its window: smaller, newly signed, under the same client order id [Q11]', async () => {
    await untilReadable();
    testEnv.exchange.setRules('BTCUSDT', { stepSize: '0.01' });
    const reads = rulesReads().length;
    const { planId } = await submit(gate, 'BTCUSDT', 'PARTIAL_75');
    const result = await resultOf(testEnv, planId);
    expect(result).toMatchObject({ executed: 'True', error: '', attempt: '1', state: 'FILLED' });
    expect(stepOf(result)).toMatchObject({
      quantity: 0.03,
      executed_qty: 0.03,
      details: { refused_code: '-1111', refused_quantity: 0.037 },
    });
    expect(sent('BTCUSDT').map((params) => [params['quantity'], params['newClientOrderId']])).toEqual([
      ['0.037', `pg-${planId}-0-1`],
      ['0.03', `pg-${planId}-0-1`],
    ]);
    expect(new Set(sent('BTCUSDT').map((params) => params['signature'] ?? params['timestamp'])).size).toBe(2);
    expect(await testEnv.redis.hget(testEnv.keys.journal(planId), 'quantity')).toBe('0.03');
    expect(rulesReads()).toHaveLength(reads + 1);
  });

  it('is cut to a lower market maximum [Q11] [Q10]', async () => {
    await untilReadable();
    testEnv.exchange.setRules('ETHUSDT', { marketMaxQty: '7' });
    const { planId } = await submit(gate, 'ETHUSDT', 'PARTIAL_50');
    const result = await resultOf(testEnv, planId);
    expect(result).toMatchObject({ executed: 'True', error: '' });
    expect(stepOf(result)).toMatchObject({
      executed_qty: 7,
      details: { refused_code: '-4005', refused_quantity: 20, cut_to_market_max: 7 },
    });
  });

  it('ends qty_below_step where the new minimum is above what is left, and is not tried again [Q11]', async () => {
    await untilReadable();
    testEnv.exchange.setRules('SPELLUSDT', { minQty: '6000' });
    const { planId } = await submit(gate, 'SPELLUSDT', 'PARTIAL_50');
    const result = await resultOf(testEnv, planId);
    expect(result).toMatchObject({
      executed: 'False',
      error: 'p33_denied',
      reason: 'qty_below_step',
      state: 'BLOCKED',
    });
    expect(stepOf(result)['details']).toMatchObject({ refused_code: '-4004', min_qty: 6000, refused_quantity: 5000 });
    expect(sent('SPELLUSDT')).toHaveLength(1);
    expect(await testEnv.redis.zscore(testEnv.keys.retries(), planId)).toBeNull();
    expect(await testEnv.redis.exists(testEnv.keys.inflight('SPELLUSDT'))).toBe(0);
  });

  it('of a stop goes on by the new tick [Q11] [O11]', async () => {
    await untilReadable();
    testEnv.exchange.setRules('SOLUSDT', { tickSize: '1' });
    const { planId } = await submit(gate, 'SOLUSDT', 'UPDATE_SL', { new_sl_proposed: '140.25', kill_score: '0.1' });
    expect(await resultOf(testEnv, planId)).toMatchObject({ executed: 'True', state: 'PLACED', attempt: '1' });
    const stops = testEnv.exchange.records().algoOrders.filter(({ symbol }) => symbol === 'SOLUSDT');
    expect(stops).toMatchObject([{ clientAlgoId: `pg-${planId}-0-1`, triggerPrice: '141' }]);
  });

  it('of several plans at once reads the rules once [Q11]', async () => {
    await untilReadable();
    testEnv.exchange.setRules('LINKUSDT', { stepSize: '7', marketStepSize: '7' });
    testEnv.exchange.setRules('DOGEUSDT', { stepSize: '7' });
    const reads = rulesReads().length;
    testEnv.exchange.addFault({ match: { path: '/exchangeInfo' }, action: { type: 'delay', ms: 150 } });
    const plans = await Promise.all(['LINKUSDT', 'DOGEUSDT'].map((symbol) => submit(gate, symbol, 'PARTIAL_50')));
    const results = await Promise.all(plans.map(({ planId }) => resultOf(testEnv, planId)));
    expect(results.map((result) => [result['executed'], stepOf(result)['executed_qty']])).toEqual([
      ['True', 49],
      ['True', 497],
    ]);
    expect(rulesReads()).toHaveLength(reads + 1);
  });
});

describe('an order that is refused by rules which cannot be read anew, or have not changed', () => {
  let testEnv: TestEnvironment;
  let gate: Gate;
  beforeAll(async () => {
    testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.050', ETHUSDT: '4', SOLUSDT: '10' } });
    gate = await testEnv.gate({ env: { ...QUICK, APPLY_ALLOWLIST: 'BTCUSDT,ETHUSDT,SOLUSDT' } });
    await untilKnown(testEnv, 'BTCUSDT', 'ETHUSDT', 'SOLUSDT');
    await sleep(SPACING_MS);
  });
  afterAll(() => testEnv.close());
  const sent = (symbol: string): number =>
    orderRequests(testEnv).filter(({ params }) => params['symbol'] === symbol).length;

  it('ends retryable with the code, is not sent again before they were read, and then runs [Q11]', async () => {
    testEnv.exchange.setRules('BTCUSDT', { stepSize: '0.01' });
    const down = { type: 'status', status: 503, body: 'down' } as const;
    testEnv.exchange.addFault({ match: { path: '/exchangeInfo' }, action: down, times: -1 });
    const { planId } = await submit(gate, 'BTCUSDT', 'PARTIAL_75');
    const first = await resultOf(testEnv, planId);
    expect(first).toMatchObject({ executed: 'False', error: 'exchange_unavailable' });
    expect(stepOf(first)['details']).toMatchObject({ code: '-1111', rules: expect.stringContaining('503') });
    expect(await testEnv.redis.zscore(testEnv.keys.retries(), planId)).not.toBeNull();
    const second = await resultOf(testEnv, planId, 2);
    expect(second).toMatchObject({ executed: 'False' });
    expect(sent('BTCUSDT')).toBe(1);
    testEnv.exchange.clearFaults();
    expect(await resultOf(testEnv, planId, 3, 10_000)).toMatchObject({ executed: 'True' });
    expect(sent('BTCUSDT')).toBe(2);
  });

  it('ends retryable when the rules are the same: one request an attempt, never many in a row [Q11]', async () => {
    const refusal = { type: 'status', status: 400, code: -4023, msg: 'Qty not increased by step size.' } as const;
    testEnv.exchange.addFault({ match: { method: 'POST', path: '/order', symbol: 'ETHUSDT' }, action: refusal });
    const { planId } = await submit(gate, 'ETHUSDT', 'PARTIAL_50');
    const first = await resultOf(testEnv, planId);
    expect(first).toMatchObject({ executed: 'False', error: 'exchange_unavailable', reason: refusal.msg });
    expect(sent('ETHUSDT')).toBe(1);
    expect(await resultOf(testEnv, planId, 2)).toMatchObject({ executed: 'True' });
    expect(sent('ETHUSDT')).toBe(2);
  });

  it('is not sent again once the kill switch is engaged [Q11] [P9]', async () => {
    await sleep(SPACING_MS + 100);
    testEnv.exchange.setRules('SOLUSDT', { stepSize: '3' });
    testEnv.exchange.addFault({ match: { path: '/exchangeInfo' }, action: { type: 'delay', ms: 300 } });
    const { planId } = await submit(gate, 'SOLUSDT', 'PARTIAL_50');
    await eventually(() => sent('SOLUSDT') === 1 || undefined);
    await testEnv.redis.set(testEnv.keys.killSwitch(), '{"engaged":true}');
    const result = await resultOf(testEnv, planId);
    await testEnv.redis.set(testEnv.keys.killSwitch(), '{"engaged":false}');
    expect(result).toMatchObject({ executed: 'False', error: 'kill_switch_active' });
    expect(sent('SOLUSDT')).toBe(1);
  });

  it('ends retryable when the window is over before the rules are there [Q11]', async () => {
    await sleep(SPACING_MS + 100);
    testEnv.exchange.setRules('SOLUSDT', { stepSize: '2' });
    testEnv.exchange.addFault({ match: { path: '/exchangeInfo' }, action: { type: 'delay', ms: 1_500 } });
    const { planId } = await submit(gate, 'SOLUSDT', 'PARTIAL_50');
    const first = await resultOf(testEnv, planId);
    expect(first).toMatchObject({ executed: 'False', error: 'exchange_unavailable' });
    expect(stepOf(first)['details']).toMatchObject({ code: expect.any(String) });
    expect(await resultOf(testEnv, planId, 2)).toMatchObject({ executed: 'True' });
    expect(sent('SOLUSDT')).toBe(3);
  });
});
