import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { Decimal } from '../../src/flow/0-decimal.js';
import { GovernorStore } from '../../src/redis/stores/governor-store.js';
import { PermitStore } from '../../src/redis/stores/permit-store.js';
import { PositionStore } from '../../src/redis/stores/position-store.js';
import { letTrade } from '../harness/control.js';
import { type Answer, OpsApp, publish, redisNowMs } from './ops-support.js';

let ops: OpsApp;
beforeAll(async () => {
  ops = await OpsApp.start({
    socket: inject('redisSocket'),
    environment: { APPLY_ALLOWLIST: 'BTCUSDT,ETHUSDT', GOV_MAX_REDUCE_QTY_PER_DAY: '0.05' },
  });
});
afterAll(() => ops.close());
beforeEach(() => ops.clear());

const get = (path: string): Promise<Answer> => ops.call('GET', `/api/v1${path}`, 'viewer');

describe('positions', () => {
  async function snapshot(amount: string, ageMs = 0): Promise<void> {
    const zero = new Decimal(0);
    await ops.app.get(PositionStore).recordSnapshot({
      symbol: 'BTCUSDT',
      tsMs: (await redisNowMs(ops)) - ageMs,
      amount: new Decimal(amount),
      entryPrice: new Decimal(50_000),
      markPrice: new Decimal(50_500),
      unrealizedPnl: zero,
      leverage: '5',
      source: 'rest',
      restingReduceQty: new Decimal('0.001'),
    });
  }
  const reconcile = (amount: unknown): Promise<Answer> =>
    ops.call('POST', '/api/v1/positions/BTCUSDT/reconcile', 'operator', {
      expected_exchange_amt: amount,
      reason: 'closed by hand',
    });

  it('show snapshot, ledger, drift, hold, order in flight and ages', async () => {
    await snapshot('0.062', 2_000);
    await ops.redis.hset(ops.keys.ledger('BTCUSDT'), { last_known_amt: '0.002', updated_at: '1700000000' });
    await ops.redis.set(ops.keys.inflight('BTCUSDT'), 'some-plan:3');
    await ops.call('PUT', '/api/v1/positions/BTCUSDT/hold', 'operator', { reason: 'strange' });
    const { body } = await get('/positions/BTCUSDT');
    expect(body).toMatchObject({
      symbol: 'BTCUSDT',
      snapshot: {
        position_amt: '0.062',
        side: 'LONG',
        mark_price: '50500',
        resting_reduce_qty: '0.001',
        source: 'rest',
      },
      ledger: { state: 'present', last_known_amt: '0.002', updated_ms: 1_700_000_000_000 },
      drift: { difference: '0.06', agrees: false, side_mismatch: false, tolerance_pct: 1 },
      hold: { cause: 'operator', reason: 'strange', by: 'the-operator' },
      in_flight: { plan_id: 'some-plan', attempt: 3, state: null },
    });
    expect(body.snapshot.age_ms).toBeGreaterThanOrEqual(2_000);
    expect(body.snapshot.age_ms).toBeLessThan(4_000);
    const all = (await get('/positions')).body.positions;
    expect(all.map(({ symbol }: { symbol: string }) => symbol)).toEqual(['BTCUSDT', 'ETHUSDT']);
    expect(all[1]).toMatchObject({
      snapshot: null,
      ledger: { state: 'absent' },
      drift: null,
      hold: null,
      in_flight: null,
    });
    expect((await get('/positions/DOGEUSDT')).body).toMatchObject({
      status: 404,
      type: 'urn:permit-gate:problem:symbol-unknown',
    });
  });

  it('are shown while a stream is a key of another type, which is in the way of each', async () => {
    await ops.redis.set(ops.keys.planStream(), 'no stream');
    await ops.redis.set(ops.keys.server(), 'no hash');
    const { status, body } = await get('/positions/btcusdt');
    expect(status).toBe(200);
    const said = body.blockers
      .map(({ reason, text }: { reason: string; text: string }) => `${reason}: ${text}`)
      .join('\n');
    expect(said).toContain('symbol_fault: BTCUSDT is stopped: a stream is a key of another type');
    expect(said).not.toContain('role_missing');
  });

  it.each([0.062, '0.062', '0.0620'])(
    'are reconciled to what the operator saw, given as %o, which lifts the hold',
    async (given) => {
      await snapshot('0.062');
      await ops.redis.hset(ops.keys.ledger('BTCUSDT'), { last_known_amt: '0.002' });
      await ops.call('PUT', '/api/v1/positions/BTCUSDT/hold', 'operator', { reason: 'strange' });
      const { status, body } = await reconcile(given);
      expect(status).toBe(200);
      expect(body).toMatchObject({
        ledger: { last_known_amt: '0.062', source: 'reconcile' },
        drift: { agrees: true },
        hold: null,
      });
      const events = await ops.redis.xrange(ops.keys.governorEvents(), '-', '+');
      const lifted = events.filter(([, fields]) => fields[1] === 'HOLD_CLEARED');
      expect(lifted.map(([, fields]) => JSON.parse(fields[5] ?? '') as unknown)).toEqual([
        { symbol: 'BTCUSDT', actor: 'the-operator' },
      ]);
      expect((await get('/audit?action=ledger.reconcile')).body.entries[0]).toMatchObject({
        action: 'ledger.reconcile',
        target: 'BTCUSDT',
        reason: 'closed by hand',
        outcome: 'ok',
      });
    },
  );

  it.each([
    [
      'another amount',
      async () => snapshot('0.05'),
      409,
      'exchange-amount-changed',
      'The exchange amount of BTCUSDT is 0.05, but you expected 0.062.',
    ],
    ['no snapshot', async () => undefined, 409, 'no-snapshot', 'was not read yet'],
    [
      'an old snapshot',
      async () => snapshot('0.062', 15_000),
      409,
      'snapshot-old',
      'was read 15 s ago; 10 s are allowed',
    ],
    [
      'an open order',
      async () => {
        await snapshot('0.062');
        await ops.redis.set(ops.keys.inflight('BTCUSDT'), 'p:1');
      },
      409,
      'in-flight',
      'has an order of this system open',
    ],
  ])('are left alone with %s', async (_what, given, expected, kind, detail) => {
    await given();
    const { status, body } = await reconcile('0.062');
    expect(status).toBe(expected);
    expect(body.type).toBe(`urn:permit-gate:problem:${kind}`);
    expect(body.detail).toContain(detail);
    expect(await ops.redis.exists(ops.keys.ledger('BTCUSDT'))).toBe(0);
    expect((await get('/audit?action=ledger.reconcile')).body.entries[0].outcome).toMatch(/^refused: 409 /);
  });

  it.each(['', 'NaN', '1e3', null, true, Number.MAX_VALUE])('are not reconciled to %o', async (given) => {
    await snapshot('0.062');
    expect((await reconcile(given)).status).toBe(400);
  });

  it('are held and released', async () => {
    expect((await ops.call('DELETE', '/api/v1/positions/BTCUSDT/hold', 'operator', { reason: 'x' })).status).toBe(404);
    expect(
      (await ops.call('PUT', '/api/v1/positions/BTCUSDT/hold', 'operator', { reason: 'strange' })).body.hold,
    ).toMatchObject({ by: 'the-operator', cause: 'operator' });
    expect((await ops.call('DELETE', '/api/v1/positions/BTCUSDT/hold', 'operator', { reason: 'fine' })).body).toEqual({
      symbol: 'BTCUSDT',
      hold: null,
    });
    expect(await ops.redis.exists(ops.keys.hold('BTCUSDT'))).toBe(0);
    expect((await ops.call('PUT', '/api/v1/positions/XUSDT/hold', 'operator', { reason: 'x' })).status).toBe(404);
  });
});

it('limits show what is used, reserved and left', async () => {
  await letTrade(ops.redis, ops.keys);
  await publish(ops, 'limit-plan');
  const usage = await ops.app.get(GovernorStore).usage('BTCUSDT');
  const day = new Date(await redisNowMs(ops)).toISOString().slice(0, 10).replaceAll('-', '');
  const granted = await ops.app.get(PermitStore).issue(
    { planId: 'limit-plan', symbol: 'BTCUSDT', attempt: 1, mode: 'testnet', deadlineMs: 0, entryId: '' },
    {
      issuer: 'governor',
      bytes: '{}',
      ttlMs: 60_000,
      reservation: {
        symbol: 'BTCUSDT',
        reserve: true,
        notionalUsd: new Decimal('350.5'),
        qty: new Decimal('0.007'),
        isCounted: false,
        repeats: '',
        usageVersion: usage.version,
        day,
        dayNotionalUsd: new Decimal('350.5'),
        dayQty: new Decimal('0.007'),
      },
    },
  );
  expect(granted).toBe('issued');
  const { limits } = (await get('/limits')).body;
  const free_at_ms = null;
  expect(limits[0]).toEqual({
    symbol: 'BTCUSDT',
    executions_per_hour: { limit: '3', used: '1', reserved: '1', left: '2', free_at_ms },
    executions_per_5min: { limit: '2', used: '1', reserved: '1', left: '1', free_at_ms },
    reduce_notional_per_day_usd: { limit: '5000', used: '350.5', reserved: '350.5', left: '4649.5', free_at_ms },
    reduce_qty_per_day: { limit: '0.05', used: '0.007', reserved: '0.007', left: '0.043', free_at_ms },
  });
  expect(limits[1].executions_per_hour).toEqual({ limit: '3', used: '0', reserved: '0', left: '3', free_at_ms });
});

it('limits that are used up show when something is free again', async () => {
  const nowMs = await redisNowMs(ops);
  const at = [nowMs - 3_500_000, nowMs - 200_000, nowMs - 100_000];
  await ops.redis.del(ops.keys.executions('BTCUSDT'));
  await ops.redis.zadd(ops.keys.executions('BTCUSDT'), ...at.flatMap((atMs, n) => [atMs, `used-${n}:1`]));
  const day = new Date(nowMs).toISOString().slice(0, 10).replaceAll('-', '');
  await ops.redis.hset(ops.keys.usage('BTCUSDT'), { day, notional: '5000', qty: '0.05' });
  const [first] = (await get('/limits')).body.limits;
  const midnight = (Math.floor(nowMs / 86_400_000) + 1) * 86_400_000;
  expect(first).toMatchObject({
    executions_per_hour: { used: '3', left: '0', free_at_ms: nowMs - 3_500_000 + 3_600_000 },
    executions_per_5min: { used: '2', left: '0', free_at_ms: nowMs - 200_000 + 300_000 },
    reduce_notional_per_day_usd: { left: '0', free_at_ms: midnight },
    reduce_qty_per_day: { left: '0', free_at_ms: midnight },
  });
});
