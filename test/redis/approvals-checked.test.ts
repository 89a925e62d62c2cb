import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../harness/eventually.js';
import { stateOf, untilState } from './apply-support.js';
import { ApprovalStage, aWhile, type Json, problemOf, seconds, wish } from './approvals-support.js';

const POSITIONS = {
  BTCUSDT: '0.100',
  ETHUSDT: '1.000',
  SOLUSDT: '10',
  LINKUSDT: '100',
  DOGEUSDT: '10000',
  '1000SHIBUSDT': '100000',
};
const RULES = `
defaults: { approval: manual }
symbols:
  SOLUSDT: { approval: auto, approvalAboveUsd: 500 }
  LINKUSDT: { maxReduceQtyPerDay: 10 }
`;

let stage: ApprovalStage;
beforeAll(async () => {
  stage = await ApprovalStage.open(POSITIONS, RULES);
});
afterAll(() => stage.close());

/** What an Apply of the guide's services publishes: it knows no attempts, and nobody of ours carries it out. */
const foreignPlan = (planId: string, symbol: string): Record<string, string> => ({
  plan_id: planId,
  symbol,
  action: 'PARTIAL_50',
  kill_score: '0.5',
  new_sl_proposed: '',
  R_net: '1.25',
  decision: 'EXECUTE',
  reason_codes: '',
  steps: '[{"step": "CLOSE_PARTIAL_50", "type": "market_reduce_only", "side": "close", "pct": 50.0}]',
  close_qty: '0.0',
  price: '',
  timestamp: '1700000000',
});

describe('only a plan that needs a person is put before one', () => {
  it('one above GOV_APPROVAL_ABOVE_USD although GOV_APPROVAL is auto, and no other', async () => {
    const symbol = 'SOLUSDT';
    await stage.propose(symbol, wish('CLOSE_PCT', 'small', { close_pct: '30' }));
    await eventually(() => stage.ordersOf(symbol) === 1 || undefined);
    // 50 % of what is left.
    await stage.propose(symbol, wish('PARTIAL_50', 'large', { last_update_epoch: seconds(1) }));
    const planId = await stage.untilWaiting(symbol);
    expect(await stage.waiting(symbol)).toMatchObject([{ quantity: '3.5', notional_usd: '525' }]);
    expect((await stage.approve(planId)).status).toBe(200);
    await untilState(stage.testEnv, planId, 'FILLED', 12_000);
  });

  it('and none that a limit denies', async () => {
    const symbol = 'LINKUSDT';
    await stage.propose(symbol, wish('PARTIAL_50', 'limited'));
    const [planId = ''] = await eventually(async () => {
      const published = await stage.published(symbol);
      return published.length > 0 ? published.map((each) => each.slice(0, 16)) : undefined;
    });
    await stage.untilEnd(planId, 'daily_limit_exceeded');
    expect([await stateOf(stage.testEnv, planId), await stage.waiting(symbol)]).toEqual(['BLOCKED', []]);
    expect(await problemOf(stage.approve(planId))).toBe('409 approval-not-asked');
    expect(await problemOf(stage.approve('0123456789abcdef'))).toBe('404 plan-unknown');
  });
});

describe('an approval weakens no check', () => {
  it('on hold or stopped, nothing is approved', async () => {
    const symbol = 'ETHUSDT';
    await stage.propose(symbol, wish('PARTIAL_50', 'held'));
    const planId = await stage.untilWaiting(symbol);
    await stage.call('anna', 'PUT', `/positions/${symbol}/hold`, { reason: 'strange' });
    expect(await problemOf(stage.approve(planId))).toBe('409 on-hold');
    await stage.call('anna', 'DELETE', `/positions/${symbol}/hold`, { reason: 'clear' });
    await stage.call('anna', 'POST', '/disarm', { reason: 'careful' });
    expect(await problemOf(stage.approve(planId))).toBe('409 disarmed');
    await stage.call('boss', 'POST', '/arm', { reason: 'well' });
    await stage.call('anna', 'PUT', '/kill-switch', { engaged: true, reason: 'stop' });
    expect(await problemOf(stage.approve(planId))).toBe('409 kill-switch-engaged');
    await stage.call('boss', 'PUT', '/kill-switch', { engaged: false, reason: 'go on' });
    expect(await stage.waiting(symbol)).toMatchObject([{ plan_id: planId, approvals: [] }]);
    expect((await stage.approve(planId)).answer).toMatchObject({ outcome: 'approved' });
    await untilState(stage.testEnv, planId, 'FILLED', 12_000);
  });

  it('a hold after the approval denies the attempt that it gave', async () => {
    const symbol = 'BTCUSDT';
    await stage.propose(symbol, wish('PARTIAL_25', 'held after'));
    const planId = await stage.untilWaiting(symbol);
    await stage.apply.stop();
    expect((await stage.approve(planId)).status).toBe(200);
    await stage.call('anna', 'PUT', `/positions/${symbol}/hold`, { reason: 'strange' });
    await stage.startApply();
    await stage.untilEnd(planId, 'reconcile_hold_active');
    await stage.call('anna', 'DELETE', `/positions/${symbol}/hold`, { reason: 'clear' });
    expect(stage.ordersOf(symbol)).toBe(0);
  });

  it('a stop after the approval ends the plan, and so does a withdrawal: the same proposal is asked about anew', async () => {
    const [stopped, withdrawn] = ['DOGEUSDT', '1000SHIBUSDT'] as const;
    const asked = wish('PARTIAL_50', 'withdrawn after');
    await stage.propose(stopped, wish('PARTIAL_50', 'stopped'));
    await stage.propose(withdrawn, asked);
    const plans = [await stage.untilWaiting(stopped), await stage.untilWaiting(withdrawn)] as const;
    await stage.apply.stop();
    for (const planId of plans) expect((await stage.approve(planId)).status).toBe(200);
    await stage.testEnv.redis.del(stage.testEnv.keys.proposal(withdrawn));
    await stage.call('anna', 'PUT', '/kill-switch', { engaged: true, reason: 'stop' });
    await stage.startApply();
    await stage.untilEnd(plans[0], 'kill_switch_active');
    await stage.untilEnd(plans[1], 'proposal_withdrawn');
    expect(await problemOf(stage.approve(plans[1], 'ben'))).toBe('409 proposal-withdrawn');
    await stage.call('boss', 'PUT', '/kill-switch', { engaged: false, reason: 'go on' });
    await stage.propose(withdrawn, { ...asked, last_update_epoch: seconds() });
    expect(await stage.untilWaiting(withdrawn)).toBe(plans[1]);
    expect(await stage.waiting(withdrawn)).toMatchObject([{ approvals: [] }]);
    expect([stage.ordersOf(stopped), stage.ordersOf(withdrawn)]).toEqual([0, 0]);
  });

  it('what Apply may write gives nothing: a plan that was not approved is asked about again', async () => {
    const symbol = 'BTCUSDT';
    const { keys, redis } = stage.testEnv;
    await stage.propose(symbol, wish('PARTIAL_50', 'forged', { last_update_epoch: seconds(1) }));
    const planId = await stage.untilWaiting(symbol);
    const since = (await stage.waiting(symbol))[0]?.['since_ms'];
    await redis.hset(keys.journal(planId), 'approved_by', 'anna', 'approvals', '[{"by":"anna"}]');
    await redis.zadd(keys.retries(), 1, planId);
    await eventually(async () => (await stage.published(symbol)).includes(`${planId}:2`) || undefined);
    await untilState(stage.testEnv, planId, 'WAITING_APPROVAL');
    await eventually(async () => (await stage.waiting(symbol))[0]?.['since_ms'] !== since || undefined);
    expect(stage.ordersOf(symbol)).toBe(0);
  });

  it('an approval is of what was shown: a larger quantity is asked about again', async () => {
    const symbol = 'BTCUSDT';
    const { keys, redis } = stage.testEnv;
    const planId = await stage.untilWaiting(symbol);
    await redis.hset(keys.approval(planId), 'qty', '0.049');
    expect((await stage.approve(planId)).status).toBe(200);
    await eventually(async () => (await stage.published(symbol)).includes(`${planId}:3`) || undefined);
    expect(await stage.untilWaiting(symbol)).toBe(planId);
    expect(await stage.waiting(symbol)).toMatchObject([{ quantity: '0.05', approvals: [] }]);
    await aWhile();
    expect(stage.ordersOf(symbol)).toBe(0);
  });
});

it('a plan of another Apply is blocked until it is approved; its next attempt passes', async () => {
  const [symbol, planId] = ['ETHUSDT', 'f000000000000001'];
  const { keys, redis } = stage.testEnv;
  const publish = () => redis.xadd(keys.planStream(), '*', ...Object.entries(foreignPlan(planId, symbol)).flat());
  await publish();
  const block = await eventually(async () => (await redis.get(keys.governorBlock(planId))) ?? undefined);
  expect(JSON.parse(block) as Json).toMatchObject({ reason: 'approval_required', symbol });
  expect(await stage.untilWaiting(symbol)).toBe(planId);
  expect((await stage.approve(planId)).answer).toMatchObject({ outcome: 'approved' });
  expect(await stage.waiting(symbol)).toEqual([]);
  await publish();
  const permit = await eventually(async () => (await redis.get(keys.governorPermit(planId))) ?? undefined);
  expect(JSON.parse(permit) as Json).toMatchObject({ granted: true, symbol });
});
