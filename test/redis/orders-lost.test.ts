import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FaultAction } from '../../src/paper-exchange/index.js';
import { eventually } from '../harness/eventually.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
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
  untilState,
} from './apply-support.js';
import { auditOf } from './issuer-support.js';

const SYMBOLS = [
  'BTCUSDT',
  'ETHUSDT',
  'SOLUSDT',
  'LINKUSDT',
  'DOGEUSDT',
  '1000SHIBUSDT',
  '1MBABYDOGEUSDT',
  'SPELLUSDT',
];
const AMOUNT = 10_000;

let testEnv: TestEnvironment;
let gate: Gate;
beforeAll(async () => {
  testEnv = await TestEnvironment.create({
    positions: Object.fromEntries(SYMBOLS.map((symbol) => [symbol, String(AMOUNT)])),
  });
  const env = {
    ...QUICK,
    APPLY_ALLOWLIST: SYMBOLS.join(','),
    EXCHANGE_RECV_WINDOW_MS: '300',
    EXCHANGE_ORDER_TIMEOUT_MS: '400',
    EXCHANGE_UNKNOWN_PROOF_SEC: '1',
  };
  gate = await testEnv.gate({ roles: 'apply', env });
});
afterAll(() => testEnv.close());

const process = true;
const LOST: [string, string, FaultAction][] = [
  ['a reset', 'BTCUSDT', { type: 'loseReply' }],
  ['a body that hangs', 'ETHUSDT', { type: 'hangBody' }],
  ['an answer that never comes', 'SOLUSDT', { type: 'delay', ms: 900, when: 'after' }],
  [
    '503 Unknown error',
    'LINKUSDT',
    { type: 'status', status: 503, process, msg: 'Unknown error, please check your request or try again later.' },
  ],
  [
    '-1007',
    'DOGEUSDT',
    { type: 'status', status: 408, process, code: -1007, msg: 'Timeout waiting for response from backend server.' },
  ],
  ['HTML', '1000SHIBUSDT', { type: 'status', status: 502, process, body: '<html><body>502 Bad Gateway</body></html>' }],
  ['{}', '1MBABYDOGEUSDT', { type: 'status', status: 200, process, body: '{}' }],
];

function lose(symbol: string, action: FaultAction): void {
  testEnv.exchange.addFault({ match: { method: 'POST', path: '/order', symbol }, action });
}

async function send(symbol: string): Promise<string> {
  const { planId } = await submit(gate, symbol, 'PARTIAL_50');
  await handwrite(testEnv, planId, { governor: GRANT, p33: foreignPermit(symbol, 1_000, AMOUNT) });
  return planId;
}

/** The audit entry of the resolver about a plan. */
const auditedSettlement = (planId: string): Promise<Record<string, string>> =>
  eventually(async () =>
    (await auditOf(testEnv, 'apply')).find(
      ({ action, actor, target }) => action === 'order.settle' && actor === 'resolver' && target === planId,
    ),
  );

const requestsFor = (symbol: string): number =>
  orderRequests(testEnv).filter(({ params }) => params['symbol'] === symbol).length;

describe('an order whose reply is lost', () => {
  it.each(LOST)(
    'to %s is found by its client order id: one order, one fill, executed [O1] [O13]',
    async (_what, symbol, action) => {
      lose(symbol, action);
      const planId = await send(symbol);
      const result = await resultOf(testEnv, planId);
      const cut = symbol === 'BTCUSDT' ? 120 : 1_000;
      expect(result).toMatchObject({
        decision: 'EXECUTE',
        executed: 'True',
        error: '',
        state: 'FILLED',
        client_order_id: `pg-${planId}-0-1`,
      });
      expect(stepOf(result)).toMatchObject({
        status: 'filled',
        side: 'SELL',
        executed_qty: cut,
        details: { resolved: 'found by client order id' },
      });
      expect(requestsFor(symbol)).toBe(1);
      expect(testEnv.orders().filter((order) => order.symbol === symbol)).toMatchObject([
        { clientOrderId: `pg-${planId}-0-1`, status: 'FILLED' },
      ]);
      expect(gate.messages()).toContain('Order outcome unknown: looking it up before anything else is sent');
      const settled = await auditedSettlement(planId);
      expect(JSON.parse(settled['after'] ?? '')).toEqual({ state: 'FILLED', error: '', executed_qty: String(cut) });
      expect(settled['details']).toContain('"settled_by":"look_up"');
    },
  );
});

describe('an order that never arrived', () => {
  it('keeps the symbol in flight until its absence is proven, then ends executed=False; it never appears later [O2] [O13]', async () => {
    lose('SPELLUSDT', { type: 'loseRequest' });
    const planId = await send('SPELLUSDT');
    await untilState(testEnv, planId, 'UNKNOWN');
    const guard = testEnv.keys.inflight('SPELLUSDT');
    expect(await testEnv.redis.get(guard)).toBe(`${planId}:1`);
    expect(await testEnv.redis.pttl(guard)).toBe(-1);
    const rival = await send('SPELLUSDT');
    expect(await resultOf(testEnv, rival)).toMatchObject({ executed: 'False', error: 'in_flight' });
    expect(await stateOf(testEnv, planId)).toBe('UNKNOWN');

    const result = await resultOf(testEnv, planId, 1, 10_000);
    expect(result).toMatchObject({
      decision: 'ERROR',
      executed: 'False',
      error: 'order_not_found',
      state: 'NOT_FOUND',
    });
    expect(stepOf(result)).toMatchObject({ status: 'not_found', executed_qty: 0 });
    const settled = await auditedSettlement(planId);
    expect(JSON.parse(settled['after'] ?? '')).toMatchObject({ state: 'NOT_FOUND', executed_qty: '0' });
    expect(settled['details']).toContain('"settled_by":"all_sources"');
    const journal = await testEnv.redis.hgetall(testEnv.keys.journal(planId));
    // The proof time runs from the moment after which the exchange could not have accepted the request any more.
    expect(Number(journal['ended_ms']) - Number(journal['accept_until_ms'])).toBeGreaterThanOrEqual(1_000);
    expect(Number(journal['accept_until_ms']) - Number(journal['claimed_ms'])).toBeGreaterThanOrEqual(300);
    // Retryable while the proposal stands.
    expect(Number(journal['retry_at_ms'])).toBeGreaterThan(Number(journal['ended_ms']));
    expect(await testEnv.redis.exists(guard)).toBe(0);
    const asked = testEnv.exchange
      .records()
      .requests.filter(({ path, params }) => params['symbol'] === 'SPELLUSDT' && path.endsWith('/userTrades'));
    expect(asked.length).toBeGreaterThan(0);
    await sleep(200);
    expect(testEnv.orders().filter(({ symbol }) => symbol === 'SPELLUSDT')).toEqual([]);
    expect(requestsFor('SPELLUSDT')).toBe(1);
  });
});

describe('an order that the look-up does not know at first', () => {
  it('is found once the exchange shows it [O3]', async () => {
    testEnv.exchange.addFault({
      match: { method: 'GET', path: '/order', symbol: 'DOGEUSDT' },
      action: { type: 'orderNotFoundFor', ms: 900 },
    });
    lose('DOGEUSDT', { type: 'loseReply' });
    const planId = await send('DOGEUSDT');
    const result = await resultOf(testEnv, planId);
    expect(result).toMatchObject({ executed: 'True', error: '', state: 'FILLED' });
    const looked = testEnv.exchange
      .records()
      .requests.filter(
        ({ method, path, params }) =>
          method === 'GET' && path.endsWith('/order') && params['origClientOrderId'] === `pg-${planId}-0-1`,
      );
    expect(looked.length).toBeGreaterThan(1);
    expect(looked[0]?.code).toBe(-2013);
  });

  it('and never shows, although it traded, is never reported as absent; the plan stays unknown and blocks its symbol [O3] [O13]', async () => {
    testEnv.exchange.addFault({
      match: { method: 'GET', path: '/order', symbol: 'ETHUSDT' },
      action: { type: 'orderNotFoundFor', ms: 60_000 },
    });
    lose('ETHUSDT', { type: 'loseReply' });
    const planId = await send('ETHUSDT');
    await eventually(
      async () =>
        (await testEnv.redis.lrange(testEnv.keys.trace(planId), 0, -1)).some((step) =>
          step.includes('traded on its side'),
        ) || undefined,
      8_000,
    );
    expect(await stateOf(testEnv, planId)).toBe('UNKNOWN');
    expect(await testEnv.redis.get(testEnv.keys.inflight('ETHUSDT'))).toBe(`${planId}:1`);
    expect((await testEnv.results()).some(({ fields }) => fields['plan_id'] === planId)).toBe(false);
  });
});
