import { afterEach, describe, expect, it } from 'vitest';
import { TestEnvironment } from '../harness/test-environment.js';
import { eventually } from '../harness/eventually.js';
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
import { untilLedger } from './issuer-support.js';

const SYMBOL = 'BTCUSDT';
const env = {
  ...QUICK,
  APPLY_ALLOWLIST: SYMBOL,
  EXCHANGE_RECV_WINDOW_MS: '300',
  EXCHANGE_ORDER_TIMEOUT_MS: '400',
  EXCHANGE_UNKNOWN_PROOF_SEC: '1',
};
const REDUCE_ONLY: [number, string][] = [
  [-2022, 'ReduceOnly Order is rejected.'],
  [-4118, 'ReduceOnly Order Failed. Please check your existing position and open orders'],
];

let testEnv: TestEnvironment;
afterEach(() => testEnv.close());

const answer = (code: number, msg: string, more: object = {}, nth = 1): number =>
  testEnv.exchange.addFault({
    match: { method: 'POST', path: '/order', symbol: SYMBOL, nth },
    action: { type: 'status', status: 400, code, msg, ...more },
  });

async function traced(planId: string, step: string): Promise<Record<string, unknown>[]> {
  const trace = await testEnv.redis.lrange(testEnv.keys.trace(planId), 0, -1);
  return trace.map((each) => JSON.parse(each) as Record<string, unknown>).filter((each) => each['step'] === step);
}

/** Waits for an attempt without an issuer and gives it permits that rest on a position of 1. */
async function permit(planId: string, attempt: number): Promise<void> {
  await eventually(
    async () => (await testEnv.redis.hget(testEnv.keys.journal(planId), 'attempt')) === String(attempt) || undefined,
    10_000,
  );
  await handwrite(testEnv, planId, { governor: GRANT, p33: foreignPermit(SYMBOL, 1, 1) });
}

describe('a refusal for want of a position to reduce', () => {
  it.each(REDUCE_ONLY)(
    '%i after an earlier request of the same attempt filled: executed, by the order that is found [E6]',
    async (code, msg) => {
      testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '1' } });
      const gate = await testEnv.gate({ env });
      await untilKnown(testEnv, SYMBOL);
      answer(-1021, 'Timestamp for this request is outside of the recvWindow.', { process: true });
      answer(code, msg);
      const { planId } = await submit(gate, SYMBOL, 'FULL_CLOSE_PROPOSED');
      const result = await resultOf(testEnv, planId, 1, 10_000);
      expect(result).toMatchObject({ decision: 'EXECUTE', executed: 'True', error: '', state: 'FILLED' });
      expect(stepOf(result)).toMatchObject({ executed_qty: 1, client_order_id: `pg-${planId}-0-1` });
      expect(await traced(planId, 'unknown')).toMatchObject([
        { detail: expect.stringContaining(String(code)) as string },
      ]);
      expect(orderRequests(testEnv)).toHaveLength(2);
      expect(testEnv.orders()).toHaveLength(1);
      await untilLedger(testEnv, SYMBOL, '0');
    },
  );

  it('after an order of an earlier attempt arrived, which the exchange shows late: that order is the result [E6]', async () => {
    testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '1' } });
    const gate = await testEnv.gate({ roles: 'apply', env });
    answer(-4131, 'The counterparty’s best price does not meet the PERCENT_PRICE filter limit.', { process: true });
    testEnv.exchange.addFault({
      match: { method: 'GET', path: '/order', symbol: SYMBOL },
      action: { type: 'orderNotFoundFor', ms: 4_000 },
    });
    const { planId } = await submit(gate, SYMBOL, 'FULL_CLOSE_PROPOSED');
    await permit(planId, 1);
    expect(await resultOf(testEnv, planId)).toMatchObject({ executed: 'False', error: 'exchange_unavailable' });
    await permit(planId, 2);
    const result = await resultOf(testEnv, planId, 2, 15_000);
    expect(result).toMatchObject({ decision: 'EXECUTE', executed: 'True', error: '', state: 'FILLED' });
    expect(stepOf(result)).toMatchObject({ executed_qty: 1, client_order_id: `pg-${planId}-0-1` });
    expect(await traced(planId, 'unknown')).toMatchObject([
      { attempt: 2, detail: expect.stringContaining('-2022') as string },
    ]);
    expect(testEnv.orders()).toHaveLength(1);
  });

  it('after an earlier attempt was sent and nothing arrived: absent by the evidence, and tried again [E6]', async () => {
    testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '1' } });
    const gate = await testEnv.gate({ env });
    await untilKnown(testEnv, SYMBOL);
    answer(-4131, 'The counterparty’s best price does not meet the PERCENT_PRICE filter limit.');
    answer(-2022, 'ReduceOnly Order is rejected.');
    const { planId } = await submit(gate, SYMBOL, 'FULL_CLOSE_PROPOSED');
    expect(await resultOf(testEnv, planId, 2, 15_000)).toMatchObject({
      executed: 'False',
      error: 'order_not_found',
      state: 'NOT_FOUND',
    });
    expect(await resultOf(testEnv, planId, 3, 15_000)).toMatchObject({ executed: 'True', state: 'FILLED' });
    expect(testEnv.orders()).toHaveLength(1);
  });

  it('of an order that continues a close: the evidence decides, and the close goes on until flat [E6]', async () => {
    testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '1' } });
    const gate = await testEnv.gate({ env });
    await untilKnown(testEnv, SYMBOL);
    testEnv.exchange.addFault({
      match: { method: 'POST', path: '/order', symbol: SYMBOL },
      action: { type: 'respondAs', status: 'EXPIRED', executedQty: '0.4' },
    });
    answer(-4118, 'ReduceOnly Order Failed.', {}, 2);
    const first = await submit(gate, SYMBOL, 'FULL_CLOSE_PROPOSED');
    expect(await resultOf(testEnv, first.planId)).toMatchObject({ executed: 'True', state: 'PARTLY_FILLED' });
    await untilLedger(testEnv, SYMBOL, '0', 20_000);
    const results = (await testEnv.results()).map(({ fields }) => fields);
    expect(results.map(({ error }) => error)).toEqual(['', 'order_not_found', '']);
    expect(results.map(({ plan_id: planId }) => planId === first.planId)).toEqual([true, false, false]);
  });

  it('on the first request of a plan, also after an attempt that sent nothing, is definite; part of [O4]', async () => {
    testEnv = await TestEnvironment.create();
    const gate = await testEnv.gate({ roles: 'apply', env: { ...env, APPLY_PERMIT_WAIT_MS: '200' } });
    const { planId } = await submit(gate, SYMBOL, 'FULL_CLOSE_PROPOSED');
    expect(await resultOf(testEnv, planId)).toMatchObject({ error: 'permit_timeout' });
    await permit(planId, 2);
    const result = await resultOf(testEnv, planId, 2, 10_000);
    expect(result).toMatchObject({ executed: 'False', error: 'order_rejected', state: 'REJECTED' });
    expect(stepOf(result)).toMatchObject({ details: { code: '-2022' } });
  });
});
