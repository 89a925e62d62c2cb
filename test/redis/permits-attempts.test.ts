import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PlanJournal } from '../../src/redis/stores/plan-journal.js';
import { PermitStore } from '../../src/redis/stores/permit-store.js';
import { eventually } from '../harness/eventually.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import {
  foreignPermit,
  GRANT,
  handwrite,
  issueWithEvent,
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

const of = (fields: Record<string, unknown>, permit: string): string =>
  JSON.stringify({ ...JSON.parse(permit), ...fields });
const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT', 'LINKUSDT', 'DOGEUSDT', 'SPELLUSDT'];
const positionOf = (symbol: string): string => foreignPermit(symbol, 7, 10);

describe('an attempt that timed out', () => {
  let testEnv: TestEnvironment;
  let gate: Gate;
  beforeAll(async () => {
    testEnv = await TestEnvironment.create({ positions: Object.fromEntries(SYMBOLS.map((symbol) => [symbol, '10'])) });
    const env = { ...QUICK, APPLY_PERMIT_WAIT_MS: '500', APPLY_MAX_ATTEMPTS: '3', APPLY_ALLOWLIST: SYMBOLS.join(',') };
    gate = await testEnv.gate({ roles: 'apply', rights: ['governor', 'position-brain'], env });
  });
  afterAll(() => testEnv.close());

  /** Brings the back-off of a retry forward: it is due now. */
  const due = (planId: string): Promise<unknown> =>
    testEnv.redis
      .multi()
      .hset(testEnv.keys.journal(planId), 'retry_at_ms', '1')
      .zadd(testEnv.keys.retries(), 'XX', 1, planId)
      .exec();

  async function secondAttempt(symbol: string): Promise<string> {
    const { planId } = await submit(gate, symbol, 'PARTIAL_75');
    expect(await resultOf(testEnv, planId)).toMatchObject({ error: 'permit_timeout', attempt: '1' });
    await due(planId);
    await eventually(
      async () => (await testEnv.redis.hget(testEnv.keys.journal(planId), 'attempt')) === '2' || undefined,
    );
    return planId;
  }

  it('is followed by another after 2 s under the same plan id, by one more after 4 s, and ends after the last that is allowed [A3]', async () => {
    const { planId } = await submit(gate, 'BTCUSDT', 'PARTIAL_75');
    await resultOf(testEnv, planId);
    const { retry_at_ms: retryAt, ended_ms: ended } = await testEnv.redis.hgetall(testEnv.keys.journal(planId));
    expect(Number(retryAt) - Number(ended)).toBe(2_000);
    expect(await testEnv.redis.exists(testEnv.keys.dedupe(planId))).toBe(0);
    await resultOf(testEnv, planId, 2);
    const entries = (await testEnv.plans()).filter(({ fields }) => fields['plan_id'] === planId);
    expect(entries.map(({ fields }) => fields['attempt'])).toEqual(['1', '2']);
    const afterMs = Number(entries[1]?.id.split('-')[0]) - Number(ended);
    expect(afterMs).toBeGreaterThanOrEqual(2_000);
    expect(afterMs).toBeLessThan(2_500);
    const second = await testEnv.redis.hgetall(testEnv.keys.journal(planId));
    expect(Number(second['retry_at_ms']) - Number(second['ended_ms'])).toBe(4_000);
    await due(planId);
    await resultOf(testEnv, planId, 3);
    expect(await testEnv.redis.hexists(testEnv.keys.journal(planId), 'retry_at_ms')).toBe(0);
    expect(await testEnv.redis.zscore(testEnv.keys.retries(), planId)).toBeNull();
  });

  it('has no next attempt after its proposal is stale [A3]', async () => {
    const { planId } = await submit(gate, 'ETHUSDT', 'PARTIAL_75', {
      last_update_epoch: String(Date.now() / 1000 - 59),
    });
    await resultOf(testEnv, planId);
    expect(await testEnv.redis.zscore(testEnv.keys.retries(), planId)).toBeNull();
  });

  it('leaves permits, denials and blocks that do not affect the next attempt, also from a dry run [P15]', async () => {
    const planId = await secondAttempt('SOLUSDT');
    await untilState(testEnv, planId, 'WAITING');
    const stale = { attempt: 1, plan_id: planId };
    await handwrite(testEnv, planId, {
      block: JSON.stringify({ ...stale, reason: 'hourly_limit_exceeded' }),
      governor: of(stale, '{"granted":false}'),
      p33: of({ ...stale, allow: false, reason: 'no_position' }, positionOf('SOLUSDT')),
    });
    await sleep(60);
    await handwrite(testEnv, planId, {
      governor: of({ mode: 'dry_run' }, GRANT),
      p33: of({ attempt: 2, mode: 'dry_run' }, positionOf('SOLUSDT')),
    });
    await sleep(60);
    expect(await stateOf(testEnv, planId)).toBe('WAITING');
    await handwrite(testEnv, planId, {
      governor: of({ attempt: 2 }, GRANT),
      p33: of({ attempt: 2, mode: 'testnet' }, positionOf('SOLUSDT')),
    });
    expect(await resultOf(testEnv, planId, 2)).toMatchObject({ executed: 'True', error: '' });
    expect(testEnv.orders()).toMatchObject([{ clientOrderId: `pg-${planId}-0-2`, quantity: '7' }]);
  });

  it('gets no more permits: the issuing script writes nothing for it [P15]', async () => {
    const planId = await secondAttempt('LINKUSDT');
    const store = gate.app.get(PermitStore, { strict: false });
    const symbol = 'LINKUSDT';
    const target = {
      planId,
      symbol,
      attempt: 1,
      mode: 'testnet',
      deadlineMs: Date.now() + 60_000,
      entryId: '',
    } as const;
    const position = (bytes: string) => ({ issuer: 'p33', bytes, ttlMs: 60_000 }) as const;
    expect(await store.deny(target, position('{"allow":false}'))).toBe('closed');
    expect(await store.issue({ ...target, attempt: undefined }, position(positionOf('LINKUSDT')))).toBe('closed');
    expect(await store.deny(target, { issuer: 'governor', bytes: '{"reason":"x"}', ttlMs: 60_000 })).toBe('closed');
    const { keys } = testEnv;
    expect(
      await testEnv.redis.exists(keys.positionPermit(planId), keys.governorBlock(planId), keys.permitEvents()),
    ).toBe(0);
  });

  it('keeps the time of its next attempt when a slower process ends the last one [A3]', async () => {
    const journal = gate.app.get(PlanJournal, { strict: false });
    await testEnv.redis.zadd(testEnv.keys.retries(), 9_000_000_000_000, 'some-plan');
    await journal.dropRetry('some-plan', 8_999_999_999_999);
    expect(await testEnv.redis.zscore(testEnv.keys.retries(), 'some-plan')).toBe('9000000000000');
    await journal.dropRetry('some-plan', 9_000_000_000_000);
    expect(await testEnv.redis.zscore(testEnv.keys.retries(), 'some-plan')).toBeNull();
  });

  it('does not affect the next when its entry is delivered again, or a copy appears', async () => {
    const planId = await secondAttempt('DOGEUSDT');
    await untilState(testEnv, planId, 'WAITING');
    const [first, second] = (await testEnv.plans())
      .map(({ fields }) => fields)
      .filter((plan) => plan['plan_id'] === planId);
    for (const copy of [
      first,
      second,
      { ...second, attempt: '7' },
      { ...second, steps: first?.['steps'] ?? '', symbol: 'ETHUSDT' },
    ]) {
      await testEnv.redis.xadd(testEnv.keys.planStream(), '*', ...Object.entries(copy ?? {}).flat());
    }
    await sleep(50);
    await issueWithEvent(testEnv, planId, 'governor', GRANT, 2);
    await issueWithEvent(testEnv, planId, 'p33', positionOf('DOGEUSDT'), 2);
    expect(await resultOf(testEnv, planId, 2)).toMatchObject({ executed: 'True', symbol: 'DOGEUSDT' });
    const reasons = (await testEnv.entries(testEnv.keys.deadLetters())).map(({ fields }) => fields['reason']);
    expect(reasons).toHaveLength(3);
    for (const reason of reasons)
      expect(reason).toMatch(/was published as entry \d+-\d+: this one was not written by this system/);
    expect((await testEnv.redis.xpending(testEnv.keys.planStream(), 'apply'))[0]).toBe(0);
  });

  it('sends no order when the exchange has one of an earlier attempt: the symbol is held [R6] [O13]', async () => {
    const { planId } = await submit(gate, 'BTCUSDT', 'PARTIAL_75');
    // The exchange says "not accepted" about an order that it filled.
    const lie = { type: 'status', status: 400, code: -1021, msg: 'Timestamp outside of the recvWindow.' } as const;
    testEnv.exchange.addFault({
      match: { method: 'POST', path: '/order' },
      action: { ...lie, process: true },
      times: 3,
    });
    await handwrite(testEnv, planId, { governor: GRANT, p33: positionOf('BTCUSDT') });
    const first = await resultOf(testEnv, planId);
    expect(first).toMatchObject({ executed: 'False', error: 'exchange_unavailable' });
    const sent = orderRequests(testEnv).length;
    await due(planId);
    await untilState(testEnv, planId, 'WAITING');
    await handwrite(testEnv, planId, { governor: GRANT, p33: positionOf('BTCUSDT') });
    expect(await resultOf(testEnv, planId, 2)).toMatchObject({
      executed: 'False',
      error: 'order_outcome_unknown',
      state: 'BLOCKED',
    });
    expect(orderRequests(testEnv)).toHaveLength(sent);
    expect(await testEnv.redis.get(testEnv.keys.hold('BTCUSDT'))).toMatch(
      /of this plan is already at the exchange: FILLED/,
    );
  });
});

describe('a permit of the Position Brain', () => {
  let testEnv: TestEnvironment;
  let gate: Gate;
  beforeAll(async () => {
    testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.010', ETHUSDT: '1' } });
    gate = await testEnv.gate({
      roles: 'apply,position-brain',
      env: { ...QUICK, P33_POLL_SEC: '0.05', APPLY_ALLOWLIST: 'BTCUSDT,ETHUSDT' },
    });
    await untilKnown(testEnv, 'BTCUSDT', 'ETHUSDT');
  });
  afterAll(() => testEnv.close());

  it('does not count after the position has changed [P10]', async () => {
    const { planId } = await submit(gate, 'BTCUSDT', 'PARTIAL_75');
    await eventually(async () => (await testEnv.redis.exists(testEnv.keys.positionPermit(planId))) === 1 || undefined);
    testEnv.exchange.setPosition('BTCUSDT', '0.004');
    await eventually(
      async () => (await testEnv.redis.hget(testEnv.keys.snapshot('BTCUSDT'), 'position_amt')) === '0.004' || undefined,
    );
    await handwrite(testEnv, planId, { governor: GRANT });
    expect(await resultOf(testEnv, planId)).toMatchObject({ executed: 'False', error: 'position_changed' });
    expect(orderRequests(testEnv)).toEqual([]);
  });

  it('stays valid while only the price changes [P10]', async () => {
    const { planId } = await submit(gate, 'ETHUSDT', 'PARTIAL_75', { proposal_id: randomUUID() });
    await eventually(async () => (await testEnv.redis.exists(testEnv.keys.positionPermit(planId))) === 1 || undefined);
    testEnv.exchange.setMark('ETHUSDT', '3100.00');
    await eventually(
      async () =>
        Number(await testEnv.redis.hget(testEnv.keys.snapshot('ETHUSDT'), 'mark_price')) === 3100 || undefined,
    );
    await handwrite(testEnv, planId, { governor: GRANT });
    expect(stepOf(await resultOf(testEnv, planId))).toMatchObject({ status: 'filled', executed_qty: 0.75 });
  });
});
