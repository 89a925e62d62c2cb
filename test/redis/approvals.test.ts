import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../harness/eventually.js';
import { metric, resultOf, stateOf, untilState } from './apply-support.js';
import { ApprovalStage, aWhile, type Json, problemOf, seconds, wish } from './approvals-support.js';

const POSITIONS = {
  BTCUSDT: '0.100',
  ETHUSDT: '1.000',
  DOGEUSDT: '10000',
  '1000SHIBUSDT': '100000',
  SPELLUSDT: '1000000',
  LINKUSDT: '100',
};

let stage: ApprovalStage;
beforeAll(async () => {
  const rules = 'defaults: { approval: manual }\nsymbols: { ETHUSDT: { approvalsNeeded: 2 } }';
  // One try alone: what waits spends none.
  stage = await ApprovalStage.open(POSITIONS, rules, { APPLY_MAX_ATTEMPTS: '1' });
});
afterAll(() => stage.close());

describe('a plan that a person must approve [G10]', () => {
  it('waits as long as its proposal is kept fresh, at no cost, and is executed once when a person approves it', async () => {
    const symbol = 'BTCUSDT';
    const first = wish('PARTIAL_50', 'standing');
    await stage.propose(symbol, first);
    const planId = await stage.untilWaiting(symbol);
    const [before] = await stage.waiting(symbol);
    expect(before).toEqual({
      plan_id: planId,
      symbol,
      action: 'PARTIAL_50',
      share_pct: '50',
      stop_price: null,
      quantity: '0.05',
      notional_usd: '3250',
      kill_score: '0.5',
      mode: 'testnet',
      since_ms: expect.any(Number),
      until_ms: expect.closeTo((Number(first['last_update_epoch']) + 60) * 1000, -1),
      needed: 1,
      approvals: [],
    });
    // Its strategy keeps it fresh, whether or not it also writes when it computed it.
    await stage.propose(symbol, { last_update_epoch: seconds(1) });
    await aWhile();
    const renewed = { last_update_epoch: seconds(2), computed_at_utc: new Date(Date.now() + 2_000).toISOString() };
    await stage.propose(symbol, renewed);
    const untilMs = (Number(renewed.last_update_epoch) + 60) * 1000;
    await eventually(
      async () => Math.abs(Number((await stage.waiting(symbol))[0]?.['until_ms']) - untilMs) < 2 || undefined,
    );
    await aWhile();
    expect(await stage.published(symbol)).toEqual([`${planId}:1`]);
    expect(await stateOf(stage.testEnv, planId)).toBe('WAITING_APPROVAL');
    expect((await stage.call('vera', 'GET', '/plans?state=WAITING_APPROVAL')).answer['plans']).toMatchObject([
      { plan_id: planId, error: 'governor_denied', reason: 'approval_required' },
    ]);
    const [{ since_ms: since } = {}] = await stage.waiting(symbol);
    expect(since).toBe(before?.['since_ms']);
    const { keys, redis } = stage.testEnv;
    expect(await redis.exists(keys.inflight(symbol), keys.executions(symbol), keys.reservation(planId, '1'))).toBe(0);
    expect(stage.ordersOf(symbol)).toBe(0);
    expect(await metric(stage.gate, 'approvals_waiting')).toBe(1);

    expect(await problemOf(stage.approve(planId, 'vera'))).toBe('403 role-missing');
    const { status, answer } = await stage.approve(planId);
    expect({ status, outcome: answer['outcome'] }).toEqual({ status: 200, outcome: 'approved' });
    // As far as the next attempt has come by then.
    expect(await problemOf(stage.approve(planId, 'ben'))).toMatch(/^409 (already-approved|plan-open|plan-executed)$/);
    expect(await resultOf(stage.testEnv, planId, 2)).toMatchObject({ executed: 'True', state: 'FILLED' });
    expect(await problemOf(stage.approve(planId, 'ben'))).toBe('409 plan-executed');
    expect(await problemOf(stage.decide('ben', 'reject', planId))).toBe('409 plan-executed');
    expect([stage.ordersOf(symbol), await stage.waiting(symbol)]).toEqual([1, []]);
    const { answer: trace } = await stage.call('vera', 'GET', `/plans/${planId}`);
    const steps = trace['steps'] as Json[];
    expect(steps.filter(({ step }) => step === 'result' || step === 'approved')).toMatchObject([
      { attempt: 1, state: 'WAITING_APPROVAL' },
      { attempt: 1, by: 'anna', reason: 'anna says so', approvals: 1, needed: 1 },
      { attempt: 2, state: 'FILLED' },
    ]);
  });

  it('ends when a person rejects it, and the same proposal stays rejected until the strategy makes another', async () => {
    const symbol = 'DOGEUSDT';
    await stage.propose(symbol, wish('PARTIAL_50', ''));
    const planId = await stage.untilWaiting(symbol);
    const { status, answer } = await stage.decide('anna', 'reject', planId);
    expect({ status, outcome: answer['outcome'] }).toEqual({ status: 200, outcome: 'rejected' });
    expect(await stateOf(stage.testEnv, planId)).toBe('BLOCKED');
    expect(await stage.endOf(planId)).toMatchObject({
      attempt: '0',
      error: 'governor_denied',
      reason: 'approval_rejected',
    });
    expect(await problemOf(stage.approve(planId, 'ben'))).toBe('409 approval-rejected');
    expect(await problemOf(stage.decide('ben', 'reject', planId))).toBe('409 approval-rejected');
    await stage.propose(symbol, { last_update_epoch: seconds(1) });
    await aWhile();
    await stage.propose(symbol, { last_update_epoch: seconds(2), computed_at_utc: new Date().toISOString() });
    await aWhile();
    expect([await stage.published(symbol), await stage.waiting(symbol)]).toEqual([[`${planId}:1`], []]);

    await stage.propose(symbol, wish('PARTIAL_25', '', { last_update_epoch: seconds(3) }));
    const other = await stage.untilWaiting(symbol);
    expect((await stage.approve(other)).status).toBe(200);
    expect(await resultOf(stage.testEnv, other, 2)).toMatchObject({ executed: 'True' });
    // Back to what was rejected in this episode.
    await stage.propose(symbol, wish('PARTIAL_50', '', { last_update_epoch: seconds(4) }));
    await aWhile();
    expect(await stage.waiting(symbol)).toEqual([]);
  });

  it('ends when its proposal is stale: then it cannot be approved', async () => {
    const symbol = '1000SHIBUSDT';
    await stage.propose(symbol, wish('PARTIAL_50', 'stale', { last_update_epoch: seconds(-57) }));
    await stage.propose('LINKUSDT', wish('PARTIAL_50', 'renewed', { last_update_epoch: seconds(-57) }));
    const [planId, renewed] = [await stage.untilWaiting(symbol), await stage.untilWaiting('LINKUSDT')];
    await stage.propose('LINKUSDT', { last_update_epoch: seconds() });
    await untilState(stage.testEnv, planId, 'EXPIRED');
    expect(await stage.endOf(planId)).toMatchObject({
      attempt: '0',
      error: 'governor_denied',
      reason: 'approval_required',
    });
    expect([await problemOf(stage.approve(planId)), await stage.waiting(symbol), stage.ordersOf(symbol)]).toEqual([
      '409 proposal-stale',
      [],
      0,
    ]);
    await aWhile();
    expect([await stateOf(stage.testEnv, renewed), await stage.published('LINKUSDT')]).toEqual([
      'WAITING_APPROVAL',
      [`${renewed}:1`],
    ]);
    // Fresh again, it is asked anew.
    await stage.propose(symbol, { last_update_epoch: seconds() });
    expect(await stage.untilWaiting(symbol)).toBe(planId);
    expect(await stage.published(symbol)).toEqual([`${planId}:1`, `${planId}:2`]);
  });

  it('ends when its proposal is withdrawn or replaced', async () => {
    const symbol = 'SPELLUSDT';
    const asked = wish('PARTIAL_50', 'one');
    await stage.propose(symbol, asked);
    const planId = await stage.untilWaiting(symbol);
    await stage.testEnv.redis.del(stage.testEnv.keys.proposal(symbol));
    await stage.untilEnd(planId, 'proposal_withdrawn');
    expect([await problemOf(stage.approve(planId)), await stage.waiting(symbol)]).toEqual([
      '409 proposal-withdrawn',
      [],
    ]);
    await stage.propose(symbol, { ...asked, last_update_epoch: seconds() });
    expect(await stage.untilWaiting(symbol)).toBe(planId);
    await stage.propose(symbol, wish('PARTIAL_25', 'two', { last_update_epoch: seconds(1) }));
    await stage.untilEnd(planId, 'proposal_superseded');
    expect(await problemOf(stage.approve(planId))).toBe('409 proposal-superseded');
    const replaced = await stage.untilWaiting(symbol, planId);
    // Another price of a stop is another plan too.
    await stage.propose(
      symbol,
      wish('UPDATE_SL', 'three', { new_sl_proposed: '0.0005', last_update_epoch: seconds(2) }),
    );
    const stop = await stage.untilWaiting(symbol, planId, replaced);
    await stage.propose(symbol, { new_sl_proposed: '0.0004', last_update_epoch: seconds(3) });
    await stage.untilEnd(stop, 'proposal_superseded');
    const newer = await stage.untilWaiting(symbol, planId, replaced, stop);
    expect((await stage.waiting(symbol)).map((each) => [each['plan_id'], each['stop_price']])).toEqual([
      [newer, '0.0004'],
    ]);
    await stage.propose(symbol, { harvest_action: 'HOLD', last_update_epoch: seconds(4) });
    await stage.untilEnd(newer, 'proposal_withdrawn');
    expect(stage.ordersOf(symbol)).toBe(0);
  });

  it('is approved by two different people where two are needed', async () => {
    const symbol = 'ETHUSDT';
    await stage.propose(symbol, wish('PARTIAL_50', 'pair'));
    const planId = await stage.untilWaiting(symbol);
    expect((await stage.approve(planId)).answer).toMatchObject({ outcome: 'counted', needed: 2 });
    expect(await problemOf(stage.approve(planId))).toBe('409 same-person');
    expect(await stage.waiting(symbol)).toMatchObject([
      { needed: 2, approvals: [{ by: 'anna', reason: 'anna says so' }] },
    ]);
    const { answer: why } = await stage.call('vera', 'GET', `/symbols/${symbol}/why`);
    expect(why['blockers']).toMatchObject([
      { reason: 'approval_waiting', remedy: `permit-gate approve ${planId} --reason "…"` },
    ]);
    await aWhile();
    expect(await stage.published(symbol)).toEqual([`${planId}:1`]);
    expect((await stage.approve(planId, 'ben')).answer).toMatchObject({ outcome: 'approved' });
    expect(await resultOf(stage.testEnv, planId, 2)).toMatchObject({ executed: 'True' });
    const { answer: audit } = await stage.call('vera', 'GET', '/audit?limit=200');
    const acts = (audit['entries'] as Json[]).filter((each) => each['target'] === planId && each['outcome'] === 'ok');
    expect(
      acts.map(({ actor, action, before, after }) => ({ actor, action, before, after })).toReversed(),
    ).toMatchObject([
      { actor: 'anna', action: 'plan.approve', before: { approvals: [] }, after: { outcome: 'counted' } },
      {
        actor: 'ben',
        action: 'plan.approve',
        before: { state: 'WAITING_APPROVAL', approvals: [{ by: 'anna' }] },
        after: { outcome: 'approved', approvals: [{ by: 'anna' }, { by: 'ben' }] },
      },
    ]);
  });
});
