import { Decimal } from 'decimal.js';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RedisClient } from '../../src/redis/connection/redis-clients.js';
import { RedisClock } from '../../src/redis/connection/redis-clock.js';
import { ServerIdentity } from '../../src/redis/connection/server-identity.js';
import { ScriptRunner } from '../../src/redis/scripts/script-runner.js';
import { loadScript } from '../../src/redis/scripts/script-source.js';
import { SCRIPTS } from '../../src/redis/scripts/scripts.js';
import { GovernorStore } from '../../src/redis/stores/governor-store.js';
import { PlanJournal } from '../../src/redis/stores/plan-journal.js';
import { eventually } from '../harness/eventually.js';
import { RedisServer } from '../harness/redis-server.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import { QUICK, resultOf, sleep, submit, untilKnown } from './apply-support.js';
import { askPosition, eventsOf, ledgerAmt, untilLedger } from './issuer-support.js';
import { OpsApp } from './ops-support.js';

/** npm run test:long */
const EVERY_STEP = process.env['EVERY_STEP'] !== undefined;
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
    env: {
      ...QUICK,
      REDIS_URL: `unix://${server.socketPath}`,
      P33_COOLDOWN_SEC: '2',
      P33_STALE_THRESHOLD_SEC: '2',
      EXCHANGE_RECV_WINDOW_MS: '1000',
    },
  });

/** Seconds since 1970 by Redis' clock, as a strategy on the host of Redis writes them. */
async function redisNow(): Promise<string> {
  return String((await testEnv.redis.time())[0]);
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

/** Sets the clock and waits until that is recorded with the data; of several steps in less than a second, until the last is. */
async function setClock(...steps: readonly number[]): Promise<void> {
  const [aheadSec = 0] = steps.slice(-1);
  for (const [index, each] of steps.entries()) {
    if (index > 0) await sleep(300);
    server.setClock(each);
  }
  const recorded = async (): Promise<number> =>
    Number(await testEnv.redis.hget(testEnv.keys.server(), 'clock_steps_ms')) / 1_000;
  await eventually(async () => Math.abs((await recorded()) - aheadSec) < 1 || undefined, 5_000, recorded);
}

describe("when Redis' clock is set", () => {
  const STEPS = [[-3_600], [-30], [30], [3_600], [3_600, 0], [-3_600, 30]].map((steps) => ({ steps }));

  it.each(EVERY_STEP ? STEPS : STEPS.slice(0, 1))(
    '$steps s ahead after a fill, the next close is executed within a minute, and so after it is set right, and the ledger takes each fill [R13]',
    async ({ steps }) => {
      const gate = await start();
      await untilKnown(testEnv, 'BTCUSDT');
      await closesAgain(gate);
      await untilLedger(testEnv, 'BTCUSDT', left());
      for (const step of [steps, [0]]) {
        await setClock(...step);
        const before = testEnv.orders().length;
        await closesAgain(gate);
        await eventually(async () => (await ledgerAmt(testEnv, 'BTCUSDT')) === left() || undefined, 5_000, left);
        expect(testEnv.orders().length).toBeGreaterThan(before);
      }
    },
    120_000,
  );

  it.runIf(EVERY_STEP).each([-8, -30, 30])(
    '%d s ahead while the exchange cannot be read: nothing is permitted until it can, then a close is executed: part of [R13]',
    async (stepSec) => {
      const gate = await start();
      await untilKnown(testEnv, 'BTCUSDT');
      await closesAgain(gate);
      testEnv.exchange.addFault({
        match: { path: '/positionRisk' },
        action: { type: 'status', status: 500, code: -1000 },
        times: -1,
      });
      await sleep(500);
      const readMs = performance.now();
      await setClock(stepSec);
      const verdicts: unknown[] = [];
      while (performance.now() - readMs < Math.abs(stepSec) * 1_000 + 6_000) {
        const { allow, reason } = await askPosition(testEnv, 'BTCUSDT');
        if (performance.now() - readMs > 2_000) verdicts.push(allow === true ? 'allow' : reason);
        await sleep(100);
      }
      expect(new Set(verdicts)).not.toContain('allow');
      testEnv.exchange.clearFaults();
      await closesAgain(gate);
      await eventually(async () => (await ledgerAmt(testEnv, 'BTCUSDT')) === left() || undefined, 5_000, left);
    },
    150_000,
  );
});

describe('the identity of the server', () => {
  const identities = (): [ServerIdentity, ServerIdentity] => {
    const identity = (): ServerIdentity => new ServerIdentity(testEnv.redis as RedisClient, testEnv.keys, 1_000);
    return [identity(), identity()];
  };

  it.each([-3_600, 3_600])('counts a step of %d s once, whichever processes see it: part of [R13]', async (stepSec) => {
    const [one, other] = identities();
    await Promise.all([one.confirm(), other.confirm()]);
    server.setClock(stepSec);
    const [first, second] = await Promise.all([one.confirm(), other.confirm()]);
    const known = await one.confirm();
    expect(Math.abs(known.clockStepsMs - stepSec * 1_000)).toBeLessThan(1_000);
    expect(known).toMatchObject({ stepMs: known.clockStepsMs, settleUntilMs: known.changedMs + 1_000 });
    expect([first.changedMs, second.changedMs]).toContain(known.changedMs);
    expect(await other.confirm()).toEqual(known);
    expect(await eventsOf(testEnv, 'REDIS_CHANGED')).toMatchObject([{ reason: 'clock_set' }]);
  });

  it('sees a clock that was set back while no process ran', async () => {
    const [before, after] = identities();
    await before.confirm();
    server.setClock(-3_600);
    expect((await after.confirm()).stepMs).toBeLessThan(-3_590_000);
  });

  it('takes a server that answers late for what it is', async () => {
    const [identity] = identities();
    const known = await identity.confirm();
    server.signal('SIGSTOP');
    const asked = identity.confirm();
    await sleep(2_500);
    server.signal('SIGCONT');
    expect(await asked).toEqual(known);
  });
});

it('the limits of an hour count the same executions after a step, and due plans stay due: part of [R13]', async () => {
  const { redis, keys } = testEnv;
  const one = new ServerIdentity(redis as RedisClient, keys, 1_000);
  const scripts = new ScriptRunner(redis as RedisClient, one);
  const governor = new GovernorStore(redis as RedisClient, scripts, keys, new RedisClock());
  const counts = async (): Promise<number> => (await governor.evidence('BTCUSDT', 'p', 1)).usage.execHour;
  await one.confirm();
  const nowMs = Number(await redisNow()) * 1_000;
  await redis.zadd(keys.executions('BTCUSDT'), nowMs - 3_000_000, 'a:1', nowMs - 3_700_000, 'b:1');
  await redis.zadd(keys.openPlans(), nowMs + 1_000, 'p');
  expect(await counts()).toBe(1);
  for (const aheadSec of [3_600, -3_600]) {
    server.setClock(aheadSec);
    const { clockStepsMs } = await one.confirm();
    expect(await counts()).toBe(1);
    await new PlanJournal(scripts, keys, new RedisClock()).followClock();
    expect(await redis.zscore(keys.openPlans(), 'p')).toBe(String(nowMs + 1_000 + clockStepsMs));
  }
});

it('a plan from before the clock was set back is not claimed in the window that it seems to have: part of [R13]', async () => {
  const { redis, prefix } = testEnv;
  const { keys, args } = SCRIPTS.claim_permits;
  const claim = async (): Promise<unknown> =>
    redis.eval(
      loadScript('claim_permits', 'this').text,
      keys.length,
      ...keys.map((name) => `${prefix}${name}`),
      ...args.map(() => '1'),
    );
  const nowMs = Number(await redisNow()) * 1_000;
  const journal = { state: 'WAITING', attempt: '1', published_ms: nowMs, deadline_ms: nowMs + 60_000 };
  await redis.hset(`${prefix}journal`, journal);
  expect(await claim()).toEqual(['settling']);
  server.setClock(-30);
  expect(await claim()).toEqual(['expired']);
});

it("readiness names a clock that differs from the exchange's, with the remedy: part of [R13]", async () => {
  const ops = await OpsApp.start({ socket: server.socketPath, environment: { REDIS_KEY_PREFIX: testEnv.prefix } });
  try {
    const partWhen = (status: string): Promise<{ reason?: string }> =>
      eventually(async () => {
        const { body } = await ops.call('GET', '/health/ready');
        const part = body.details?.redis_clock;
        return part?.status === status ? part : undefined;
      }, 5_000);
    await partWhen('up');
    server.setClock(-3_600);
    expect((await partWhen('down')).reason).toMatch(
      /^Redis' clock is 3(599|600) s behind the exchange's .* Correct the clock of the host of Redis/,
    );
    server.setClock(0);
    await partWhen('up');
  } finally {
    await ops.close();
  }
});
