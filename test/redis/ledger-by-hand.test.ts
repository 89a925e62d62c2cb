import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../harness/eventually.js';
import { TestEnvironment } from '../harness/test-environment.js';
import { points } from '../harness/points.js';
import { foreignPermit, GRANT, handwrite, QUICK, resultOf, sleep, submit, untilKnown } from './apply-support.js';
import {
  askPosition,
  eventsOf,
  ledgerAmt,
  publishResult,
  redisNowMs,
  untilLedger,
  untilSettled,
} from './issuer-support.js';

const SYMBOL = 'BTCUSDT';
let testEnv: TestEnvironment;
afterEach(() => testEnv.close());

const byHand = (amount: string): Promise<unknown> =>
  testEnv.redis.hset(testEnv.keys.ledger(SYMBOL), 'last_known_amt', amount);
const ledger = (): Promise<Record<string, string>> => testEnv.redis.hgetall(testEnv.keys.ledger(SYMBOL));
const noticed = (): Promise<true> =>
  eventually(async () => (await ledger())['amt_by'] === 'hand' || undefined, 5_000, ledger);
const settled = (): Promise<true> => untilSettled(testEnv, testEnv.keys.resultStream(), 'p33');
const settledAt = async (amount: string): Promise<void> => {
  await settled();
  await sleep(600);
  expect(await ledgerAmt(testEnv, SYMBOL)).toBe(amount);
};

/** The Position Brain and the Governor, with a position of 1, and an Apply beside them. */
async function running(env: Record<string, string> = {}) {
  testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '1' } });
  const brain = await testEnv.gate({ roles: 'position-brain,governor', env: { ...QUICK, ...env } });
  const apply = await testEnv.gate({ roles: 'apply', env: { ...QUICK, ...env } });
  await untilKnown(testEnv, SYMBOL);
  return { brain, apply };
}

describe('an amount that somebody writes into the ledger by hand', () => {
  it('before a fill: it holds, and the fill counts on it [S22]', async () => {
    const { apply } = await running();
    testEnv.exchange.setPosition(SYMBOL, '0.8');
    await byHand('0.8');
    await noticed();
    const { planId } = await submit(apply, SYMBOL, 'PARTIAL_50');
    expect(await resultOf(testEnv, planId)).toMatchObject({ executed: 'True' });
    await settledAt('0.4');
  });

  it('immediately before an order is permitted: the verdict notices it, and the fill counts on it [S22]', async () => {
    const { apply } = await running({ P33_POLL_SEC: '600' });
    await untilLedger(testEnv, SYMBOL, '1');
    await byHand('1.00');
    await byHand('1.000000001');
    const { planId } = await submit(apply, SYMBOL, 'PARTIAL_50');
    expect(await resultOf(testEnv, planId)).toMatchObject({ executed: 'True' });
    await settledAt('0.500000001');
  });

  it.each([
    ['by an HSET', () => byHand('0.5')],
    [
      'over a deleted hash',
      async () => {
        await testEnv.redis.del(testEnv.keys.ledger(SYMBOL));
        await byHand('0.5');
      },
    ],
  ])('after the fill and before its result is read, %s: the fill is not counted on top [S22]', async (_how, write) => {
    const { brain, apply } = await running();
    await untilLedger(testEnv, SYMBOL, '1');
    await brain.stop();
    const { planId } = await submit(apply, SYMBOL, 'PARTIAL_50');
    await handwrite(testEnv, planId, { governor: GRANT, p33: foreignPermit(SYMBOL, 0.5, 1) });
    expect(await resultOf(testEnv, planId, 1)).toMatchObject({ executed: 'True' });
    await write();
    await testEnv.gate({ roles: 'position-brain', env: QUICK });
    await settledAt('0.5');
    expect(await testEnv.redis.exists(testEnv.keys.unsettled(SYMBOL))).toBe(0);
    await eventually(async () => (await askPosition(testEnv, SYMBOL))['allow'] === true || undefined);
  });

  it('after a counted fill: it holds, however often the fill is reported again [S22]', async () => {
    await running();
    await untilLedger(testEnv, SYMBOL, '1');
    const fill = { order_id: '4711', side: 'SELL', executed_qty: 0.4 };
    await publishResult(testEnv, SYMBOL, fill);
    await untilLedger(testEnv, SYMBOL, '0.6');
    await byHand('0.7');
    await publishResult(testEnv, SYMBOL, fill);
    await testEnv.redis.xgroup('SETID', testEnv.keys.resultStream(), 'p33', '0');
    await settledAt('0.7');
    await publishResult(testEnv, SYMBOL, { ...fill, order_id: '4712', executed_qty: 0.1 });
    await settledAt('0.6');
    expect(await ledger()).toMatchObject({ written_amt: '0.6', amt_by: 'fill' });
  });

  it('before the first start of a Position Brain on old results: none of them is counted on top [S22]', async () => {
    testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '1' } });
    for (const order_id of ['1', '2', '3'])
      await publishResult(testEnv, SYMBOL, { order_id, side: 'SELL', executed_qty: 0.2 });
    await byHand('1');
    await testEnv.gate({ roles: 'position-brain', env: QUICK });
    await settledAt('1');
    expect(await ledger()).toMatchObject({ written_amt: '1', amt_by: 'hand' });
    await eventually(async () => (await askPosition(testEnv, SYMBOL))['allow'] === true || undefined);
  });

  it('left by another service before the first start: it holds from the time that service gave it, and later fills count [S22]', async () => {
    testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '0.7' } });
    const nowSec = (await redisNowMs(testEnv)) / 1000;
    for (const [order_id, qty, agoSec] of [
      ['1', 0.2, 20],
      ['2', 0.1, 5],
    ] as const) {
      const fill = { order_id, side: 'SELL', executed_qty: qty };
      await publishResult(testEnv, SYMBOL, fill, { timestamp: String(nowSec - agoSec) });
    }
    await testEnv.redis.hset(testEnv.keys.ledger(SYMBOL), { last_known_amt: '0.8', updated_at: String(nowSec - 10) });
    await testEnv.gate({ roles: 'position-brain', env: QUICK });
    await settledAt('0.7');
    expect(await testEnv.redis.mget(testEnv.keys.fill(SYMBOL, '1'), testEnv.keys.fill(SYMBOL, '2'))).toEqual([
      '0.2',
      '0.1',
    ]);
    expect(await eventsOf(testEnv, 'LEDGER_NOTICED')).toHaveLength(1);
    await eventually(async () => (await askPosition(testEnv, SYMBOL))['allow'] === true || undefined);
  });

  it('raises the epoch when it is noticed: no permit on the amount before it is used part of [S22] [P10]', async () => {
    await running();
    await untilLedger(testEnv, SYMBOL, '1');
    const epoch = async (): Promise<number> => Number(await testEnv.redis.get(testEnv.keys.epoch(SYMBOL)));
    const before = await epoch();
    await byHand('0.9');
    await noticed();
    expect(await epoch()).toBeGreaterThan(before);
  });

  it.each(
    points<[string, () => Promise<unknown>]>([
      ['an HSET', () => byHand('0.6')],
      [
        'a hash that is deleted first',
        async () => {
          await testEnv.redis.del(testEnv.keys.ledger(SYMBOL));
          await byHand('0.6');
        },
      ],
    ]),
  )('by %s after a fill leaves the cooldown as it was [S22]', async (_how, write) => {
    await running({ P33_COOLDOWN_SEC: '4' });
    await untilLedger(testEnv, SYMBOL, '1');
    testEnv.exchange.setPosition(SYMBOL, '0.6');
    await publishResult(testEnv, SYMBOL, { order_id: '4711', side: 'SELL', executed_qty: 0.4 });
    await untilLedger(testEnv, SYMBOL, '0.6');
    const filledMs = performance.now();
    await write();
    await sleep(1_500);
    expect(await askPosition(testEnv, SYMBOL)).toMatchObject({ allow: false, reason: 'cooldown_in_flight' });
    await eventually(async () => (await askPosition(testEnv, SYMBOL))['allow'] === true || undefined, 8_000);
    expect(performance.now() - filledMs).toBeGreaterThan(3_500);
  });

  it('again and again while orders flow: no more orders than the cooldown allows [S22]', async () => {
    const { apply } = await running({ P33_COOLDOWN_SEC: '3' });
    await untilLedger(testEnv, SYMBOL, '1');
    const amount = (): string =>
      testEnv.exchange.records().positions.find(({ symbol }) => symbol === SYMBOL)?.amount ?? '0';
    const untilMs = performance.now() + 7_000;
    const copying = (async () => {
      while (performance.now() < untilMs) {
        await testEnv.redis
          .multi()
          .del(testEnv.keys.ledger(SYMBOL))
          .hset(testEnv.keys.ledger(SYMBOL), 'last_known_amt', amount())
          .exec();
        await sleep(40);
      }
    })();
    while (performance.now() < untilMs) {
      await submit(apply, SYMBOL, 'PARTIAL_25');
      await sleep(250);
    }
    await copying;
    expect(testEnv.orders().length).toBeGreaterThan(0);
    expect(testEnv.orders().length).toBeLessThanOrEqual(3);
  });
});
