import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { traceText } from '../../src/cli/api/trace.js';
import type { FaultAction } from '../../src/paper-exchange/index.js';
import { eventually } from '../harness/eventually.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import { QUICK, resultOf, submit, untilKnown, untilState } from './apply-support.js';
import { OpsApp } from './ops-support.js';

const POSITIONS = {
  BTCUSDT: '0.04',
  ETHUSDT: '-2',
  SOLUSDT: '10',
  LINKUSDT: '10',
  DOGEUSDT: '1000',
  SPELLUSDT: '10000',
  '1000SHIBUSDT': '10000',
  '1MBABYDOGEUSDT': '10000',
};
const SYMBOLS = Object.keys(POSITIONS);
const LONG_MS = 90_000;
const LEDGER_NOT = 'its last fill is not of this plan';
const LEDGER_NAMES = 'its last fill is of this plan';
const STOP = { new_sl_proposed: '50000', kill_score: '0.1' };

let testEnv: TestEnvironment;
let gate: Gate;
let ops: OpsApp;
beforeAll(async () => {
  testEnv = await TestEnvironment.create({ positions: POSITIONS });
  const env = {
    ...QUICK,
    APPLY_ALLOWLIST: SYMBOLS.join(','),
    EXCHANGE_RECV_WINDOW_MS: '300',
    EXCHANGE_ORDER_TIMEOUT_MS: '400',
    EXCHANGE_UNKNOWN_PROOF_SEC: '1',
  };
  gate = await testEnv.gate({ env });
  await untilKnown(testEnv, ...SYMBOLS);
  ops = await OpsApp.start({
    socket: inject('redisSocket'),
    environment: {
      REDIS_KEY_PREFIX: testEnv.prefix,
      ROLES: 'governor',
      EXCHANGE_REST_URL: testEnv.exchange.restUrl,
      EXCHANGE_WS_URL: testEnv.exchange.wsUrl,
      EXCHANGE_UNKNOWN_PROOF_SEC: '1',
    },
  });
});
afterAll(async () => {
  await ops.close();
  await testEnv.close();
});

const post = (symbol: string, action: FaultAction, path = '/order'): number =>
  testEnv.exchange.addFault({ match: { method: 'POST', path, symbol }, action });
const hide = (symbol: string): void => {
  const match = { method: 'GET', symbol };
  testEnv.exchange.addFault({ match: { ...match, path: '/order' }, action: { type: 'orderNotFoundFor', ms: LONG_MS } });
  testEnv.exchange.addFault({
    match: { ...match, path: '/userTrades' },
    action: { type: 'tradesNotFoundFor', ms: LONG_MS },
  });
};

async function traceOf(planId: string): Promise<Record<string, unknown>> {
  const { status, body } = await ops.call('GET', `/api/v1/plans/${planId}`, 'viewer');
  expect(status).toBe(200);
  return body;
}

describe('the trace of a plan shows which evidence settled its order [E7]', () => {
  it.each<[string, string, string, () => void, Record<string, string>, string, Record<string, unknown>]>([
    [
      'filled, as the answer says',
      'BTCUSDT',
      'PARTIAL_50',
      () => undefined,
      {},
      'FILLED',
      { settled_by: 'answer', answer: 'FILLED, executed 0.02' },
    ],
    [
      'rejected',
      'ETHUSDT',
      'PARTIAL_50',
      () => post('ETHUSDT', { type: 'status', status: 400, code: -2019, msg: 'Margin is insufficient.' }),
      {},
      'REJECTED',
      { settled_by: 'answer', answer: 'rejected: -2019 Margin is insufficient.' },
    ],
    [
      'a stop that is placed',
      'BTCUSDT',
      'UPDATE_SL',
      () => undefined,
      STOP,
      'PLACED',
      { settled_by: 'answer', answer: expect.stringMatching(/^placed as \d+$/) },
    ],
    [
      'a stop whose reply is lost',
      'SOLUSDT',
      'UPDATE_SL',
      () => post('SOLUSDT', { type: 'loseReply' }, '/algoOrder'),
      { ...STOP, new_sl_proposed: '50' },
      'PLACED',
      {
        settled_by: 'look_up',
        look_up: 'found',
        position_before: '10',
        ledger: LEDGER_NOT,
        // The stop was found before the stream could be known to have been alive all the time.
        missing: ['open_orders', 'trades', 'user_stream', 'position_after'],
      },
    ],
    [
      'found by the look-up',
      'SOLUSDT',
      'PARTIAL_50',
      () => post('SOLUSDT', { type: 'loseReply' }),
      {},
      'FILLED',
      expect.objectContaining({ settled_by: 'look_up', look_up: 'FILLED, executed 5', position_before: '10' }),
    ],
    [
      'executed by the word of the user stream',
      'LINKUSDT',
      'PARTIAL_50',
      () => {
        hide('LINKUSDT');
        post('LINKUSDT', { type: 'loseReply' });
      },
      {},
      'FILLED',
      expect.objectContaining({
        settled_by: 'user_stream',
        look_up: 'not found',
        user_stream: '5 filled',
        position_before: '10',
        ledger: LEDGER_NAMES,
        missing: expect.arrayContaining(['open_orders', 'trades']),
      }),
    ],
    [
      'absent',
      'DOGEUSDT',
      'PARTIAL_50',
      () => post('DOGEUSDT', { type: 'loseRequest' }),
      {},
      'NOT_FOUND',
      {
        settled_by: 'all_sources',
        look_up: 'not found',
        open_orders: 'not listed',
        trades: '0 that may be its own, 0 of others',
        user_stream: '0 filled',
        position_before: '1000',
        position_after: '1000',
        ledger: LEDGER_NOT,
      },
    ],
  ])('%s', async (_what, symbol, action, arrange, fields, state, evidence) => {
    arrange();
    const { planId } = await submit(gate, symbol, action, fields);
    expect(await resultOf(testEnv, planId, 1, 10_000)).toMatchObject({ state });
    const trace = await traceOf(planId);
    expect(trace['evidence']).toEqual(evidence);
    expect(traceText(trace)).toContain(
      `evidence  settled by ${(evidence as { settled_by?: string }).settled_by ?? ''}`,
    );
  });

  it('undecided, at each look, and what is still missing', async () => {
    post('SPELLUSDT', { type: 'loseRequest' });
    const { planId } = await submit(gate, 'SPELLUSDT', 'PARTIAL_50');
    await untilState(testEnv, planId, 'UNKNOWN');
    // Somebody bought, and no trade of it is shown.
    testEnv.exchange.setPosition('SPELLUSDT', '11000');
    const evidence = await eventually(async () => (await traceOf(planId))['evidence'] ?? undefined, 10_000);
    expect(evidence).toEqual({
      settled_by: 'nothing',
      look_up: 'not found',
      open_orders: 'not listed',
      trades: '0 that may be its own, 0 of others',
      user_stream: '0 filled',
      position_before: '10000',
      position_after: '11000',
      ledger: LEDGER_NOT,
    });
  });

  it('resolved by an operator, with the evidence that was held', async () => {
    const symbol = '1MBABYDOGEUSDT';
    post(symbol, { type: 'loseRequest' });
    const { planId } = await submit(gate, symbol, 'PARTIAL_50');
    await untilState(testEnv, planId, 'UNKNOWN');
    testEnv.exchange.setPosition(symbol, '11000');
    await eventually(async () => (await traceOf(planId))['evidence'] ?? undefined, 10_000);
    const body = { outcome: 'not_found', executed_qty: '0', reason: 'seen in the history' };
    const answer = await ops.call('POST', `/api/v1/plans/${planId}/resolve`, 'admin', body);
    expect(answer.status).toBe(200);
    expect((await traceOf(planId))['evidence']).toMatchObject({
      settled_by: 'operator',
      user_stream: '0 filled',
      position_before: '10000',
      ledger: LEDGER_NOT,
      missing: expect.arrayContaining(['look_up', 'open_orders', 'trades']),
    });
  });
});
