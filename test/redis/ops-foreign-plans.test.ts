import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { type Answer, OpsApp, publish } from './ops-support.js';

let ops: OpsApp;
beforeAll(async () => {
  ops = await OpsApp.start({ socket: inject('redisSocket'), environment: { APPLY_ALLOWLIST: 'BTCUSDT,ETHUSDT' } });
});
afterAll(() => ops.close());
beforeEach(() => ops.clear());

type Fields = Readonly<Record<string, string>>;
const get = (path: string): Promise<Answer> => ops.call('GET', `/api/v1${path}`, 'viewer');
const append = async (stream: string, fields: Fields): Promise<void> => {
  await ops.redis.xadd(stream, '*', ...Object.entries(fields).flat());
};
const PLAN = {
  symbol: 'BTCUSDT',
  action: 'PARTIAL_75',
  kill_score: '0.5',
  new_sl_proposed: '',
  R_net: '1.25',
  decision: 'EXECUTE',
  reason_codes: '',
  steps: '[{"step": "CLOSE_PARTIAL_75", "type": "market_reduce_only", "side": "close", "pct": 75.0}]',
  close_qty: '0.0',
  price: '',
  timestamp: '1700000000',
};
const ACK =
  '[{"step": "CLOSE_PARTIAL_75", "status": "success", "details": "Order 4711: SELL 0.000 @ MARKET (reduceOnly)", "order_id": "4711", "side": "SELL", "quantity": "0.007", "executed_qty": "0.000", "reduce_only": true}]';
const planned = (planId: string, fields: Fields = {}): Promise<void> =>
  append(ops.keys.planStream(), { plan_id: planId, ...PLAN, ...fields });
const ended = (planId: string, fields: Fields): Promise<void> =>
  append(ops.keys.resultStream(), {
    plan_id: planId,
    symbol: 'BTCUSDT',
    decision: 'EXECUTE',
    executed: 'False',
    would_execute: 'False',
    steps_results: '[]',
    error: '',
    timestamp: '1700000000',
    ...fields,
  });
/** What the guide's Apply appends at each later poll of the same proposal. */
const repeated = async (planId: string): Promise<void> => {
  await planned(planId, { decision: 'SKIP', reason_codes: 'duplicate_plan', steps: '[]' });
  await ended(planId, { decision: 'SKIP' });
};
const FOREIGN = { published_by: 'another service', attempt: 0, mode: '' };

describe('the trace of a plan that another implementation of Apply published [I4]', () => {
  it('and carried out: both permits as they are, the order, what was looked up, and the result behind all repetitions', async () => {
    await planned('foreign-1');
    await ops.redis.setex(ops.keys.governorPermit('foreign-1'), 60, '{"granted":true,"symbol":"BTCUSDT"}');
    await ended('foreign-1', { executed: 'True', steps_results: ACK });
    for (let polls = 0; polls < 30; polls += 1) await repeated('foreign-1');
    await ops.redis.set(ops.keys.fill('BTCUSDT', '4711'), '0.007');
    const { status, body } = await get('/plans/foreign-1');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      ...FOREIGN,
      plan_id: 'foreign-1',
      symbol: 'BTCUSDT',
      action: 'PARTIAL_75',
      state: 'FILLED',
      decision: 'EXECUTE',
      executed: true,
      verdicts: { governor: { verdict: 'allow', permit: { granted: true } }, p33: null },
      order: {
        client_order_id: '',
        order_id: '4711',
        side: 'SELL',
        quantity: '0.007',
        executed_qty: '0.000',
        looked_up_qty: '0.007',
      },
      result: { decision: 'EXECUTE', executed: true, error: '', wait_ms: null },
      plan: { ...PLAN, plan_id: 'foreign-1' },
      proposal: null,
    });
    expect(body.steps.map(({ step }: { step: string }) => step)).toEqual(['published', 'result']);
  });

  it.each<[string, Fields, string]>([
    ['timed out', { decision: 'BLOCKED', error: 'permit_timeout' }, 'BLOCKED'],
    ['found no position', { decision: 'SKIP', error: 'no_position' }, 'SKIPPED'],
    ['failed', { decision: 'ERROR', error: 'connection reset' }, 'REJECTED'],
    [
      'says executed of a step that failed',
      { executed: 'True', steps_results: '[{"step": "CLOSE_PARTIAL_75", "status": "error", "details": "-4005"}]' },
      'UNKNOWN',
    ],
    ['cannot be read', { executed: 'perhaps' }, 'UNKNOWN'],
  ])('and whose result %s', async (_what, result, state) => {
    await planned('foreign-2');
    await ended('foreign-2', result);
    await repeated('foreign-2');
    expect((await get('/plans/foreign-2')).body).toMatchObject({
      ...FOREIGN,
      state,
      error: result['error'] ?? '',
      order: null,
    });
  });

  it('and that has no result yet, or was not to be executed', async () => {
    await planned('foreign-3');
    await planned('foreign-4', { decision: 'BLOCKED', reason_codes: 'kill_score_critical', steps: '[]' });
    expect((await get('/plans/foreign-3')).body).toMatchObject({ ...FOREIGN, state: 'WAITING', result: null });
    expect((await get('/plans/foreign-4')).body).toMatchObject({
      state: 'BLOCKED',
      reason_codes: ['kill_score_critical'],
    });
  });

  it('and of which only the result is left, or only a permit, or only a block', async () => {
    await ended('foreign-5', { executed: 'True', steps_results: ACK });
    expect((await get('/plans/foreign-5')).body).toMatchObject({
      ...FOREIGN,
      symbol: 'BTCUSDT',
      state: 'FILLED',
      order: { order_id: '4711' },
    });
    await ops.redis.setex(
      ops.keys.positionPermit('foreign-6'),
      60,
      '{"allow":false,"symbol":"ETHUSDT","reason":"no_position"}',
    );
    expect((await get('/plans/foreign-6')).body).toMatchObject({
      ...FOREIGN,
      symbol: 'ETHUSDT',
      state: 'UNKNOWN',
      verdicts: { governor: null, p33: { verdict: 'deny' } },
      result: null,
    });
    await ops.redis.setex(
      ops.keys.governorBlock('foreign-7'),
      60,
      '{"reason":"hourly_limit_exceeded","symbol":"BTCUSDT"}',
    );
    expect((await get('/plans/foreign-7')).body).toMatchObject({
      verdicts: { governor: { verdict: 'deny', reason: 'hourly_limit_exceeded' } },
    });
  });

  it('and whose entries were trimmed since they were read, is still known; of garbage and of nothing it is 404', async () => {
    await planned('foreign-8');
    await ended('foreign-8', { executed: 'True', steps_results: ACK });
    expect((await get('/plans/foreign-8')).status).toBe(200);
    await ops.redis.xtrim(ops.keys.planStream(), 'MAXLEN', 0);
    await ops.redis.xtrim(ops.keys.resultStream(), 'MAXLEN', 0);
    expect((await get('/plans/foreign-8')).body).toMatchObject({ state: 'FILLED' });
    await append(ops.keys.planStream(), { hello: 'world' });
    await append(ops.keys.planStream(), { plan_id: 'big', symbol: 'BTCUSDT', steps: 'x'.repeat(2 * 1024 * 1024) });
    await ops.redis.set(ops.keys.positionPermit('foreign-9'), 'garbage');
    expect((await get('/plans/hello')).status).toBe(404);
    expect((await get('/plans/big')).status).toBe(404);
    expect((await get('/plans/foreign-9')).body).toMatchObject({ state: 'UNKNOWN', symbol: '' });
  });
});

describe('the list of plans [I4]', () => {
  /** The process knows those of the other tests too. */
  const isOfTest = (planId: string): boolean => planId.startsWith('plan-');

  it('has those of another service among ours, by time, each once, filtered and in pages', async () => {
    const wanted: string[] = [];
    for (let at = 0; at < 12; at += 1) {
      const planId = `plan-${String(at).padStart(2, '0')}`;
      if (at % 3 === 0) await publish(ops, planId);
      else await planned(planId, { symbol: at % 2 === 0 ? 'ETHUSDT' : 'BTCUSDT' });
      if (at % 3 === 1) await ended(planId, { executed: 'True', steps_results: ACK });
      if (at % 3 !== 0) await repeated(planId);
      wanted.unshift(planId);
    }
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { body } = await get(`/plans?limit=5${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`);
      seen.push(...body.plans.map(({ plan_id: id }: { plan_id: string }) => id));
      cursor = body.next_cursor as string | null;
    }
    // Those of one millisecond are sorted by id.
    expect(seen.filter(isOfTest).toSorted()).toEqual(wanted.toSorted());
    const listed = async (filter: string): Promise<Fields[]> =>
      (await get(`/plans?${filter}`)).body.plans.filter((plan: Fields) => isOfTest(plan['plan_id'] ?? ''));
    const filled = await listed('state=FILLED');
    expect(filled).toHaveLength(4);
    expect(filled[0]).toMatchObject({ ...FOREIGN, executed: true, decision: 'EXECUTE' });
    expect(await listed('symbol=ETHUSDT')).toHaveLength(4);
  });

  it('has none that is ours, although an entry of it was written by somebody else', async () => {
    await publish(ops, 'ours');
    await planned('ours');
    const { body } = await get('/plans');
    const own = body.plans.filter(({ plan_id: id }: Fields) => id === 'ours');
    expect(own).toMatchObject([{ published_by: 'permit-gate', mode: 'testnet' }]);
  });
});
