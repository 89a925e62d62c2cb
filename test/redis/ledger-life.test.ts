import { afterEach, describe, expect, it } from 'vitest';
import { Decimal } from '../../src/flow/0-decimal.js';
import { LedgerStore } from '../../src/redis/stores/ledger-store.js';
import { PositionStore } from '../../src/redis/stores/position-store.js';
import { eventually } from '../harness/eventually.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import {
  askPosition,
  eventsOf,
  ledgerAmt,
  publishResult,
  redisNowMs,
  untilLedger,
  untilSettled,
  writeSnapshot,
} from './issuer-support.js';

const SYMBOL = 'BTCUSDT';
const D = (text: string): Decimal => new Decimal(text);
let testEnv: TestEnvironment;
afterEach(() => testEnv.close());

const brain = (env: Record<string, string> = {}): Promise<Gate> =>
  testEnv.gate({ roles: 'position-brain', env: { APPLY_PERMIT_WAIT_MS: '10000', ...env } });
const hold = async (): Promise<Record<string, unknown> | undefined> => {
  const text = await testEnv.redis.get(testEnv.keys.hold(SYMBOL));
  return text === null ? undefined : (JSON.parse(text) as Record<string, unknown>);
};
const held = (): Promise<Record<string, unknown>> => eventually(hold);

describe('no ledger yet', () => {
  it('adopts the exchange amount, announces it, and never starts from a silent zero [S3]', async () => {
    testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '-0.010' } });
    await brain({ P33_LEDGER_BOOTSTRAP: 'adopt' });
    await untilLedger(testEnv, SYMBOL, '-0.01');
    const [event, ...others] = await eventsOf(testEnv, 'LEDGER_ADOPTED');
    expect(others).toEqual([]);
    expect(event).toMatchObject({
      reason: 'no ledger existed and P33_LEDGER_BOOTSTRAP=adopt',
      action_taken: 'ledger_set',
      timestamp: expect.stringMatching(/^\d{10}\.\d{3}$/) as string,
    });
    expect(JSON.parse(event?.['context'] ?? '')).toEqual({ amount: '-0.01', actor: 'position-brain' });
    expect(await askPosition(testEnv, SYMBOL)).toMatchObject({ allow: true, ledger_amt: -0.01 });
  });

  it('holds the symbol, announces it once, and waits for an operator [S3]', async () => {
    testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '0.010' } });
    await brain({ P33_LEDGER_BOOTSTRAP: 'hold' });
    expect(await held()).toMatchObject({ symbol: SYMBOL, cause: 'no_ledger', by: 'position-brain' });
    expect(await askPosition(testEnv, SYMBOL)).toMatchObject({ allow: false, reason: 'reconcile_hold_active' });
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(await eventsOf(testEnv, 'HOLD')).toMatchObject([
      { reason: 'there is no ledger yet and P33_LEDGER_BOOTSTRAP=hold', action_taken: 'symbol_on_hold' },
    ]);
    expect(await ledgerAmt(testEnv, SYMBOL)).toBeNull();
    await testEnv.redis.hset(testEnv.keys.ledger(SYMBOL), 'last_known_amt', '0.009');
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(await hold()).toBeDefined();
    await testEnv.redis.hset(testEnv.keys.ledger(SYMBOL), 'last_known_amt', '0.010');
    await eventually(async () => (await hold()) === undefined || undefined);
    expect(await eventsOf(testEnv, 'HOLD_CLEARED')).toMatchObject([
      { reason: 'the ledger agrees with the exchange again' },
    ]);
    expect(await askPosition(testEnv, SYMBOL)).toMatchObject({ allow: true });
  });
});

describe('a ledger with a position open', () => {
  it('does not expire: days later it still exists [S4]', async () => {
    testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '0.010' } });
    const twoDaysAgo = (await redisNowMs(testEnv)) / 1000 - 172_800;
    await testEnv.redis.hset(testEnv.keys.ledger(SYMBOL), { last_known_amt: '0.013', updated_at: String(twoDaysAgo) });
    await brain({ P33_COOLDOWN_SEC: '0' });
    expect(await testEnv.redis.ttl(testEnv.keys.ledger(SYMBOL))).toBe(-1);
    await publishResult(testEnv, SYMBOL, { order_id: 'o', side: 'SELL', executed_qty: 0.003 });
    await untilLedger(testEnv, SYMBOL, '0.01');
    expect(await testEnv.redis.ttl(testEnv.keys.ledger(SYMBOL))).toBe(-1);
    await eventually(async () => (await askPosition(testEnv, SYMBOL))['allow'] === true || undefined);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['is deleted', () => testEnv.redis.del(testEnv.keys.ledger(SYMBOL))],
    ['cannot be read', () => testEnv.redis.hset(testEnv.keys.ledger(SYMBOL), 'last_known_amt', 'a lot')],
  ])('that %s is a loss: hold, and never a new start from it [S15]', async (_what, lose) => {
    testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '0.010' } });
    // Written by hand: that it exists is remembered from the first look at it.
    await testEnv.redis.hset(testEnv.keys.ledger(SYMBOL), 'last_known_amt', '0.010');
    await brain({ P33_LEDGER_BOOTSTRAP: 'adopt' });
    await eventually(async () => (await askPosition(testEnv, SYMBOL))['allow'] === true || undefined);
    await lose();
    expect(await askPosition(testEnv, SYMBOL)).toMatchObject({ allow: false, reason: 'reconcile_hold_active' });
    expect(await held()).toMatchObject({ cause: 'ledger_lost' });
    expect(await eventsOf(testEnv, 'LEDGER_ADOPTED')).toEqual([]);
  });

  it('on hold by an operator stays on hold, even when it agrees', async () => {
    testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '0.010' } });
    await brain();
    await untilLedger(testEnv, SYMBOL, '0.01');
    await testEnv.redis.set(
      testEnv.keys.hold(SYMBOL),
      JSON.stringify({ symbol: SYMBOL, cause: 'no_ledger', by: 'alice' }),
    );
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(await hold()).toMatchObject({ by: 'alice' });
  });
});

describe('setting the ledger around a fill', () => {
  const store = (gate: Gate): LedgerStore => gate.app.get(LedgerStore, { strict: false });
  const set = (gate: Gate, amount: string, source: 'adopt' | 'reconcile' = 'reconcile') =>
    store(gate).set({
      symbol: SYMBOL,
      expectedExchangeAmt: D(amount),
      source,
      reason: 'r',
      actor: 'a',
      minSnapshotMs: 0,
    });
  const sold = (filledMs: number, qty = 0.007) => ({
    order_id: 'o',
    side: 'SELL',
    executed_qty: qty,
    filled_at_ms: filledMs,
  });
  /** A Position Brain that applies results; snapshots are what the test writes. */
  async function quietBrain(): Promise<Gate> {
    testEnv = await TestEnvironment.create();
    return brain({ P33_ALLOWLIST: 'ETHUSDT' });
  }

  it.each(['adopt', 'reconcile'] as const)('%s is refused while an order is open [S17]', async (source) => {
    const gate = await quietBrain();
    await writeSnapshot(testEnv, SYMBOL, '0.010');
    await testEnv.redis.set(testEnv.keys.inflight(SYMBOL), 'p:1');
    expect(await set(gate, '0.010', source)).toEqual({ kind: 'in_flight' });
    await testEnv.redis.del(testEnv.keys.inflight(SYMBOL));
    expect(await set(gate, '0.009', source)).toEqual({ kind: 'exchange_amount_is', amount: '0.010' });
    expect(await ledgerAmt(testEnv, SYMBOL)).toBeNull();
    expect(await set(gate, '0.010', source)).toEqual({ kind: 'set', amount: '0.010', before: '' });
    expect(await set(gate, '0.010', 'adopt')).toEqual({ kind: 'exists' });
  });

  it('a fill from before the reconciled snapshot, reported after it, counts once [S17]', async () => {
    const gate = await quietBrain();
    const filledMs = await redisNowMs(testEnv);
    await new Promise((resolve) => setTimeout(resolve, 5));
    await writeSnapshot(testEnv, SYMBOL, '0.003');
    expect(await set(gate, '0.003')).toMatchObject({ kind: 'set' });
    await publishResult(testEnv, SYMBOL, sold(filledMs));
    await publishResult(testEnv, SYMBOL, sold(filledMs));
    await untilSettled(testEnv, testEnv.keys.resultStream(), 'p33');
    expect(await ledgerAmt(testEnv, SYMBOL)).toBe('0.003');
  });

  it.each(['adopt', 'reconcile'] as const)(
    '%s from a snapshot older than a reported fill is refused [S17]',
    async (source) => {
      const gate = await quietBrain();
      await writeSnapshot(testEnv, SYMBOL, '0.010');
      await new Promise((resolve) => setTimeout(resolve, 5));
      await publishResult(testEnv, SYMBOL, sold(await redisNowMs(testEnv)));
      await untilSettled(testEnv, testEnv.keys.resultStream(), 'p33');
      expect(await set(gate, '0.010', source)).toMatchObject({ kind: 'snapshot_old' });
      await new Promise((resolve) => setTimeout(resolve, 5));
      await writeSnapshot(testEnv, SYMBOL, '0.003');
      expect(await set(gate, '0.003', source)).toMatchObject({ kind: 'set', amount: '0.003' });
      await publishResult(testEnv, SYMBOL, sold(await redisNowMs(testEnv)));
      await untilSettled(testEnv, testEnv.keys.resultStream(), 'p33');
      expect(await ledgerAmt(testEnv, SYMBOL)).toBe('0.003');
    },
  );

  it.each([
    ['moves the ledger', {}, '0.3', ['applied', 'known']],
    ['leaves an adopted amount that holds it already', { as_of_ms: '5000' }, '1', ['covered', 'known']],
  ])(
    'one fill reported eighty times at once, whole and in parts, counts once: it %s [S18]',
    async (_what, fields, amount, kinds) => {
      const stores = [store(await quietBrain()), store(await brain({ P33_ALLOWLIST: 'ETHUSDT' }))];
      await testEnv.redis.hset(testEnv.keys.ledger(SYMBOL), { last_known_amt: '1', ...fields });
      const source = { symbol: SYMBOL, planId: 'p', attempt: 1, orderId: 'o', entryId: '' };
      const outcomes = await Promise.all(
        Array.from({ length: 80 }, (_, at) =>
          stores[at % 2]?.applyFill(source, {
            identity: 'c',
            side: 'SELL',
            executedQty: D(['0.2', '0.7', '0.5', '0.7'][Math.floor(at / 2) % 4] ?? ''),
            timeMs: 1_000,
          }),
        ),
      );
      expect(await ledgerAmt(testEnv, SYMBOL)).toBe(amount);
      expect(await testEnv.redis.get(testEnv.keys.fill(SYMBOL, 'c'))).toBe('0.7');
      expect([...new Set(outcomes.map((outcome) => outcome?.kind))].toSorted()).toEqual(kinds);
    },
  );

  it('fills of many orders, reported at once by two processes, are all counted [S2]', async () => {
    const stores = [store(await quietBrain()), store(await brain({ P33_ALLOWLIST: 'ETHUSDT' }))];
    await testEnv.redis.hset(testEnv.keys.ledger(SYMBOL), { last_known_amt: '1' });
    const source = { symbol: SYMBOL, planId: 'p', attempt: 1, orderId: 'o', entryId: '' };
    await Promise.all(
      Array.from({ length: 60 }, (_, at) =>
        stores[at % 2]?.applyFill(source, { identity: `c${at}`, side: 'SELL', executedQty: D('0.01'), timeMs: 1_000 }),
      ),
    );
    expect(await testEnv.redis.hmget(testEnv.keys.ledger(SYMBOL), 'last_known_amt', 'version')).toEqual(['0.4', '60']);
  });
});

describe('a snapshot', () => {
  it('older than the stored one is discarded; a stored one from the future blocks no newer one [S16]', async () => {
    testEnv = await TestEnvironment.create();
    const gate = await testEnv.gate({ roles: 'governor', rights: ['position-brain'] });
    const store = gate.app.get(PositionStore, { strict: false });
    const zero = D('0');
    const write = async (amount: string, tsMs: number): Promise<string> => {
      const rest = { entryPrice: zero, markPrice: zero, unrealizedPnl: zero, leverage: '1', source: 'rest' };
      const outcome = await store.recordSnapshot({
        symbol: SYMBOL,
        tsMs,
        amount: D(amount),
        restingReduceQty: zero,
        ...rest,
      });
      const epoch = await testEnv.redis.get(testEnv.keys.epoch(SYMBOL));
      return `${outcome} ${await testEnv.redis.hget(testEnv.keys.snapshot(SYMBOL), 'position_amt')} epoch ${epoch}`;
    };
    const nowMs = await redisNowMs(testEnv);
    expect(await write('1', nowMs)).toBe('recorded 1 epoch 1');
    expect(await write('2', nowMs - 1)).toBe('older 1 epoch 1');
    expect(await write('1', nowMs)).toBe('recorded 1 epoch 1');
    expect(await write('2', nowMs + 1)).toBe('recorded 2 epoch 2');
    await testEnv.redis.hset(testEnv.keys.snapshot(SYMBOL), 'ts_ms', nowMs + 3_600_000);
    expect(await write('3', nowMs + 2)).toBe('recorded 3 epoch 3');
  });
});
