import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../harness/eventually.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import {
  askPosition,
  CLOSE_75,
  eventsOf,
  ledgerAmt,
  publishResult,
  redisNowMs,
  untilLedger,
} from './issuer-support.js';
import { listening } from './position-push-support.js';

const POSITIONS = { path: '/positionRisk' } as const;
const SYMBOL = 'BTCUSDT';
let testEnv: TestEnvironment;
afterEach(() => testEnv.close());

/** A Position Brain over one position, its ledger adopted. */
async function brain(amount: string, env: Record<string, string> = {}): Promise<Gate> {
  testEnv = await TestEnvironment.create(amount === '0' ? {} : { positions: { [SYMBOL]: amount } });
  const gate = await testEnv.gate({ roles: 'position-brain', env: { APPLY_PERMIT_WAIT_MS: '10000', ...env } });
  await eventually(async () => (await ledgerAmt(testEnv, SYMBOL)) ?? undefined);
  return gate;
}
const setLedger = (amount: string): Promise<number> =>
  testEnv.redis.hset(testEnv.keys.ledger(SYMBOL), 'last_known_amt', amount);

describe('a plan that the position allows', () => {
  it('gets a permit for the share rounded down, bound to the snapshot', async () => {
    await brain('-0.010');
    const permit = await askPosition(testEnv, SYMBOL, { action: 'PARTIAL_75', steps: CLOSE_75 });
    expect(permit).toMatchObject({
      allow: true,
      symbol: SYMBOL,
      safe_close_qty: 0.007,
      exchange_position_amt: -0.01,
      ledger_amt: -0.01,
      reason: 'sanity_checks_passed',
      issuer: 'p33',
      position_epoch: await testEnv.redis.get(testEnv.keys.epoch(SYMBOL)),
    });
  });
});

describe('the exchange snapshot', () => {
  it('is stale when it was not read for longer than the threshold [S5]', async () => {
    const gate = await brain('0.010', { P33_POLL_SEC: '600' });
    await listening(testEnv, gate);
    testEnv.exchange.addFault({ match: POSITIONS, action: { type: 'delay', ms: 2_000 }, times: -1 });
    const tsMs = (await redisNowMs(testEnv)) - 11_000;
    const times = { ts_ms: String(tsMs), ts_epoch: String(Math.floor(tsMs / 1_000)) };
    await testEnv.redis.hset(testEnv.keys.snapshot(SYMBOL), times);
    const denial = await askPosition(testEnv, SYMBOL);
    expect(denial).toMatchObject({
      allow: false,
      reason: 'stale_exchange_state',
      context: { age_seconds: expect.closeTo(11, 0) as number, threshold_seconds: 10 },
    });
  });

  it('is unreachable while queries fail, at no time "no position", and comes back by itself [S5]', async () => {
    await brain('0.010', { P33_STALE_THRESHOLD_SEC: '0.5', P33_POLL_SEC: '0.1' });
    testEnv.exchange.addFault({
      match: POSITIONS,
      action: { type: 'status', status: 500, code: -1000, msg: 'down' },
      times: -1,
    });
    const said = new Set<unknown>();
    const denial = await eventually(async () => {
      const word = await askPosition(testEnv, SYMBOL);
      said.add(word['reason']);
      return word['allow'] === false ? word : undefined;
    });
    expect(denial).toMatchObject({
      reason: 'exchange_unreachable',
      context: { last_error: expect.stringContaining('500') as string },
    });
    expect((denial['context'] as Record<string, number>)['age_seconds']).toBeGreaterThan(0.5);
    expect([...said]).toEqual(['sanity_checks_passed', 'exchange_unreachable']);
    testEnv.exchange.clearFaults();
    await eventually(async () => (await askPosition(testEnv, SYMBOL))['allow'] === true || undefined);
  });

  it('is unreachable, too, when it never could be read [S5]', async () => {
    testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '0.010' } });
    testEnv.exchange.addFault({ match: POSITIONS, action: { type: 'status', status: 500, code: -1000 }, times: -1 });
    const gate = await testEnv.gate({ roles: 'position-brain' });
    await eventually(() => gate.messages().includes('positions could not be read') || undefined);
    expect(await askPosition(testEnv, SYMBOL)).toMatchObject({ allow: false, reason: 'exchange_unreachable' });
    expect(await ledgerAmt(testEnv, SYMBOL)).toBeNull();
  });

  it('is "no position" when a good answer leaves the symbol out [S5]', async () => {
    await brain('0');
    expect(await askPosition(testEnv, SYMBOL)).toMatchObject({
      allow: false,
      reason: 'no_position',
      context: { exchange_amt: 0 },
    });
  });

  it('is missing, not flat, when there is no snapshot', async () => {
    const gate = await brain('0.010', { P33_POLL_SEC: '600' });
    await listening(testEnv, gate);
    await testEnv.redis.del(testEnv.keys.snapshot(SYMBOL));
    expect(await askPosition(testEnv, SYMBOL)).toMatchObject({
      allow: false,
      reason: 'no_exchange_snapshot',
      context: {},
    });
  });

  it('may take 5 s to arrive: permits are given in milliseconds from a fresh one [S12]', async () => {
    await brain('0.010');
    testEnv.exchange.addFault({ match: POSITIONS, action: { type: 'delay', ms: 5_000 }, times: -1 });
    await new Promise((resolve) => setTimeout(resolve, 500));
    const tookMs: number[] = [];
    for (let times = 0; times < 7; times += 1) {
      const beganMs = performance.now();
      expect(await askPosition(testEnv, SYMBOL)).toMatchObject({ allow: true });
      tookMs.push(performance.now() - beganMs);
    }
    expect(tookMs.toSorted((a, b) => a - b)[3]).toBeLessThan(60);
  });
});

describe('ledger and exchange apart', () => {
  it.each([
    [
      '0.062',
      '0.002',
      'reconcile_required_qty_mismatch',
      { exchange_amt: 0.062, ledger_amt: 0.002, diff: 0.06, tolerance: 0.00062 },
    ],
    ['-0.010', '0.010', 'reconcile_required_side_mismatch', { exchange_side: 'SHORT', ledger_side: 'LONG' }],
    [
      '0.001',
      '0',
      'reconcile_required_qty_mismatch',
      { exchange_amt: 0.001, ledger_amt: 0, diff: 0.001, tolerance: 0.0005 },
    ],
  ])('%s and %s: %s [S6] [S7] [S8]', async (exchange, ledger, reason, context) => {
    await brain(exchange);
    await setLedger(ledger);
    expect(await askPosition(testEnv, SYMBOL)).toMatchObject({ allow: false, reason, context });
    await setLedger(exchange);
    expect(await askPosition(testEnv, SYMBOL)).toMatchObject({ allow: true });
  });
});

describe('after a fill', () => {
  it.each([
    ['by the time our results carry', (ms: number) => [{ filled_at_ms: ms }, {}] as const],
    ['by the timestamp of the guide’s results', (ms: number) => [{}, { timestamp: String(ms / 1000) }] as const],
  ])('the cooldown ends 15 s after the fill itself, not after it was read, %s [S9]', async (_what, at) => {
    testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '0.003' } });
    // Dated before the fill: an amount without a time holds from when it is noticed.
    const updated_at = String((await redisNowMs(testEnv)) / 1000 - 60);
    await testEnv.redis.hset(testEnv.keys.ledger(SYMBOL), { last_known_amt: '0.010', updated_at });
    await testEnv.gate({ roles: 'position-brain' });
    const filledMs = (await redisNowMs(testEnv)) - 13_000;
    const [step, fields] = at(filledMs);
    await publishResult(testEnv, SYMBOL, { order_id: 'o', side: 'SELL', executed_qty: 0.007, ...step }, fields);
    await untilLedger(testEnv, SYMBOL, '0.003');
    const denial = await eventually(async () => {
      const word = await askPosition(testEnv, SYMBOL);
      return word['reason'] === 'no_exchange_snapshot' ? undefined : word;
    });
    expect(denial).toMatchObject({
      allow: false,
      reason: 'cooldown_in_flight',
      context: { seconds_since_last: expect.closeTo(13.2, 0) as number, cooldown_sec: 15, cause: 'recent_fill' },
    });
    await eventually(async () => (await askPosition(testEnv, SYMBOL))['allow'] === true || undefined);
    expect((await redisNowMs(testEnv)) - filledMs).toBeGreaterThanOrEqual(15_000);
    expect((await redisNowMs(testEnv)) - filledMs).toBeLessThan(16_500);
  });

  it('the exchange may show it before the ledger counts it: in flight, not drift, and no hold [S16]', async () => {
    await brain('0.010');
    await testEnv.redis.set(testEnv.keys.inflight(SYMBOL), 'someplan:1');
    testEnv.exchange.setPosition(SYMBOL, '0.003');
    await eventually(
      async () => (await testEnv.redis.hget(testEnv.keys.snapshot(SYMBOL), 'position_amt')) === '0.003' || undefined,
    );
    expect(await askPosition(testEnv, SYMBOL)).toMatchObject({
      allow: false,
      reason: 'cooldown_in_flight',
      context: { cooldown_sec: 15, cause: 'order_open' },
    });
    expect(await testEnv.redis.exists(testEnv.keys.hold(SYMBOL))).toBe(0);
    await testEnv.redis.pexpire(testEnv.keys.inflight(SYMBOL), 60_000);
    await publishResult(
      testEnv,
      SYMBOL,
      { order_id: 'o', side: 'SELL', executed_qty: 0.007, filled_at_ms: await redisNowMs(testEnv) },
      { plan_id: 'someplan', attempt: '1' },
    );
    await untilLedger(testEnv, SYMBOL, '0.003');
    expect(await testEnv.redis.exists(testEnv.keys.inflight(SYMBOL))).toBe(0);
    expect(await eventsOf(testEnv, 'HOLD')).toEqual([]);
  });
});
