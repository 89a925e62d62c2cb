import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keysFor } from '../../src/redis/keys/keys.js';
import { fieldsOf } from '../chaos/history.js';
import { eventually } from '../harness/eventually.js';
import { freePort } from '../harness/ports.js';
import type { Program } from '../harness/program.js';
import { StrategyHash } from '../harness/strategy-hash.js';
import { TestDeployment } from '../harness/test-deployment.js';

/** `npm run test:long` takes the cooldown of a default installation; a short one makes a second order come sooner. */
const WHOLE = process.env['DEFAULT_TIMES'] === '1';
const COOLDOWN_SEC = WHOLE ? 15 : 2;
/** What waits for a cooldown or a back-off (2 s, then 4 s, then 8 s) has come by then. */
const QUIET_MS = (COOLDOWN_SEC + 10) * 1_000;
const AWAY_MS = 5_000;
const RUNNING_WITHIN_MS = 60_000;

/** Stands while the Governor is away and until it is back, re-stamped every second. */
const STANDING = 'BTCUSDT';
const STANDING_SHORT = 'ETHUSDT';
/** Written once; withdrawn or replaced after their `permit_timeout`. */
const HELD = 'SOLUSDT';
const REMOVED = 'LINKUSDT';
const REPLACED = 'DOGEUSDT';
const POSITIONS = { [STANDING]: '0.040', [STANDING_SHORT]: '-2', [HELD]: '10', [REMOVED]: '10', [REPLACED]: '1000' };
const SYMBOLS = Object.keys(POSITIONS);

describe('a wish that is withdrawn or replaced while the Governor is away', () => {
  const keys = keysFor('quantum:');
  let deployment: TestDeployment;
  let redis: Redis;
  let strategy: StrategyHash;
  /** How many orders of a symbol the exchange had when its proposal was withdrawn. */
  const before = new Map<string, number>();

  const orders = (symbol: string): string[] =>
    deployment.exchange
      .records()
      .orders.filter((order) => order.symbol === symbol)
      .map(({ executedQty }) => executedQty);
  /** Every request for an order, also one that was refused. */
  const requests = (symbol: string): number =>
    deployment.exchange
      .records()
      .requests.filter(
        ({ method, path, params }) => method === 'POST' && path.endsWith('/order') && params['symbol'] === symbol,
      ).length;
  const results = async (symbol: string): Promise<Record<string, string>[]> =>
    (await redis.xrange(keys.resultStream(), '-', '+'))
      .map(([, flat]) => fieldsOf(flat))
      .filter((fields) => fields['symbol'] === symbol);
  const ended = (symbol: string, error: string): Promise<true> =>
    eventually(
      async () => (await results(symbol)).some((result) => result['error'] === error) || undefined,
      20_000,
      () => error,
    );
  /** The plan of the proposal ended so; the HOLD has a result of its own. */
  const endedWithdrawn = async (symbol: string): Promise<void> => {
    const own = (await results(symbol)).filter(({ decision }) => decision !== 'HOLD' && decision !== 'SKIP');
    expect(own.map(({ error }) => error)).toContain('proposal_withdrawn');
    expect(own.map(({ executed }) => executed)).not.toContain('True');
  };
  const withdraw = async (symbol: string): Promise<void> => {
    await strategy.hold(symbol);
    // An order that was claimed before it was withdrawn may still arrive.
    await sleep(500);
    before.set(symbol, requests(symbol));
  };

  async function start(roles: string): Promise<Program> {
    const program = deployment.start(['serve', `--roles=${roles}`], {
      ...deployment.variables,
      INSTANCE_ID: roles.replace(',', '-'),
      HTTP_PORT: String(await freePort()),
      APPLY_ALLOWLIST: SYMBOLS.join(','),
      APPLY_POLL_SEC: '0.2',
      P33_COOLDOWN_SEC: String(COOLDOWN_SEC),
    });
    await program.until('running', () => program.stdout.includes('"permit-gate running"'), RUNNING_WITHIN_MS);
    return program;
  }

  beforeAll(async () => {
    deployment = await TestDeployment.create({ positions: POSITIONS });
    redis = new Redis({ path: deployment.redis.socketPath });
    strategy = new StrategyHash(redis, keys);
    const [governor] = await Promise.all([start('governor'), start('apply,position-brain')]);
    for (const symbol of SYMBOLS)
      await eventually(async () => (await redis.exists(keys.ledger(symbol))) === 1 || undefined, RUNNING_WITHIN_MS);

    await governor.stop();
    const awaySinceMs = performance.now();
    await strategy.stand(STANDING, 'PARTIAL_50');
    await strategy.stand(STANDING_SHORT, 'PARTIAL_50');
    await strategy.say(HELD, 'PARTIAL_50');
    await strategy.say(REMOVED, 'FULL_CLOSE_PROPOSED');
    await strategy.say(REPLACED, 'FULL_CLOSE_PROPOSED');
    for (const symbol of SYMBOLS) await ended(symbol, 'permit_timeout');
    await strategy.hold(HELD);
    await strategy.remove(REMOVED);
    await strategy.say(REPLACED, 'PARTIAL_50');
    await sleep(Math.max(0, awaySinceMs + AWAY_MS - performance.now()));
    const back = start('governor');
    // One is withdrawn before the Governor has given anything, the other when its order is there.
    await withdraw(STANDING_SHORT);
    await back;
    await eventually(() => orders(STANDING)[0], 40_000);
    await withdraw(STANDING);
    await eventually(() => orders(REPLACED)[0], 40_000);
    await sleep(QUIET_MS);
  }, 200_000);
  afterAll(async () => {
    strategy.close();
    redis.disconnect();
    await deployment.close();
  });

  it('re-stamped every second, then HOLD: one order, and none after it [L1] [L3]', async () => {
    expect(orders(STANDING)).toEqual(['0.02']);
    expect(requests(STANDING)).toBe(before.get(STANDING));
    expect((await results(STANDING)).filter(({ executed }) => executed === 'True')).toHaveLength(1);
    const plans = (await redis.xrange(keys.planStream(), '-', '+')).map(([, flat]) => fieldsOf(flat));
    const own = plans.filter(({ symbol, decision }) => symbol === STANDING && decision === 'EXECUTE');
    expect(new Set(own.map(({ plan_id: planId }) => planId)).size).toBe(1);
    expect(await redis.hget(keys.ledger(STANDING), 'last_known_amt')).toBe('0.02');
  });

  it('re-stamped every second, HOLD before the Governor is back: no order [L1] [L3]', async () => {
    expect([orders(STANDING_SHORT), requests(STANDING_SHORT), before.get(STANDING_SHORT)]).toEqual([[], 0, 0]);
    await endedWithdrawn(STANDING_SHORT);
  });

  it.each([
    ['HOLD', HELD],
    ['DEL of the hash', REMOVED],
  ])('permit_timeout, then %s: attempt 2 closes nothing [L1]', async (_how, symbol) => {
    expect([orders(symbol), requests(symbol)]).toEqual([[], 0]);
    await endedWithdrawn(symbol);
  });

  it('a full close that PARTIAL_50 replaced after its permit_timeout never runs: the half is closed [L2]', async () => {
    expect(orders(REPLACED)).toEqual(['500']);
    expect(requests(REPLACED)).toBe(1);
    expect((await results(REPLACED)).map(({ error }) => error)).toContain('proposal_superseded');
    expect(await redis.hget(keys.ledger(REPLACED), 'last_known_amt')).toBe('500');
  });
});
