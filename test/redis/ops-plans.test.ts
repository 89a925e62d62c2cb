import { NO_TARGET } from '../harness/standing.js';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { PermitStore } from '../../src/redis/stores/permit-store.js';
import { PlanJournal } from '../../src/redis/stores/plan-journal.js';
import { type Answer, OpsApp, publish } from './ops-support.js';

let ops: OpsApp;
beforeAll(async () => {
  ops = await OpsApp.start({
    socket: inject('redisSocket'),
    environment: { APPLY_ALLOWLIST: 'BTCUSDT,ETHUSDT' },
  });
});
afterAll(() => ops.close());
beforeEach(() => ops.clear());

const get = (path: string): Promise<Answer> => ops.call('GET', `/api/v1${path}`, 'viewer');

const resultOf = (planId: string, more: Record<string, string>) => ({
  plan_id: planId,
  symbol: 'BTCUSDT',
  decision: 'EXECUTE',
  executed: 'False',
  would_execute: 'False',
  steps_results: '[]',
  error: '',
  reason: '',
  attempt: '1',
  ...more,
});

async function record(
  planId: string,
  state: string,
  from: 'WAITING' | 'CLAIMED',
  fields: Record<string, string>,
): Promise<void> {
  const recorded = await ops.app.get(PlanJournal).record({
    planId,
    symbol: 'BTCUSDT',
    attempt: 1,
    token: `result-${planId}`,
    fromStates: [from],
    onlyAfterDeadline: false,
    claimToken: '',
    state,
    fields: resultOf(planId, { state, ...fields }),
    filled: false,
    guardMs: 1,
    retryAfterMs: undefined,
    maxAttempts: 5,
    identity: 'test',
    takenUp: '',
    continueAfterMs: undefined,
    resumable: false,
  });
  expect(recorded.kind).toBe('recorded');
}

describe('the trace of a plan', () => {
  it('shows every step with its time, both permits, the order and the result', async () => {
    await ops.redis.set(ops.keys.killSwitch(), '{"engaged":false}');
    await ops.redis.set(ops.keys.arm(), '{"armed":true}');
    const entryId = await publish(ops, 'filled-plan');
    await ops.app.get(PlanJournal).take('filled-plan', 1, entryId, 'apply-x');
    const governor = '{"granted":true,"computed_qty":0.01,"context":{"exec_hour":1}}';
    const p33 = '{"allow":true,"safe_close_qty":0.007}';
    await ops.redis.set(ops.keys.governorPermit('filled-plan'), governor);
    await ops.redis.set(ops.keys.positionPermit('filled-plan'), p33);
    expect((await get('/plans/filled-plan')).body.verdicts).toMatchObject({
      governor: { verdict: 'allow' },
      p33: { verdict: 'allow' },
    });
    const none = {
      maxQty: undefined,
      exchangePositionAmt: undefined,
      positionEpoch: undefined,
      expiresAtMs: undefined,
      kid: undefined,
      side: undefined,
      nonce: undefined,
      createdAtMs: undefined,
    };
    const permit = { ...none, manual: false };
    const claimed = await ops.app.get(PermitStore).claim(
      {
        planId: 'filled-plan',
        symbol: 'BTCUSDT',
        attempt: 1,
        token: 'claim',
        governor: { issuer: 'governor', bytes: governor, ...permit },
        p33: { issuer: 'p33', bytes: p33, ...permit },
        clientOrderId: 'pg-filled-plan-0-1',
        side: 'SELL',
        quantity: '0.007',
        signedMs: 1,
        acceptMs: 2_000,
        target: NO_TARGET,
      },
      performance.now() + 1_000,
    );
    expect(claimed.kind).toBe('claimed');
    const step = {
      step: 'CLOSE_PARTIAL_75',
      status: 'filled',
      order_id: '77',
      side: 'SELL',
      quantity: 0.007,
      executed_qty: 0.007,
      avg_price: 50_000.5,
    };
    await record('filled-plan', 'FILLED', 'CLAIMED', {
      executed: 'True',
      wait_ms: '12',
      steps_results: JSON.stringify([step]),
    });

    const { status, body } = await get('/plans/filled-plan');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      plan_id: 'filled-plan',
      symbol: 'BTCUSDT',
      state: 'FILLED',
      attempt: 1,
      mode: 'testnet',
      executed: true,
      verdicts: {
        governor: { verdict: 'allow', permit: { granted: true, computed_qty: 0.01, context: { exec_hour: 1 } } },
        p33: { verdict: 'allow', permit: { allow: true, safe_close_qty: 0.007 } },
      },
      order: {
        client_order_id: 'pg-filled-plan-0-1',
        order_id: '77',
        side: 'SELL',
        quantity: '0.007',
        executed_qty: 0.007,
        avg_price: 50_000.5,
        status: 'filled',
      },
      result: { decision: 'EXECUTE', executed: true, error: '', wait_ms: 12, state: 'FILLED' },
      proposal: { fields: { kill_score: '0.4' } },
    });
    expect(body.steps.map(({ step: name }: { step: string }) => name)).toEqual([
      'published',
      'waiting',
      'claimed',
      'result',
    ]);
    expect(body.steps[0]).toMatchObject({ offset_ms: 0, attempt: 1, mode: 'testnet' });
    for (const each of body.steps) expect(each.offset_ms).toBe(each.at_ms - body.published_ms);
  });

  it('shows a denial with its reason and its inputs', async () => {
    const entryId = await publish(ops, 'denied-plan');
    await ops.app.get(PlanJournal).take('denied-plan', 1, entryId, 'apply-x');
    const details = { exchange_amt: 0.062, ledger_amt: 0.002, diff: 0.06, tolerance: 0.00062 };
    await record('denied-plan', 'BLOCKED', 'WAITING', {
      error: 'p33_denied',
      reason: 'reconcile_required_qty_mismatch',
      steps_results: JSON.stringify([{ step: 'CLOSE_PARTIAL_75', status: 'not_sent', details }]),
    });
    const { body } = await get('/plans/denied-plan');
    expect(body.verdicts).toEqual({
      governor: null,
      p33: { verdict: 'deny', reason: 'reconcile_required_qty_mismatch', context: details },
    });
    expect(body.order).toBeNull();
    expect(body.result).toMatchObject({ error: 'p33_denied', executed: false });
  });

  it('of an unknown plan is 404', async () => {
    expect(await get('/plans/0123456789abcdef')).toMatchObject({
      status: 404,
      body: { type: 'urn:permit-gate:problem:plan-unknown' },
    });
    expect((await get('/plans/..%2F..%2Fetc')).status).toBe(404);
  });
});

describe('the list of plans', () => {
  it('is newest first, filtered, and complete over its pages even when plans have the same millisecond', async () => {
    for (let i = 0; i < 25; i += 1)
      await publish(ops, `plan-${String(i).padStart(2, '0')}`, i % 2 === 0 ? 'BTCUSDT' : 'ETHUSDT');
    const ids = await ops.redis.zrevrange(ops.keys.planIndex(), 0, -1);
    for (const id of ids.slice(3, 20)) {
      await ops.redis.zadd(ops.keys.planIndex(), 1_700_000_000_000, id);
      await ops.redis.hset(ops.keys.journal(id), 'published_ms', '1700000000000');
    }
    const expected = await ops.redis.zrevrange(ops.keys.planIndex(), 0, -1);
    const seen: string[] = [];
    let cursor = '';
    do {
      const { body } = await get(`/plans?limit=4${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`);
      seen.push(...body.plans.map(({ plan_id }: { plan_id: string }) => plan_id));
      cursor = body.next_cursor ?? '';
    } while (cursor !== '');
    expect(seen).toEqual(expected);
    const { body } = await get('/plans?symbol=ETHUSDT&state=PUBLISHED');
    expect(body.plans).toHaveLength(12);
    expect(body.plans.every(({ symbol }: { symbol: string }) => symbol === 'ETHUSDT')).toBe(true);
    expect((await get('/plans?state=FILLED')).body).toEqual({ plans: [], next_cursor: null });
    expect((await get('/plans?state=OPEN')).status).toBe(400);
    expect((await get('/plans?cursor=x')).status).toBe(400);
  });
});

describe('a proposal', () => {
  const proposal = {
    symbol: 'BTCUSDT',
    harvest_action: 'PARTIAL_75',
    kill_score: 0.4,
    computed_at_utc: '2026-01-31T12:00:00Z',
    last_update_epoch: 1769860800.25,
  };

  it('goes to Apply with its numbers as text', async () => {
    const { status, body } = await ops.call('POST', '/api/v1/proposals', 'operator', { ...proposal, R_net: '1.5' });
    expect(status).toBe(200);
    expect(body).toEqual({
      plan_id: 'aaaaaaaaaaaaaaaa',
      decision: 'EXECUTE',
      reason_codes: [],
      detail: '',
      attempt: 1,
    });
    const { symbol, ...rest } = proposal;
    expect(ops.context.submitted).toEqual([
      {
        symbol,
        source: 'api',
        fields: { ...rest, kill_score: '0.4', last_update_epoch: '1769860800.25', R_net: '1.5' },
      },
    ]);
  });

  it.each([
    ['side', 'BUY'],
    ['kill_score', { a: 1 }],
    ['new_sl_proposed', [1]],
    ['harvest_action', 'x'.repeat(600)],
  ])('with a wrong or unknown %s is refused and never reaches Apply', async (field, value) => {
    const { status, body } = await ops.call('POST', '/api/v1/proposals', 'operator', { ...proposal, [field]: value });
    expect(status).toBe(400);
    expect(body.errors[0].field).toBe(field);
    expect(ops.context.submitted).toEqual([]);
  });

  it('is 503 when this process does not run Apply', async () => {
    const other = await OpsApp.start({
      socket: inject('redisSocket'),
      environment: { ROLES: 'governor' },
      context: (context) => (context.intake = undefined),
    });
    const { status, body } = await other.call('POST', '/api/v1/proposals', 'operator', proposal);
    await other.close();
    expect(status).toBe(503);
    expect(body.detail).toContain('ROLES contain apply');
  });
});
