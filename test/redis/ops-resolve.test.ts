import { Decimal } from '../../src/flow/0-decimal.js';
import { encodeTakenUp, parseTakenUp, takeUp } from '../../src/flow/1-standing.js';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
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
  untilKnown,
  untilState,
} from './apply-support.js';
import { ledgerAmt, untilLedger } from './issuer-support.js';
import { type Answer, OpsApp, redisNowMs, UNKNOWN_ORDER, UNKNOWN_PLAN, writeUnknown } from './ops-support.js';

const env = {
  ...QUICK,
  SYMBOLS: 'BTCUSDT',
  EXCHANGE_RECV_WINDOW_MS: '300',
  EXCHANGE_ORDER_TIMEOUT_MS: '400',
  EXCHANGE_UNKNOWN_PROOF_SEC: '1',
};
const PLAN = UNKNOWN_PLAN;
const ORDER = UNKNOWN_ORDER;

let testEnv: TestEnvironment;
let ops: OpsApp;
beforeEach(async () => {
  testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.010' } });
  ops = await OpsApp.start({
    socket: inject('redisSocket'),
    environment: {
      REDIS_KEY_PREFIX: testEnv.prefix,
      ROLES: 'governor',
      EXCHANGE_REST_URL: testEnv.exchange.restUrl,
      EXCHANGE_WS_URL: testEnv.exchange.wsUrl,
      EXCHANGE_UNKNOWN_PROOF_SEC: '1',
      P33_COOLDOWN_SEC: '0',
    },
  });
});
afterEach(async () => {
  await ops.close();
  await testEnv.close();
});

const resolve = (planId: string, body: object, who: 'operator' | 'admin' = 'admin'): Promise<Answer> =>
  ops.call('POST', `/api/v1/plans/${planId}/resolve`, who, { reason: 'seen in the history', ...body });
const kindOf = ({ body }: Answer): string => `${body.status} ${String(body.type).split(':').at(-1)}`;

const TAKEN_UP = takeUp({ amount: new Decimal('0.010'), step: new Decimal('0.001') }, 75, 0, 1);
const unknown = (hash: Record<string, string | number> = {}): Promise<void> =>
  writeUnknown(ops, {
    identity: 'asked',
    taken_up: encodeTakenUp(TAKEN_UP),
    left: '0.007',
    smallest: '0.001',
    ...hash,
  });

/** An order that traded and that the exchange's look-up denies: what the resolver cannot settle. */
async function lostForGood(gate: Gate, byHand = false): Promise<{ readonly planId: string }> {
  testEnv.exchange.addFault({
    match: { method: 'GET', path: '/order' },
    action: { type: 'orderNotFoundFor', ms: 60_000 },
  });
  testEnv.exchange.addFault({ match: { method: 'POST', path: '/order' }, action: { type: 'loseReply' } });
  const { planId } = await submit(gate, 'BTCUSDT', 'PARTIAL_75');
  if (byHand) await handwrite(testEnv, planId, { governor: GRANT, p33: foreignPermit('BTCUSDT', 0.007, 0.01) });
  await untilState(testEnv, planId, 'UNKNOWN', 8_000);
  await eventually(
    async () =>
      (await testEnv.redis.lrange(testEnv.keys.trace(planId), 0, -1)).some((step) =>
        step.includes('traded on its side'),
      ) || undefined,
    8_000,
  );
  return { planId };
}

describe('an order the resolver cannot settle', () => {
  it('is resolved by an admin once: one result, the ledger and the limits follow, its own hold is lifted [O1] [O13] [S18] [C5]', async () => {
    // With a user stream that reports the fill there is nothing to resolve.
    testEnv.exchange.addFault({ action: { type: 'silentStream' } });
    const gate = await testEnv.gate({ env });
    await untilKnown(testEnv, 'BTCUSDT');
    const { planId } = await lostForGood(gate);
    const { keys, redis } = testEnv;
    const reason = `the outcome of order pg-${planId}-0-1 is unknown: it is not found, and 0.007 traded on its side`;
    const hold = { symbol: 'BTCUSDT', cause: 'order_outcome_unknown', reason, by: 'apply', at_ms: 1 };
    await redis.set(keys.hold('BTCUSDT'), JSON.stringify(hold));

    expect(kindOf(await resolve(planId, { outcome: 'filled', executed_qty: '0.007' }, 'operator'))).toBe(
      '403 role-missing',
    );
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => resolve(planId, { outcome: 'filled', executed_qty: '0.007' })),
    );
    expect(answers.filter(({ status }) => status === 200).map(({ body }) => body)).toEqual([
      expect.objectContaining({ plan_id: planId, state: 'FILLED', executed: true, error: '', hold: 'lifted' }),
    ]);
    for (const answer of answers.filter(({ status }) => status !== 200))
      expect(kindOf(answer)).toBe('409 plan-not-unknown');

    const result = await resultOf(testEnv, planId);
    expect(result).toMatchObject({
      executed: 'True',
      state: 'FILLED',
      reason: 'resolved by the-admin: seen in the history',
    });
    expect(stepOf(result)).toMatchObject({
      status: 'filled',
      side: 'SELL',
      executed_qty: 0.007,
      client_order_id: `pg-${planId}-0-1`,
      details: { resolved: 'by an operator', by: 'the-admin', reason: 'seen in the history' },
    });
    // Pushed already or not, it counts once.
    await untilLedger(testEnv, 'BTCUSDT', '0.003');
    await eventually(
      async () => (await redis.hget(keys.reservation(planId, '1'), 'state')) === 'committed' || undefined,
    );
    await sleep(300);
    expect(await ledgerAmt(testEnv, 'BTCUSDT')).toBe('0.003');
    expect(await redis.exists(keys.hold('BTCUSDT'), keys.inflight('BTCUSDT'))).toBe(0);
    expect(await redis.zscore(keys.openPlans(), planId)).toBeNull();
    const { steps } = (await ops.call('GET', `/api/v1/plans/${planId}`, 'viewer')).body;
    expect(steps.slice(-2)).toMatchObject([
      { step: 'resolved', outcome: 'filled', executed_qty: '0.007', by: 'the-admin', reason: 'seen in the history' },
      { step: 'result', state: 'FILLED' },
    ]);
    const { entries } = (await ops.call('GET', '/api/v1/audit?action=plan.', 'viewer')).body;
    expect(entries.filter(({ outcome }: { outcome: string }) => outcome === 'ok')).toMatchObject([
      {
        before: { state: 'UNKNOWN' },
        after: { state: 'FILLED' },
        details: { outcome: 'filled', executed_qty: '0.007' },
        action: 'plan.resolve',
        actor: 'the-admin',
        target: planId,
        reason: 'seen in the history',
      },
    ]);
    expect(orderRequests(testEnv)).toHaveLength(1);
  });

  it('resolved wrongly blocks its symbol: its hold is lifted, and ledger and exchange differ [S6] [O13]', async () => {
    await testEnv.redis.hset(testEnv.keys.ledger('BTCUSDT'), 'last_known_amt', '0.01');
    const gate = await testEnv.gate({ roles: 'apply', env });
    const { planId } = await lostForGood(gate, true);
    expect((await resolve(planId, { outcome: 'not_found' })).body).toMatchObject({ state: 'NOT_FOUND', hold: 'none' });
    await testEnv.gate({ roles: 'position-brain,governor', env });
    await eventually(async () => (await testEnv.redis.exists(testEnv.keys.snapshot('BTCUSDT'))) === 1 || undefined);
    const next = await submit(gate, 'BTCUSDT', 'PARTIAL_50');
    expect(await resultOf(testEnv, next.planId)).toMatchObject({
      executed: 'False',
      error: 'p33_denied',
      reason: 'reconcile_required_qty_mismatch',
    });
    expect(orderRequests(testEnv)).toHaveLength(1);
  });
});

describe('resolve', () => {
  it.each([
    ['not_found', '0', 'NOT_FOUND', 'False', undefined, null],
    ['partly_filled', '0.003', 'PARTLY_FILLED', 'True', false, `${PLAN}:1`],
    ['filled', '0.007', 'FILLED', 'True', true, `${PLAN}:1`],
  ] as const)(
    'writes the result without any role running here: %s %s',
    async (outcome, qty, state, executed, isDone, unsettled) => {
      const { keys, redis } = testEnv;
      await unknown();
      const operatorsHold = '{"symbol":"BTCUSDT","cause":"operator","reason":"x","by":"bob","at_ms":1}';
      await redis.set(keys.hold('BTCUSDT'), operatorsHold);
      const { status, body } = await resolve(PLAN, { outcome, executed_qty: qty });
      expect(status).toBe(200);
      expect(body).toMatchObject({ state, hold: 'kept' });
      expect(await resultOf(testEnv, PLAN)).toMatchObject({ executed, state, would_execute: 'True' });
      expect(await redis.get(keys.hold('BTCUSDT'))).toBe(operatorsHold);
      const takenUp = parseTakenUp((await redis.get(keys.takenUp('BTCUSDT', 'asked'))) ?? '');
      expect(takenUp === 'unreadable' ? takenUp : takenUp?.isDone).toBe(isDone);
      expect(await redis.get(keys.unsettled('BTCUSDT'))).toBe(unsettled);
      await eventually(async () => (await redis.exists(keys.inflight('BTCUSDT'))) === 0 || undefined);
      expect(kindOf(await resolve(PLAN, { outcome }))).toBe('409 plan-not-unknown');
      expect(await testEnv.results()).toHaveLength(1);
    },
  );

  it.each<[string, Record<string, string | number>, object, string]>([
    ['waits', { state: 'WAITING' }, { outcome: 'not_found' }, '409 plan-not-unknown'],
    ['has ended', { state: 'FILLED' }, { outcome: 'not_found' }, '409 plan-not-unknown'],
    [
      'could still be accepted',
      { accept_until_ms: 4e12 },
      { outcome: 'filled', executed_qty: '0.007' },
      '409 still-acceptable',
    ],
    [
      'could still be signed again',
      { deadline_ms: 4e12 },
      { outcome: 'filled', executed_qty: '0.007' },
      '409 still-acceptable',
    ],
    [
      'has no accept time',
      { accept_until_ms: 'x' },
      { outcome: 'filled', executed_qty: '0.007' },
      '409 still-acceptable',
    ],
    ['was answered', { answered_ms: 1_700_000_000_000 }, { outcome: 'not_found' }, '409 resolution-impossible'],
    ['has no side', { side: '' }, { outcome: 'not_found' }, '409 resolution-impossible'],
    ['was for less', {}, { outcome: 'filled', executed_qty: '0.008' }, '409 resolution-impossible'],
    ['filled nothing', {}, { outcome: 'filled' }, '409 resolution-impossible'],
    ['filled less than nothing', {}, { outcome: 'filled', executed_qty: '-0.007' }, '409 resolution-impossible'],
    [
      'filled no multiple of the step',
      {},
      { outcome: 'partly_filled', executed_qty: '0.0035' },
      '409 resolution-impossible',
    ],
    ['is no stop', {}, { outcome: 'placed' }, '409 resolution-impossible'],
    ['got an unknown outcome', {}, { outcome: 'cancelled' }, '400 invalid-request'],
    ['got no number', {}, { outcome: 'filled', executed_qty: '1e-3' }, '400 invalid-request'],
    ['got no reason', {}, { outcome: 'not_found', reason: ' ' }, '400 invalid-request'],
  ])('is refused, and changes nothing, for a plan that %s', async (_what, hash, body, expected) => {
    await unknown(hash);
    const before = await testEnv.redis.hgetall(testEnv.keys.journal(PLAN));
    expect(kindOf(await resolve(PLAN, body))).toBe(expected);
    expect(await testEnv.redis.hgetall(testEnv.keys.journal(PLAN))).toEqual(before);
    expect(await testEnv.redis.exists(testEnv.keys.inflight('BTCUSDT'))).toBe(1);
    expect(await testEnv.results()).toEqual([]);
  });

  it.each<[string, (nowMs: number) => Promise<unknown>, object, RegExp]>([
    [
      'the user stream reported its fill',
      () => testEnv.redis.set(testEnv.keys.fill('BTCUSDT', ORDER), '0.007'),
      { outcome: 'not_found' },
      /the user stream reported 0\.007 of it as filled/,
    ],
    [
      'the user stream reported another quantity',
      () => testEnv.redis.set(testEnv.keys.fill('BTCUSDT', ORDER), '0.004'),
      { outcome: 'filled', executed_qty: '0.007' },
      /the user stream reported 0\.004 of it as filled, not 0\.007/,
    ],
    [
      'the user stream reported more',
      () => testEnv.redis.set(testEnv.keys.fill('BTCUSDT', ORDER), '0.007'),
      { outcome: 'partly_filled', executed_qty: '0.003' },
      /the user stream reported 0\.007 of it as filled, not 0\.003/,
    ],
    [
      'the ledger counted it last',
      () => testEnv.redis.hset(testEnv.keys.ledger('BTCUSDT'), { last_known_amt: '0.003', last_result_plan_id: PLAN }),
      { outcome: 'not_found' },
      /the ledger's last fill is one of this plan/,
    ],
    [
      'the position fell by as much',
      (nowMs) => testEnv.redis.hset(testEnv.keys.snapshot('BTCUSDT'), { position_amt: '0.003', ts_ms: String(nowMs) }),
      { outcome: 'not_found' },
      /the position moved by -0\.007, which no trade of another order explains/,
    ],
    [
      'the position is what it was',
      (nowMs) => testEnv.redis.hset(testEnv.keys.snapshot('BTCUSDT'), { position_amt: '0.010', ts_ms: String(nowMs) }),
      { outcome: 'filled', executed_qty: '0.007' },
      /the position moved by 0, not by -0\.007, and no trade of it is known/,
    ],
  ])('is refused with the evidence, and changes nothing, where %s [E3]', async (_what, record, body, evidence) => {
    await unknown();
    await record(await redisNowMs(ops));
    const before = await testEnv.redis.hgetall(testEnv.keys.journal(PLAN));
    const { status, body: answer } = await resolve(PLAN, body);
    expect({ status, type: answer.type }).toEqual({
      status: 409,
      type: 'urn:permit-gate:problem:resolution-contradicted',
    });
    expect(answer.detail).toMatch(evidence);
    expect(answer.evidence).toMatch(evidence);
    expect(await testEnv.redis.hgetall(testEnv.keys.journal(PLAN))).toEqual(before);
    expect(await testEnv.redis.get(testEnv.keys.inflight('BTCUSDT'))).toBe(`${PLAN}:1`);
    expect(await testEnv.results()).toEqual([]);
  });

  it.each<[string, (nowMs: number) => Promise<unknown>, object, string]>([
    [
      'what the user stream reported',
      () => testEnv.redis.set(testEnv.keys.fill('BTCUSDT', ORDER), '0.007'),
      { outcome: 'filled', executed_qty: '0.007' },
      'FILLED',
    ],
    [
      'more than the stream reported, and the position moved by it',
      async (nowMs) => {
        await testEnv.redis.set(testEnv.keys.fill('BTCUSDT', ORDER), '0.004');
        await testEnv.redis.hset(testEnv.keys.snapshot('BTCUSDT'), { position_amt: '0.003', ts_ms: String(nowMs) });
      },
      { outcome: 'filled', executed_qty: '0.007' },
      'FILLED',
    ],
    [
      'an absence, where the position is what it was',
      (nowMs) => testEnv.redis.hset(testEnv.keys.snapshot('BTCUSDT'), { position_amt: '0.01', ts_ms: String(nowMs) }),
      { outcome: 'not_found' },
      'NOT_FOUND',
    ],
    [
      'an absence, where the only snapshot is from before the last moment of acceptance',
      (nowMs) =>
        testEnv.redis.hset(testEnv.keys.snapshot('BTCUSDT'), { position_amt: '0.003', ts_ms: String(nowMs - 58_000) }),
      { outcome: 'not_found' },
      'NOT_FOUND',
    ],
  ])('takes %s part of [E3]', async (_what, record, body, state) => {
    await unknown();
    await record(await redisNowMs(ops));
    expect((await resolve(PLAN, body)).body).toMatchObject({ state });
  });

  it('refuses not_found while the exchange may show the order late [O3]', async () => {
    const nowMs = await redisNowMs(ops);
    await unknown({ accept_until_ms: nowMs - 10 });
    const { body } = await resolve(PLAN, { outcome: 'not_found' });
    expect(body).toMatchObject({ status: 409, type: 'urn:permit-gate:problem:absence-unproven' });
    expect(body.wait_ms).toBeGreaterThan(0);
    await sleep(body.wait_ms);
    expect((await resolve(PLAN, { outcome: 'not_found' })).status).toBe(200);
  });

  it('is 404 for an unknown plan', async () => {
    expect(kindOf(await resolve('bbbbbbbbbbbbbbbb', { outcome: 'not_found' }))).toBe('404 plan-unknown');
  });

  it("names the operators' connection where this Redis user may not write results", async () => {
    await unknown();
    const user = `${testEnv.prefix.slice(0, -1)}-reader`;
    const own = [ops.auditStream, testEnv.keys.auditHeads(), testEnv.keys.server(), testEnv.keys.governorEvents()];
    const rules = ['on', '>secret', '+@all', `%R~${testEnv.prefix}*`, ...own.map((key) => `~${key}`)];
    await testEnv.redis.call('ACL', 'SETUSER', user, ...rules);
    const environment = { REDIS_KEY_PREFIX: testEnv.prefix, REDIS_USERNAME: user, REDIS_PASSWORD: 'secret' };
    const limited = await OpsApp.start({ socket: inject('redisSocket'), environment });
    try {
      const call = ['POST', `/api/v1/plans/${PLAN}/resolve`, 'admin', { outcome: 'not_found', reason: 'x' }] as const;
      const { body } = await limited.call(...call);
      expect(body).toMatchObject({ status: 503, type: 'urn:permit-gate:problem:redis-right-missing' });
      expect(body.detail).toContain('REDIS_OPERATOR_USERNAME');
      expect(await stateOf(testEnv, PLAN)).toBe('UNKNOWN');
    } finally {
      await limited.close();
      await testEnv.redis.call('ACL', 'DELUSER', user);
    }
  });
});

describe("the Governor's permit by hand", () => {
  const permitByHand = (planId: string, who: 'viewer' | 'operator' = 'operator', on = ops): Promise<Answer> =>
    on.call('POST', `/api/v1/permits/${planId}/governor`, who, { reason: 'the Governor is away' });
  const waiting = { ...env, APPLY_PERMIT_WAIT_MS: '8000' };

  it('lets a waiting plan execute, is manual in trace and audit, and works once', async () => {
    const gate = await testEnv.gate({ roles: 'apply,position-brain', env: waiting });
    await untilKnown(testEnv, 'BTCUSDT');
    const { planId } = await submit(gate, 'BTCUSDT', 'PARTIAL_75');
    await untilState(testEnv, planId, 'WAITING');
    expect(kindOf(await permitByHand(planId, 'viewer'))).toBe('403 role-missing');
    const { status, body } = await permitByHand(planId);
    expect(status).toBe(200);
    expect(body).toEqual({
      plan_id: planId,
      attempt: 1,
      permit: 'governor',
      manual: true,
      by: 'the-operator',
      reason: 'the Governor is away',
    });
    expect(await resultOf(testEnv, planId)).toMatchObject({ executed: 'True', state: 'FILLED' });
    expect(kindOf(await permitByHand(planId))).toBe('409 plan-not-waiting');
    expect(await testEnv.redis.exists(testEnv.keys.governorPermit(planId))).toBe(0);
    const { steps } = (await ops.call('GET', `/api/v1/plans/${planId}`, 'viewer')).body;
    expect(steps).toContainEqual(
      expect.objectContaining({
        step: 'manual_permit',
        issuer: 'governor',
        by: 'the-operator',
        reason: 'the Governor is away',
      }),
    );
    const { entries } = (await ops.call('GET', '/api/v1/audit', 'viewer')).body;
    expect(entries).toContainEqual(
      expect.objectContaining({ action: 'permit.governor', target: planId, actor: 'the-operator', outcome: 'ok' }),
    );
    expect(testEnv.orders()).toHaveLength(1);
  });

  it('is refused when a permit exists, in production, with signing on, after the window, and for an unknown plan', async () => {
    const gate = await testEnv.gate({ roles: 'apply', env: { ...waiting, APPLY_PERMIT_WAIT_MS: '2500' } });
    const { planId } = await submit(gate, 'BTCUSDT', 'PARTIAL_75');
    await untilState(testEnv, planId, 'WAITING');
    await handwrite(testEnv, planId, { governor: GRANT });
    expect(kindOf(await permitByHand(planId))).toBe('409 permit-exists');
    await testEnv.redis.del(testEnv.keys.governorPermit(planId));
    await testEnv.redis.hset(testEnv.keys.journal(planId), 'mode', 'production');
    expect(kindOf(await permitByHand(planId))).toBe('409 production');
    await testEnv.redis.hset(testEnv.keys.journal(planId), 'mode', 'testnet');
    const settings = ops.environment as { permitSigning: string };
    settings.permitSigning = 'ed25519';
    expect(kindOf(await permitByHand(planId))).toBe('409 signing-on');
    settings.permitSigning = 'off';
    expect(await testEnv.redis.exists(testEnv.keys.governorPermit(planId))).toBe(0);
    await resultOf(testEnv, planId);
    expect(kindOf(await permitByHand(planId))).toBe('409 plan-not-waiting');
    expect(kindOf(await permitByHand('bbbbbbbbbbbbbbbb'))).toBe('404 plan-unknown');
    expect(orderRequests(testEnv)).toEqual([]);
  });
});
