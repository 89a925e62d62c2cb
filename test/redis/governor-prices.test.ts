import { Redis } from 'ioredis';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { MARK_PRICES, type MarkPrices } from '../../src/exchange/mark-prices.port.js';
import { eventually } from '../harness/eventually.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import { foreignPermit, QUICK, resultOf, submit } from './apply-support.js';
import { askGovernor, CLOSE_75, type Json, moveMark, redisNowMs } from './issuer-support.js';

const SYMBOL = 'BTCUSDT';
const PARTIAL = { action: 'PARTIAL_75', steps: CLOSE_75 };
const LIMIT_1000 = { GOV_MAX_REDUCE_NOTIONAL_PER_DAY_USD: '1000' };
const NO_REST = { match: { path: '/premiumIndex' }, action: { type: 'status', status: 503 }, times: -1 } as const;

let testEnv: TestEnvironment;
let brain: Redis | undefined;
afterEach(async () => {
  brain?.disconnect();
  brain = undefined;
  await testEnv.close();
});

/** One long position of 1 BTC at 100 000 USD, and nobody who reads it but the attacker. */
async function deployment(faults: Parameters<TestEnvironment['exchange']['addFault']>[0][] = []): Promise<void> {
  testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '1' }, marks: { [SYMBOL]: '100000' } });
  for (const fault of faults) testEnv.exchange.addFault(fault);
}

const governor = (env: Record<string, string> = {}): Promise<Gate> =>
  testEnv.gate({ roles: 'governor', env: { APPLY_PERMIT_WAIT_MS: '10000', ...env } });

/** Writes a snapshot with the Redis password of the Position Brain, and no other right. */
async function falsify(fields: Record<string, string>): Promise<void> {
  const user = await testEnv.redisUser('position-brain');
  brain ??= new Redis({ path: inject('redisSocket'), username: user, password: user });
  const tsMs = await redisNowMs(testEnv);
  // The rights to single commands are those that scripts need; an attacker is as free to send them.
  await brain.eval(
    `return redis.call('HSET', KEYS[1], unpack(ARGV))`,
    1,
    testEnv.keys.snapshot(SYMBOL),
    ...Object.entries({
      position_amt: '1',
      mark_price: '100000',
      ts_ms: String(tsMs),
      ts_epoch: String(tsMs / 1000),
      resting_reduce_qty: '0',
      ...fields,
    }).flat(),
  );
}

describe('a false mark price, written with the Redis password of the Position Brain', () => {
  it.each(['10', '999', '0.0001'])('of %s lets no 100 000 USD through a limit of 1 000 [C15]', async (mark_price) => {
    await deployment();
    await governor(LIMIT_1000);
    await falsify({ mark_price });
    expect(await askGovernor(testEnv, SYMBOL)).toMatchObject({
      granted: false,
      reason: 'daily_limit_exceeded',
      context: { which: 'notional', asked_usd: 110_000, limit_usd: 1000 },
    });
    expect(await askGovernor(testEnv, SYMBOL, PARTIAL)).toMatchObject({
      granted: false,
      reason: 'price_deviation',
      context: { snapshot_price: Number(mark_price), own_price: 100_000, max_deviation_pct: 10 },
    });
  });

  it('inside the band counts at the own price, and beyond it a full close at the higher price plus the band [C15]', async () => {
    await deployment();
    await governor({ GOV_MAX_REDUCE_NOTIONAL_PER_DAY_USD: '1000000' });
    await falsify({ mark_price: '91000' });
    expect(await askGovernor(testEnv, SYMBOL, PARTIAL)).toMatchObject({
      granted: true,
      max_qty: 0.75,
      max_notional: 75_000,
      context: { mark_price: 91_000, own_mark_price: 100_000, judged_price: 100_000 },
    });
    await falsify({ mark_price: '300000' });
    expect(await askGovernor(testEnv, SYMBOL)).toMatchObject({ granted: true, max_notional: 330_000 });
  });

  it('passes in a deployment that allows more, up to what it allows', async () => {
    await deployment();
    await governor({ GOV_MAX_REDUCE_NOTIONAL_PER_DAY_USD: '1000000', GOV_PRICE_BAND_PCT: '30' });
    await falsify({ mark_price: '75000' });
    expect(await askGovernor(testEnv, SYMBOL, PARTIAL)).toMatchObject({ granted: true, max_notional: 75_000 });
    await falsify({ mark_price: '69000' });
    expect(await askGovernor(testEnv, SYMBOL, PARTIAL)).toMatchObject({ reason: 'price_deviation' });
  });
});

describe('a false amount or time, written with the Redis password of the Position Brain', () => {
  it.each([
    ['0.01', '0.01'],
    ['0', '0'],
  ])('an amount of %s permits orders of no more, whatever the position is [C15]', async (position_amt, most) => {
    await deployment();
    await (await governor(LIMIT_1000)).stop();
    const apply = await testEnv.gate({ roles: 'apply', env: { ...QUICK, APPLY_PERMIT_WAIT_MS: '10000' } });
    // Taken up with the true amount, so that only the Governor's bound stands between the attacker and the position.
    await falsify({});
    const { planId } = await submit(apply, SYMBOL, 'FULL_CLOSE_PROPOSED');
    await falsify({ position_amt });
    // The attacker's own permit, for the whole position.
    await brain?.eval(
      `return redis.call('SET', KEYS[1], ARGV[1], 'PX', 60000)`,
      1,
      testEnv.keys.positionPermit(planId),
      foreignPermit(SYMBOL, 1, 1),
    );
    await governor(LIMIT_1000);
    const result = await resultOf(testEnv, planId);
    const sold = testEnv.orders().reduce((sum, { quantity }) => sum + Number(quantity), 0);
    expect({ sold, executed: result['executed'] }).toEqual({
      sold: Number(most),
      executed: most === '0' ? 'False' : 'True',
    });
  });

  it.each([
    ['an hour ahead', 3_600_000],
    ['an hour old', -3_600_000],
  ])('a time that is %s gives no permit [C15]', async (_, offsetMs) => {
    await deployment();
    await governor();
    const nowMs = (await redisNowMs(testEnv)) + offsetMs;
    await falsify({ ts_ms: String(nowMs), ts_epoch: String(nowMs / 1000) });
    expect(await askGovernor(testEnv, SYMBOL)).toMatchObject({
      reason: 'position_fetch_failed',
      context: { cause: 'stale_snapshot' },
    });
  });

  it('an old price under a fresh time is compared with the own one [C15]', async () => {
    await deployment();
    await moveMark(testEnv, await governor(LIMIT_1000), SYMBOL, '50000');
    await falsify({ mark_price: '100000' });
    expect(await askGovernor(testEnv, SYMBOL, PARTIAL)).toMatchObject({
      reason: 'price_deviation',
      context: { snapshot_price: 100_000, own_price: 50_000 },
    });
  });
});

describe('without an own price younger than 60 s', () => {
  const started = (env: Record<string, string> = {}): Promise<Gate> =>
    governor({ GOV_MAX_REDUCE_NOTIONAL_PER_DAY_USD: '1000000', ...env });
  const crash = async (): Promise<{ full: Json; partial: Json }> => {
    await falsify({ mark_price: '60000' });
    const partial = await askGovernor(testEnv, SYMBOL, PARTIAL);
    return { partial, full: await askGovernor(testEnv, SYMBOL) };
  };
  const PASSES = { granted: true, max_qty: 1, max_notional: 60_000 };
  const DENIED = { granted: false, reason: 'position_fetch_failed' };

  it('a full close passes while the stream is late and REST fails; a partial close is denied [C15]', async () => {
    await deployment([{ action: { type: 'lateMarketStream', ms: 61_000 } }, NO_REST]);
    const prices = (await started()).app.get<MarkPrices>(MARK_PRICES, { strict: false });
    await eventually(() => prices.of(SYMBOL));
    expect(await crash()).toMatchObject({
      full: PASSES,
      partial: { ...DENIED, context: { cause: 'no_own_mark_price', threshold_seconds: 60 } },
    });
  });

  it('a full close passes while both are silent; a partial close is denied [C15]', async () => {
    await deployment([{ action: { type: 'silentMarketStream' } }, NO_REST]);
    await started();
    expect(await crash()).toMatchObject({ full: PASSES, partial: DENIED });
  });

  it('a full close passes where no network leads to the exchange [C15]', async () => {
    await deployment();
    const nowhere = { EXCHANGE_REST_URL: 'http://127.0.0.1:1', EXCHANGE_WS_URL: 'ws://127.0.0.1:1' };
    await started(nowhere);
    expect(await crash()).toMatchObject({ full: PASSES, partial: DENIED });
  });
});

describe('readiness of a Governor', () => {
  async function part(env: Record<string, string>): Promise<{ status: number; part: Json }> {
    const gate = await testEnv.gate({ roles: 'governor', http: true, env });
    const response = await fetch(`${gate.url}/health/ready`);
    const body = (await response.json()) as { details: Record<string, Json> };
    return { status: response.status, part: body.details['mark_prices'] ?? {} };
  }

  it('is red without a way to the exchange, and says what is denied and what to do [C15]', async () => {
    await deployment();
    const nowhere = { EXCHANGE_REST_URL: 'http://127.0.0.1:1', EXCHANGE_WS_URL: 'ws://127.0.0.1:1' };
    expect(await part(nowhere)).toEqual({
      status: 503,
      part: {
        status: 'down',
        reason: expect.stringMatching(
          /no mark price of its own.*stream: .*rest: .*partial closes get no permit.*ws:\/\/127\.0\.0\.1:1 \(EXCHANGE_WS_URL\) and http:\/\/127\.0\.0\.1:1 \(EXCHANGE_REST_URL\)/,
        ) as string,
      },
    });
  });

  it('names a symbol that the exchange does not list, and is fine for the others', async () => {
    await deployment();
    expect(await part({ APPLY_ALLOWLIST: `${SYMBOL},NOPEUSDT` })).toMatchObject({
      status: 200,
      part: { status: 'up', missing: ['NOPEUSDT'] },
    });
  });
});

describe('a ban', () => {
  it('that the Governor is told of is shared, and it asks no more while one lasts [O5]', async () => {
    const banned = { type: 'status', status: 429, code: -1003, headers: { 'Retry-After': '30' } } as const;
    await deployment([
      { action: { type: 'silentMarketStream' } },
      { match: { path: '/premiumIndex' }, action: banned, times: -1 },
    ]);
    await governor();
    await eventually(async () => (await testEnv.redis.pttl(testEnv.keys.ban())) > 0 || undefined);
    const asked = testEnv.exchange.records().requests.length;
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(testEnv.exchange.records().requests.length).toBe(asked);
  });
});
