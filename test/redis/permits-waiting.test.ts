import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import { proposalFields } from '../harness/proposals.js';
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
  untilState,
} from './apply-support.js';
import { publishElsewhere } from './publish-elsewhere.js';

const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT', 'LINKUSDT', 'DOGEUSDT', 'SPELLUSDT'];
const POSITIONS = {
  BTCUSDT: '0.010',
  ETHUSDT: '1',
  SOLUSDT: '10',
  LINKUSDT: '10',
  DOGEUSDT: '1000',
  SPELLUSDT: '1000',
};

/** Redis' clock at an entry of the result stream, less that of its plan's entry. */
async function endedAfterMs(testEnv: TestEnvironment, planId: string): Promise<number> {
  const timeOf = async (entries: Promise<{ id: string; fields: Record<string, string> }[]>): Promise<number> =>
    Number((await entries).find(({ fields }) => fields['plan_id'] === planId)?.id.split('-')[0]);
  return (await timeOf(testEnv.results())) - (await timeOf(testEnv.plans()));
}

/** Where a time is measured, a busy machine may be tried again; what is wrong is wrong each time. */
const TIMED = { retry: 2 };

describe('a plan that waits, on Apply alone, permits written by hand', () => {
  let testEnv: TestEnvironment;
  let gate: Gate;
  beforeAll(async () => {
    testEnv = await TestEnvironment.create({ positions: POSITIONS });
    gate = await testEnv.gate({
      roles: 'apply',
      env: { ...QUICK, APPLY_PERMIT_WAIT_MS: '1200', APPLY_ALLOWLIST: SYMBOLS.join(',') },
    });
  });
  afterEach(() => vi.restoreAllMocks());
  afterAll(() => testEnv.close());

  it('ends at the end of its window and names who was missing [P2]', TIMED, async () => {
    const cases = [
      ['BTCUSDT', { p33: foreignPermit('BTCUSDT', 0.007, 0.01) }, 'missing: Governor'],
      ['ETHUSDT', { governor: GRANT }, 'missing: P3.3'],
      ['SOLUSDT', {}, 'missing: Governor, P3.3'],
    ] as const;
    await Promise.all(
      cases.map(async ([symbol, written, reason]) => {
        const { planId } = await submit(gate, symbol, 'PARTIAL_75');
        await handwrite(testEnv, planId, written);
        expect(await resultOf(testEnv, planId)).toMatchObject({
          error: 'permit_timeout',
          reason,
          state: 'EXPIRED',
          executed: 'False',
        });
        const tookMs = await endedAfterMs(testEnv, planId);
        expect(tookMs).toBeGreaterThanOrEqual(1200);
        expect(tookMs).toBeLessThanOrEqual(1300);
        expect(gate.messages()).toContainEqual(
          expect.stringMatching(new RegExp(`^Permit timeout after 1[23]\\d\\dms \\(${reason}\\)$`)),
        );
        // A late permit is of no use any more.
        await handwrite(testEnv, planId, { governor: GRANT, p33: foreignPermit(symbol, 0.1, 1) });
      }),
    );
    await sleep(100);
    expect(orderRequests(testEnv)).toEqual([]);
  });

  it(
    'takes permits that were there before it waited, and permits written without an event, within one step [P1] [P11]',
    TIMED,
    async () => {
      const { planId } = await submit(gate, 'LINKUSDT', 'PARTIAL_50');
      await handwrite(testEnv, planId, { governor: GRANT, p33: foreignPermit('LINKUSDT', 5, 10) });
      const result = await resultOf(testEnv, planId);
      expect(result).toMatchObject({ executed: 'True', error: '', state: 'FILLED' });
      expect(stepOf(result)).toMatchObject({ side: 'SELL', quantity: 5, executed_qty: 5 });
      expect(Number(result['wait_ms'])).toBeLessThan(100);
      expect(await testEnv.redis.exists(testEnv.keys.governorPermit(planId), testEnv.keys.positionPermit(planId))).toBe(
        0,
      );
      expect(gate.messages()).toContain(`Both permits ready after ${result['wait_ms'] ?? ''}ms (Governor + P3.3)`);
    },
  );

  it.each([
    [
      'the Governor, while the Position Brain is silent',
      { block: '{"reason":"daily_limit_exceeded","context":{"limit_usd":5}}' },
      'governor_denied',
      'daily_limit_exceeded',
      { limit_usd: 5 },
    ],
    [
      'the Position Brain, while the Governor is silent',
      { p33: '{"allow":false,"reason":"reconcile_required_qty_mismatch","context":{"diff":0.06}}' },
      'p33_denied',
      'reconcile_required_qty_mismatch',
      { diff: 0.06 },
    ],
    [
      'the Position Brain, after the Governor said yes',
      { governor: GRANT, p33: '{"allow":false,"reason":"no_position"}' },
      'p33_denied',
      'no_position',
      {},
    ],
  ])('ends with the denial of %s, within 50 ms [P4]', TIMED, async (_who, written, error, reason, context) => {
    const { planId } = await submit(gate, 'BTCUSDT', 'PARTIAL_75');
    await sleep(100);
    const [sec = 0, micro = 0] = await testEnv.redis.time();
    await handwrite(testEnv, planId, written);
    const result = await resultOf(testEnv, planId);
    expect(result).toMatchObject({ decision: 'BLOCKED', executed: 'False', error, reason });
    expect(stepOf(result)['details']).toEqual(context);
    expect(Number(result['timestamp']) * 1000 - (sec * 1000 + micro / 1000)).toBeLessThan(50);
  });

  it.each<[string, (testEnv: TestEnvironment) => Record<string, string>, string, string]>([
    [
      'the kill switch is engaged',
      ({ keys }) => ({ [keys.killSwitch()]: '{"engaged":true}' }),
      'kill_switch_active',
      'the kill switch was engaged before the order was sent',
    ],
    [
      'the symbol is put on hold',
      ({ keys }) => ({ [keys.hold('BTCUSDT')]: '{"cause":"operator"}' }),
      'p33_denied',
      'reconcile_hold_active',
    ],
    [
      'the system is disarmed',
      ({ keys }) => ({ [keys.arm()]: '{"armed":false}' }),
      'disarmed',
      'the system was disarmed before the order was sent; both permits were given',
    ],
    [
      'the Governor disarms',
      ({ keys }) => ({ [keys.governorDisarm()]: '{"reason":"error_count"}' }),
      'disarmed',
      'the system was disarmed before the order was sent; both permits were given',
    ],
  ])('is not claimed when %s at the instant both permits exist [P9]', async (_what, also, error, reason) => {
    const sent = orderRequests(testEnv).length;
    const { planId } = await submit(gate, 'BTCUSDT', 'PARTIAL_75');
    await handwrite(testEnv, planId, {
      governor: GRANT,
      p33: foreignPermit('BTCUSDT', 0.007, 0.01),
      also: also(testEnv),
    });
    const result = await resultOf(testEnv, planId);
    await armAnew(testEnv);
    expect(result).toMatchObject({ decision: 'BLOCKED', executed: 'False', error, reason });
    expect(result['would_execute']).toBe(error === 'disarmed' ? 'True' : 'False');
    expect(orderRequests(testEnv)).toHaveLength(sent);
  });

  /** As an operator arms: under a higher number, or Apply puts a Governor's disarm back that it has seen and that is gone. */
  async function armAnew({ redis, keys }: TestEnvironment): Promise<void> {
    const { seq } = JSON.parse((await redis.get(keys.arm())) ?? '{}') as { seq?: number };
    await redis
      .multi()
      .del(keys.hold('BTCUSDT'), keys.governorDisarm())
      .mset(keys.killSwitch(), '{"engaged":false}', keys.arm(), JSON.stringify({ armed: true, seq: (seq ?? 0) + 1 }))
      .exec();
  }

  it('of two plans with permits on one position only one is carried out [P17]', async () => {
    const [first, second] = await Promise.all([
      submit(gate, 'DOGEUSDT', 'PARTIAL_50'),
      submit(gate, 'DOGEUSDT', 'PARTIAL_75'),
    ]);
    const both = { governor: GRANT, p33: foreignPermit('DOGEUSDT', 500, 1000) };
    // The exchange answers slowly, so that the first order is in flight while the second plan asks.
    testEnv.exchange.addFault({
      match: { method: 'POST', path: '/order', symbol: 'DOGEUSDT' },
      action: { type: 'delay', ms: 150 },
    });
    await Promise.all([handwrite(testEnv, first.planId, both), handwrite(testEnv, second.planId, both)]);
    const results = await Promise.all([resultOf(testEnv, first.planId), resultOf(testEnv, second.planId)]);
    expect(new Set(results.map((result) => `${result['executed'] ?? ''} ${result['error'] ?? ''}`))).toEqual(
      new Set(['True ', 'False in_flight']),
    );
    expect(testEnv.orders().filter(({ symbol }) => symbol === 'DOGEUSDT')).toHaveLength(1);
  });

  it.each([
    ['ahead', 3_600_000],
    ['behind', -3_600_000],
  ])(
    'does not care whether the clock of its host or of an issuer is an hour %s [P14]',
    TIMED,
    async (_how, offsetMs) => {
      const real = Date.now;
      const fields = proposalFields('PARTIAL_50');
      vi.spyOn(Date, 'now').mockImplementation(() => real() + offsetMs);
      // The paper exchange runs on this host too: its own clock stays right.
      testEnv.exchange.setClockOffset(-offsetMs);
      const { planId } = await submit(gate, 'SPELLUSDT', 'PARTIAL_50', fields);
      await sleep(50);
      expect(await stateOf(testEnv, planId)).toBe('WAITING');
      await handwrite(testEnv, planId, { governor: GRANT, p33: foreignPermit('SPELLUSDT', 200, 1000) });
      const result = await resultOf(testEnv, planId);
      expect(result).toMatchObject({ executed: 'True', error: '' });
      expect(Number(result['wait_ms'])).toBeLessThan(200);
      expect(Math.abs(Number(stepOf(result)['filled_at_ms']) - real())).toBeLessThan(1_000);
      const late = await submit(gate, 'SPELLUSDT', 'PARTIAL_50', fields);
      expect(await resultOf(testEnv, late.planId)).toMatchObject({ error: 'permit_timeout' });
      expect(await endedAfterMs(testEnv, late.planId)).toBeLessThanOrEqual(1300);
      testEnv.exchange.setClockOffset(0);
    },
  );
});

describe('a thousand plans that wait at the same time, published by another process', () => {
  it('do not delay the one that gets its permits, by event or by hand [P12]', TIMED, async () => {
    const testEnv = await TestEnvironment.create({ positions: POSITIONS });
    try {
      const env = {
        ...QUICK,
        APPLY_PERMIT_WAIT_MS: '20000',
        APPLY_PERMIT_STEP_MS: '200',
        APPLY_ALLOWLIST: SYMBOLS.join(','),
      };
      const apply = await testEnv.gate({ roles: 'apply', env });
      const publish = (symbol: string, action: string): Promise<string> =>
        publishElsewhere(testEnv, apply, { symbol, action, windowMs: 20_000 });
      for (let batch = 0; batch < 10; batch += 1) {
        await Promise.all(Array.from({ length: 100 }, () => publish('BTCUSDT', 'PARTIAL_75')));
      }
      const claimedAfterMs = async (symbol: string, give: (planId: string) => Promise<void>): Promise<number> => {
        const planId = await publish(symbol, 'PARTIAL_50');
        await untilState(testEnv, planId, 'WAITING');
        const fromMs = performance.now();
        await give(planId);
        expect(await resultOf(testEnv, planId)).toMatchObject({ executed: 'True' });
        return performance.now() - fromMs;
      };
      const byHandMs = await claimedAfterMs('ETHUSDT', (planId) =>
        handwrite(testEnv, planId, { governor: GRANT, p33: foreignPermit('ETHUSDT', 0.5, 1) }),
      );
      const byEventMs = await claimedAfterMs('SOLUSDT', async (planId) => {
        await issueWithEvent(testEnv, planId, 'governor', GRANT);
        await issueWithEvent(testEnv, planId, 'p33', foreignPermit('SOLUSDT', 0.5, 10));
      });
      // The other thousand add nothing that shows to a step of 200 ms, or to none.
      expect(byHandMs).toBeLessThan(500);
      expect(byEventMs).toBeLessThan(150);
      expect(await testEnv.redis.zcard(testEnv.keys.openPlans())).toBe(1000);
      expect(orderRequests(testEnv)).toHaveLength(2);
    } finally {
      await testEnv.close();
    }
  });
});
