import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../harness/eventually.js';
import { TestEnvironment } from '../harness/test-environment.js';
import { foreignPermit, GRANT, handwrite, QUICK, resultOf, submit, untilKnown } from './apply-support.js';
import {
  askGovernor,
  askPosition,
  deadLetters,
  publishPlan,
  publishResult,
  redisNowMs,
  untilLedger,
  untilSettled,
} from './issuer-support.js';

const SYMBOL = 'BTCUSDT';
const WHOLE = /^\d+$/;
let testEnv: TestEnvironment;
afterEach(() => testEnv.close());

const ledger = (): Promise<Record<string, string>> => testEnv.redis.hgetall(testEnv.keys.ledger(SYMBOL));
const snapshot = (): Promise<Record<string, string>> => testEnv.redis.hgetall(testEnv.keys.snapshot(SYMBOL));

describe("what one Position Brain leaves for the other, ours or the guide's", () => {
  it('ours writes whole seconds into ledger and snapshot: the other reads them with int() part of [I1]', async () => {
    testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '1' } });
    await testEnv.gate({ roles: 'position-brain', env: QUICK });
    await untilKnown(testEnv, SYMBOL);
    expect([(await ledger())['updated_at'], (await snapshot())['ts_epoch']]).toEqual([
      expect.stringMatching(WHOLE),
      expect.stringMatching(WHOLE),
    ]);
    await publishResult(testEnv, SYMBOL, { order_id: '1', side: 'SELL', executed_qty: '0.4' });
    await untilLedger(testEnv, SYMBOL, '0.6');
    const { updated_at: updatedAt } = await ledger();
    expect(updatedAt).toMatch(WHOLE);
    expect(Math.abs(Number(updatedAt) - (await redisNowMs(testEnv)) / 1_000)).toBeLessThan(5);
  });

  it('ours keeps a ledger to which the other gave an end of life part of [I1] [S4]', async () => {
    testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '1' } });
    const key = testEnv.keys.ledger(SYMBOL);
    await testEnv.redis.hset(key, { last_known_amt: '1.0', updated_at: '1700000000' });
    await testEnv.redis.expire(key, 86_400);
    const first = await testEnv.gate({ roles: 'position-brain', env: QUICK });
    expect(await testEnv.redis.ttl(key)).toBe(-1);
    // The other one was started again, and wrote the same amount.
    await first.stop();
    await testEnv.redis.hset(key, { last_known_amt: '1.0', updated_at: '1700000000' });
    await testEnv.redis.expire(key, 86_400);
    await testEnv.gate({ roles: 'position-brain', env: QUICK });
    expect(await testEnv.redis.ttl(key)).toBe(-1);
  });

  it('a snapshot that the other wrote over one of ours is as young as it says, and as old part of [I1]', async () => {
    testEnv = await TestEnvironment.create({ marks: { [SYMBOL]: '1000' } });
    const nowMs = await redisNowMs(testEnv);
    const over = async (ageSec: number): Promise<void> => {
      await testEnv.redis.hset(testEnv.keys.snapshot(SYMBOL), {
        position_amt: '1',
        mark_price: '1000',
        ts_ms: String(nowMs - 600_000),
        ts_epoch: String(Math.floor(nowMs / 1_000) - ageSec),
      });
    };
    await testEnv.gate({ roles: 'governor' });
    await over(0);
    expect(await askGovernor(testEnv, SYMBOL)).toMatchObject({ granted: true, computed_qty: 1 });
    await over(60);
    expect(await askGovernor(testEnv, SYMBOL)).toMatchObject({ granted: false, reason: 'position_fetch_failed' });
  });

  it('a result whose time was cut to whole seconds starts a whole cooldown part of [I1] [S9]', async () => {
    testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '1' } });
    await testEnv.gate({ roles: 'position-brain', env: { ...QUICK, P33_COOLDOWN_SEC: '1' } });
    await untilKnown(testEnv, SYMBOL);
    // Late in a second, where cutting takes most.
    await eventually(async () => (await redisNowMs(testEnv)) % 1_000 > 800 || undefined);
    const filledMs = await redisNowMs(testEnv);
    testEnv.exchange.setPosition(SYMBOL, '0.6');
    const timestamp = String(Math.floor(filledMs / 1_000));
    await publishResult(testEnv, SYMBOL, { order_id: '1', side: 'SELL', executed_qty: '0.4' }, { timestamp });
    await untilLedger(testEnv, SYMBOL, '0.6');
    await eventually(async () => (await askPosition(testEnv, SYMBOL))['allow'] === true || undefined);
    expect((await redisNowMs(testEnv)) - filledMs).toBeGreaterThanOrEqual(1_000);
  });
});

describe("our Apply beside the guide's Position Brain", () => {
  it('carries out a proposal again after a HOLD, though that one counts no fill of ours part of [I1] [A6]', async () => {
    testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '1' } });
    const { keys, redis } = testEnv;
    const gate = await testEnv.gate({ roles: 'apply', env: { ...QUICK, APPLY_REPEAT_POLICY: 'once_per_episode' } });
    const closed = async (amount: number): Promise<void> => {
      await redis.hset(keys.snapshot(SYMBOL), {
        position_amt: String(amount),
        ts_epoch: String(Math.floor(Date.now() / 1_000)),
      });
      const { planId } = await submit(gate, SYMBOL, 'PARTIAL_50', { proposal_id: '' }, 'stream');
      await handwrite(testEnv, planId, { governor: GRANT, p33: foreignPermit(SYMBOL, amount / 2, amount) });
      expect(await resultOf(testEnv, planId)).toMatchObject({ executed: 'True', error: '' });
    };
    await closed(1);
    expect(await redis.exists(keys.unsettled(SYMBOL))).toBe(1);
    await submit(gate, SYMBOL, 'HOLD', { proposal_id: '' }, 'stream');
    await closed(0.5);
    expect(testEnv.orders()).toMatchObject([{ quantity: '0.5' }, { quantity: '0.25' }]);
  });
});

describe('our Apply in a stream with plans of another', () => {
  it('leaves them alone: no dead letter, no order though both permits exist, one warning part of [I1]', async () => {
    testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '1' } });
    await testEnv.redis.xgroup('CREATE', testEnv.keys.planStream(), 'apply', '0', 'MKSTREAM');
    for (let count = 0; count < 20; count += 1) {
      const planId = await publishPlan(testEnv, SYMBOL);
      await handwrite(testEnv, planId, { governor: GRANT, p33: foreignPermit(SYMBOL, 1, 1) });
    }
    const gate = await testEnv.gate({ roles: 'apply', env: QUICK });
    await untilSettled(testEnv, testEnv.keys.planStream(), 'apply');
    expect(await deadLetters(testEnv)).toEqual([]);
    expect(await testEnv.results()).toEqual([]);
    expect(testEnv.orders()).toEqual([]);
    expect(gate.logs.filter(({ level, symbol }) => level === 40 && symbol === SYMBOL)).toHaveLength(1);
  });
});
