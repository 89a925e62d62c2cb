import { pino } from 'pino';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Decimal, toPlainString } from '../flow/0-decimal.js';
import type { MarketSymbol } from '../flow/0-primitives.js';
import type { OrderPush, PositionPush } from '../exchange/user-stream.port.js';
import type { LedgerStore } from '../redis/stores/ledger-store.js';
import type { SnapshotWrite } from '../redis/stores/position-store.js';
import { PushWriter } from './push-writer.js';
import type { LastReading } from './snapshot-reader.js';

const BTC = 'BTCUSDT' as MarketSymbol;
const REDIS_NOW_MS = 5_000_000;
/** The exchange is an hour ahead of this host, Redis is somewhere else again. */
const OFFSET_MS = 3_600_000;
const STALE_MS = 10_000;

const lastRead = (ageMs: number): LastReading => ({
  amount: new Decimal('0.010'),
  markPrice: new Decimal('65000'),
  leverage: '20',
  restingReduceQty: new Decimal('0.001'),
  tsMs: REDIS_NOW_MS - ageMs,
  startedMs: performance.now() - ageMs,
  pricedMs: performance.now() - ageMs,
});

const position = (agoMs: number, amount = '0.003'): PositionPush => ({
  kind: 'position',
  symbol: BTC,
  amount: new Decimal(amount),
  entryPrice: new Decimal('64000'),
  unrealizedPnl: new Decimal('3'),
  reason: 'ORDER',
  transactionTimeMs: Date.now() + OFFSET_MS - agoMs,
});

describe('what a push writes', () => {
  let written: SnapshotWrite[];
  let last: LastReading | undefined;
  let clock: { offsetMs: number; uncertaintyMs: number };
  let outcome: 'recorded' | 'older';
  let redisNowMs: number;
  let restingQty: Decimal | undefined;
  const applyFill = vi.fn<LedgerStore['applyFill']>();
  let writer: PushWriter;

  beforeEach(() => {
    vi.useFakeTimers({ now: 1_700_000_000_000 });
    written = [];
    last = lastRead(2_000);
    clock = { offsetMs: OFFSET_MS, uncertaintyMs: 4 };
    outcome = 'recorded';
    redisNowMs = REDIS_NOW_MS;
    restingQty = undefined;
    applyFill.mockReset().mockResolvedValue({ kind: 'applied', amount: new Decimal('0.003') });
    writer = new PushWriter(
      { clock: () => clock },
      { recordSnapshot: async (write) => (written.push(write), outcome) },
      { applyFill },
      { last: () => last },
      { knownQty: () => restingQty },
      { nowMs: () => redisNowMs },
      { staleThresholdSec: STALE_MS / 1000, declaredPrefixes: ['grid-'] },
      pino({ level: 'silent' }),
    );
    return () => vi.useRealTimers();
  });

  it('is the pushed amount with what the last read said of the rest', async () => {
    await writer.position(position(100));
    expect(written).toEqual([
      {
        symbol: BTC,
        tsMs: REDIS_NOW_MS - 96,
        amount: new Decimal('0.003'),
        entryPrice: new Decimal('64000'),
        markPrice: new Decimal('65000'),
        unrealizedPnl: new Decimal('3'),
        leverage: '20',
        source: 'push',
        restingReduceQty: new Decimal('0.001'),
      },
    ]);
  });

  it('says when the change happened: never earlier than it was, never later than now', async () => {
    await writer.position(position(2));
    expect(written.at(-1)?.tsMs).toBe(REDIS_NOW_MS);
    clock.uncertaintyMs = Infinity;
    await writer.position(position(500));
    expect(written.at(-1)?.tsMs).toBe(REDIS_NOW_MS);
  });

  it('keeps the order of pushes when the exchange’s clock is read anew between them', async () => {
    clock.uncertaintyMs = 50;
    const first = await writer.position(position(100, '0.006'));
    clock.uncertaintyMs = 1;
    const second = await writer.position(position(99, '0.003'));
    expect(second.tsMs).toBeGreaterThanOrEqual(first.tsMs);
  });

  it('has no price when the last read is stale, nor when there was none', async () => {
    last = lastRead(STALE_MS + 1);
    await writer.position(position(100));
    last = undefined;
    await writer.position(position(100, '-0.003'));
    expect(
      written.map(({ markPrice, restingReduceQty }) => [toPlainString(markPrice), toPlainString(restingReduceQty)]),
    ).toEqual([
      ['0', '0.001'],
      ['0', '0.003'],
    ]);
  });

  it('loses its price once the read it came from is stale, so that pushes alone keep no price fresh', async () => {
    last = lastRead(STALE_MS);
    await writer.position(position(100));
    await writer.withdrawStalePrices();
    expect(written).toHaveLength(1);
    last = lastRead(STALE_MS + 1);
    await writer.withdrawStalePrices();
    expect(written[1]).toEqual({ ...written[0], markPrice: new Decimal(0) });
    await writer.withdrawStalePrices();
    expect(written).toHaveLength(2);
  });

  it("writes nothing of before Redis' clock was set back, and its price is as old as it is: part of [R13]", async () => {
    await writer.position(position(100));
    redisNowMs -= STALE_MS;
    last = { ...lastRead(STALE_MS + 1), tsMs: redisNowMs };
    await writer.withdrawStalePrices();
    redisNowMs += STALE_MS;
    await writer.withdrawStalePrices();
    expect(written).toHaveLength(1);
    await writer.position(position(100));
    expect(toPlainString(written[1]?.markPrice ?? new Decimal(1))).toBe('0');
  });

  it('keeps its price once a read has followed', async () => {
    await writer.position(position(100));
    last = lastRead(50);
    await writer.withdrawStalePrices();
    last = lastRead(STALE_MS + 1);
    await writer.withdrawStalePrices();
    expect(written).toHaveLength(1);
  });

  const order = (more: Partial<OrderPush>): OrderPush => ({
    kind: 'order',
    symbol: BTC,
    clientOrderId: 'pg-0123456789abcdef-0-2',
    orderId: '77',
    side: 'SELL',
    status: 'FILLED',
    quantity: new Decimal('0.007'),
    executedQty: new Decimal('0.007'),
    avgPrice: new Decimal('64999.9'),
    reduceOnly: true,
    rests: false,
    timeMs: Date.now() + OFFSET_MS - 100,
    ...more,
  });

  it('has the resting orders that the stream reported, where it is known', async () => {
    restingQty = new Decimal('0.002');
    await writer.position(position(100));
    expect(written.map((each) => toPlainString(each.restingReduceQty))).toEqual(['0.002']);
  });

  it('counts a fill of ours by its client order id, and leaves the guard to the result [S18]', async () => {
    await writer.order(order({}));
    expect(applyFill).toHaveBeenCalledExactlyOnceWith(
      { symbol: BTC, planId: '0123456789abcdef', attempt: undefined, orderId: '77', entryId: '' },
      {
        identity: 'pg-0123456789abcdef-0-2',
        side: 'SELL',
        executedQty: new Decimal('0.007'),
        timeMs: REDIS_NOW_MS - 100,
      },
    );
  });

  it('does not move the ledger without a fill', async () => {
    await writer.order(order({ status: 'NEW', executedQty: new Decimal(0) }));
    expect(applyFill).not.toHaveBeenCalled();
  });

  it.each(['x-pg-a-0-1', 'gri', 'pg-', 'pg-a-b', 'web_12', 'PG-a-0-1'])(
    'does not move the ledger by %s, an order of others [S10]',
    async (clientOrderId) => {
      await writer.order(order({ clientOrderId }));
      expect(applyFill).not.toHaveBeenCalled();
    },
  );

  it.each([
    ['adl_autoclose', 'adl', true],
    ['autoclose-1', 'liquidation', true],
    ['settlement_autoclose-1', 'settlement', true],
    ['grid-1', 'declared:grid-', false],
  ])(
    'moves the ledger by %s, which is explained, under the exchange’s order id [S20] [S21]',
    async (clientOrderId, source, onlyReduces) => {
      await writer.order(order({ clientOrderId }));
      expect(applyFill).toHaveBeenCalledExactlyOnceWith(
        expect.objectContaining({
          planId: '',
          explained: expect.objectContaining({ source, onlyReduces, clientOrderId }),
        }),
        expect.objectContaining({ identity: order({}).orderId }),
      );
    },
  );
});
