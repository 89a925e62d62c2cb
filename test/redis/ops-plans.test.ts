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
  retryAfterMs?: number,
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
    retryAfterMs,
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
      p33: {
        verdict: 'deny',
        text: 'Position Brain: no (reconcile_required_qty_mismatch): exchange and ledger differ by more than the tolerance.',
        at_ms: null,
        reason: 'reconcile_required_qty_mismatch',
        context: details,
      },
    });
    expect(body.order).toBeNull();
    expect(body.result).toMatchObject({ error: 'p33_denied', executed: false });
  });

  it('has both verdicts of every attempt in words, also of one that was tried again', async () => {
    await ops.redis.set(ops.keys.killSwitch(), '{"engaged":false}');
    await ops.redis.set(ops.keys.arm(), '{"armed":true}');
    const planId = 'twice-tried';
    await ops.app.get(PlanJournal).take(planId, 1, await publish(ops, planId), 'apply-x');
    const granted = '{"granted":true,"computed_qty":0.01}';
    const stale = { allow: false, reason: 'stale_exchange_state', context: { age_seconds: 11 }, created_at: 1_790_000 };
    await ops.redis.set(ops.keys.governorPermit(planId), granted);
    const announce = (attempt: string, issuer: string, verdict: string, permit: string) =>
      ops.redis.xadd(
        ops.keys.permitEvents(),
        '*',
        ...Object.entries({ plan_id: planId, attempt, issuer, verdict, permit }).flat(),
      );
    const announcedId = await announce('1', 'p33', 'deny', JSON.stringify(stale));
    await record(planId, 'BLOCKED', 'WAITING', { error: 'p33_denied', reason: 'stale_exchange_state' }, 1);
    // The next attempt is due a millisecond after this one.
    await new Promise((resolve) => setTimeout(resolve, 10));
    await ops.app.get(PlanJournal).take(planId, 2, await publish(ops, planId, 'BTCUSDT', 2), 'apply-x');
    // Of the present attempt the verdict that is stored counts, not the event of another plan.
    await ops.redis.set(ops.keys.positionPermit(planId), '{"allow":true,"safe_close_qty":0.007}');

    const { body } = await get(`/plans/${planId}`);
    expect(body.attempts).toEqual([
      {
        attempt: 1,
        error: 'p33_denied',
        reason: 'stale_exchange_state',
        verdicts: {
          governor: {
            verdict: 'allow',
            text: 'Governor: yes, up to 0.01.',
            at_ms: null,
            permit: JSON.parse(granted) as unknown,
          },
          p33: {
            verdict: 'deny',
            text: 'Position Brain: no (stale_exchange_state): the snapshot is older than P33_STALE_THRESHOLD_SEC.',
            at_ms: Number(announcedId?.split('-')[0]),
            permit: stale,
          },
        },
      },
      {
        attempt: 2,
        error: '',
        reason: '',
        verdicts: {
          governor: null,
          p33: expect.objectContaining({ verdict: 'allow', text: 'Position Brain: yes, up to 0.007.' }) as unknown,
        },
      },
    ]);
    expect(body.verdicts).toEqual(body.attempts[1].verdicts);

    // What the stream of verdicts has lost is still known by the result.
    await ops.redis.del(ops.keys.permitEvents());
    expect((await get(`/plans/${planId}`)).body.attempts[0].verdicts).toMatchObject({
      governor: { verdict: 'allow' },
      p33: { verdict: 'deny', reason: 'stale_exchange_state' },
    });
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
    expect((await get('/plans?state=FILLED')).body).toEqual({
      plans: [],
      repeats_left_out: 0,
      waiting_for_capacity: { count: 0, plans: [] },
      next_cursor: null,
      archive_fault: null,
    });
    expect((await get('/plans?state=FILLED&state=published&limit=1')).body.plans).toHaveLength(1);
    expect((await get('/plans?symbol=ethusdt&limit=500')).body).toEqual(
      (await get('/plans?symbol=ETHUSDT&limit=500')).body,
    );
  });

  it('has what was published in a time, both ends included, over its pages too', async () => {
    for (const [at, id] of ['p0', 'p1', 'p2', 'p3', 'p4'].entries()) {
      await publish(ops, id);
      await ops.redis.zadd(ops.keys.planIndex(), 1_700_000_000_000 + at, id);
      await ops.redis.hset(ops.keys.journal(id), 'published_ms', String(1_700_000_000_000 + at));
    }
    const ids = async (query: string): Promise<string[]> =>
      (await get(`/plans?${query}`)).body.plans.map(({ plan_id }: { plan_id: string }) => plan_id);
    const [since, until] = ['2023-11-14T22:13:20.001Z', '1700000000003'];
    expect(await ids(`since=${since}&until=${until}`)).toEqual(['p3', 'p2', 'p1']);
    const first = (await get(`/plans?since=${since}&until=${until}&limit=2`)).body;
    expect(await ids(`since=${since}&until=${until}&limit=2&cursor=${first.next_cursor}`)).toEqual(['p1']);
    // A cursor is not newer than the end that is asked for.
    expect(await ids(`until=1700000000000&cursor=${first.next_cursor}`)).toEqual(['p0']);
  });

  it('leaves out what repeats a newer refusal of the symbol, and counts it', async () => {
    const refuse = async (planId: string, symbol: string, reason: string) => {
      await publish(ops, planId, symbol);
      await ops.redis.hset(ops.keys.journal(planId), 'state', 'SKIPPED', 'result', JSON.stringify(['reason', reason]));
    };
    const given: [string, string, string?][] = [
      ['a1', 'BTCUSDT', 'x'],
      ['a2', 'BTCUSDT', 'x'],
      ['b1', 'BTCUSDT'],
      ['a3', 'BTCUSDT', 'x'],
      ['e1', 'ETHUSDT', 'x'],
      ['a4', 'BTCUSDT', 'y'],
      ['a5', 'BTCUSDT', 'x'],
      ['a6', 'BTCUSDT', 'y'],
    ];
    for (const [at, [planId, symbol, reason]] of given.entries()) {
      await (reason === undefined ? publish(ops, planId, symbol) : refuse(planId, symbol, reason));
      await ops.redis.zadd(ops.keys.planIndex(), 1_700_000_000_000 + at, planId);
      await ops.redis.hset(ops.keys.journal(planId), 'published_ms', String(1_700_000_000_000 + at));
    }
    const { body } = await get('/plans?repeats=fold&limit=5');
    expect(body.plans.map(({ plan_id }: { plan_id: string }) => plan_id)).toEqual(['a6', 'a5', 'e1', 'b1', 'a2']);
    expect(body).toMatchObject({ repeats_left_out: 3, next_cursor: null });
    expect((await get('/plans')).body.plans).toHaveLength(given.length);
  });

  it.each([
    ['state=OPEN', 'state', 'must be of PUBLISHED, WAITING'],
    ['state=FILLED&state=OPEN', 'state', 'must be of PUBLISHED, WAITING'],
    ['symbol=BTC/USDT', 'symbol', 'must be one symbol such as BTCUSDT'],
    ['symbol=A&symbol=B', 'symbol', 'must be one symbol such as BTCUSDT'],
    ['since=yesterday', 'since', 'must be epoch ms, or a time such as'],
    ['until=15m', 'until', 'must be epoch ms, or a time such as'],
    ['since=2000&until=1000', 'until', 'must not be before since'],
    ['repeats=all', 'repeats', 'must be one of the following values: show, fold'],
    ['cursor=x', 'cursor', 'must be the next_cursor of an earlier page'],
  ])('is refused for %s: the field and what it must be are named', async (query, field, words) => {
    const { status, body } = await get(`/plans?${query}`);
    expect(status).toBe(400);
    expect(body.errors[0]).toMatchObject({ field });
    expect(JSON.stringify(body.errors[0])).toContain(words);
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
