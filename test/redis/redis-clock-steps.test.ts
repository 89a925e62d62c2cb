import { Decimal } from 'decimal.js';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../harness/eventually.js';
import { RedisServer } from '../harness/redis-server.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import { QUICK, resultOf, submit, untilKnown } from './apply-support.js';
import { ledgerAmt, untilLedger } from './issuer-support.js';

const AGAIN_WITHIN_MS = 40_000;

let server: RedisServer;
let testEnv: TestEnvironment;
beforeEach(async () => {
  server = await new RedisServer({ clock: true }).start();
  testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.100' } }, '', {
    redis: new Redis({ path: server.socketPath }),
  });
});
afterEach(async () => {
  await testEnv.close();
  await server.stop();
});

const start = (): Promise<Gate> =>
  testEnv.gate({
    env: { ...QUICK, REDIS_URL: `unix://${server.socketPath}`, P33_COOLDOWN_SEC: '2', EXCHANGE_RECV_WINDOW_MS: '1000' },
  });

/** Seconds since 1970 by Redis' clock, as a strategy on the host of Redis writes them. */
async function redisNow(): Promise<string> {
  return String(Number((await testEnv.redis.time())[0]));
}

/** Asks again until a close is executed. */
async function closesAgain(gate: Gate): Promise<Record<string, string>> {
  let last: unknown;
  return eventually(
    async () => {
      const fields = { close_pct: '10', last_update_epoch: await redisNow() };
      const { planId } = await submit(gate, 'BTCUSDT', 'CLOSE_PCT', fields);
      last = planId === undefined ? undefined : await resultOf(testEnv, planId, 1);
      return (last as Record<string, string> | undefined)?.['executed'] === 'True'
        ? (last as Record<string, string>)
        : undefined;
    },
    AGAIN_WITHIN_MS,
    () => [last, gate.messages().slice(-15)],
  );
}

/** What the orders of the exchange have left of the position. */
const left = (): string =>
  testEnv
    .orders()
    .reduce((amount, { executedQty }) => amount.minus(executedQty), new Decimal('0.1'))
    .toFixed();

/** Sets the clock and waits until that is recorded with the data. */
async function setClock(aheadSec: number): Promise<void> {
  server.setClock(aheadSec);
  const steps = async (): Promise<number> =>
    Number(await testEnv.redis.hget(testEnv.keys.server(), 'clock_steps_ms')) / 1_000;
  await eventually(async () => Math.abs((await steps()) - aheadSec) < 1 || undefined, 5_000, steps);
}

describe("when Redis' clock is set", () => {
  it.each([-3_600, -30, 30, 3_600])(
    '%d s ahead after a fill, the next close is executed within a minute, and so after it is set right, and the ledger takes each fill: part of [R13]',
    async (stepSec) => {
      const gate = await start();
      await untilKnown(testEnv, 'BTCUSDT');
      await closesAgain(gate);
      await untilLedger(testEnv, 'BTCUSDT', left());
      for (const aheadSec of [stepSec, 0]) {
        await setClock(aheadSec);
        const before = testEnv.orders().length;
        await closesAgain(gate);
        await eventually(async () => (await ledgerAmt(testEnv, 'BTCUSDT')) === left() || undefined, 5_000, left);
        expect(testEnv.orders().length).toBeGreaterThan(before);
      }
    },
    120_000,
  );
});
