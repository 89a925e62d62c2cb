import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Decimal, toPlainString } from '../flow/0-decimal.js';
import type { MarketSymbol } from '../flow/0-primitives.js';
import type { OrderPush, PositionPush } from '../exchange/user-stream.port.js';
import { RedisUnavailable } from '../redis/connection/redis.errors.js';
import { GateMetrics } from '../telemetry/metrics.js';
import type { ExchangePort } from '../exchange/exchange.port.js';
import type { RedisClock } from '../redis/connection/redis-clock.js';
import type { LedgerStore } from '../redis/stores/ledger-store.js';
import type { PositionStore } from '../redis/stores/position-store.js';
import { PushListener } from './push-listener.js';
import { PushWriter } from './push-writer.js';
import type { StreamAlive } from '../flow/5-evidence.js';
import type { StreamAliveStore } from '../redis/stores/stream-alive.js';
import type { SnapshotReader } from './snapshot-reader.js';
import { RestingOrders } from './resting-orders.js';
import { StreamLife } from './stream-life.js';

const BTC = 'BTCUSDT' as MarketSymbol;

const position = (amount: string, symbol = BTC): PositionPush => ({
  kind: 'position',
  symbol,
  amount: new Decimal(amount),
  entryPrice: new Decimal('64000'),
  unrealizedPnl: new Decimal(0),
  reason: 'ORDER',
  transactionTimeMs: Date.now(),
});
const order = (executedQty: string): OrderPush => ({
  kind: 'order',
  symbol: BTC,
  clientOrderId: 'pg-0123456789abcdef-0-1',
  orderId: '7',
  side: 'SELL',
  status: 'PARTIALLY_FILLED',
  quantity: new Decimal('0.010'),
  executedQty: new Decimal(executedQty),
  avgPrice: new Decimal('65000'),
  reduceOnly: true,
  rests: false,
  timeMs: Date.now(),
});

describe('the listener of the user-data stream (exchange and stores are stand-ins)', () => {
  const done: string[] = [];
  const intervals: StreamAlive[] = [];
  const logs: Record<string, unknown>[] = [];
  /** The spacing of each read that was asked for. */
  let refreshes: (number | undefined)[];
  let stream: { opened: number; replaced: string[] };
  let failure: Error | undefined;
  let metrics: GateMetrics;
  let listener: PushListener;

  const make = (): PushListener => {
    const store = async (what: string): Promise<void> => {
      if (failure !== undefined) throw failure;
      done.push(what);
    };
    const exchange = {
      clock: () => ({ offsetMs: 0, uncertaintyMs: 1 }),
      userStream: () => {
        stream.opened += 1;
        return {
          start: () => undefined,
          replace: (detail: string) => stream.replaced.push(detail),
          stop: () => Promise.resolve(),
        };
      },
    } as unknown as ExchangePort;
    const positions = {
      recordSnapshot: async (write: PositionPush) => (
        await store(`snapshot ${toPlainString(write.amount)}`),
        'recorded'
      ),
    } as unknown as PositionStore;
    const ledgers = {
      applyFill: async (_: unknown, fill: OrderPush) => (
        await store(`fill ${toPlainString(fill.executedQty)}`),
        { kind: 'known' }
      ),
    } as unknown as LedgerStore;
    const snapshots = {
      last: () => undefined,
      refresh: (spacingMs?: number) => refreshes.push(spacingMs),
    } as unknown as SnapshotReader;
    const clock = { nowMs: () => Date.now() } as RedisClock;
    const logger = pino(
      { level: 'debug' },
      { write: (line: string) => void logs.push(JSON.parse(line) as Record<string, unknown>) },
    );
    const settings = { symbols: [BTC], staleThresholdSec: 10, declaredPrefixes: ['grid-'] };
    const resting = new RestingOrders(exchange);
    const writer = new PushWriter(exchange, positions, ledgers, snapshots, resting, clock, settings, logger);
    const alive = { write: async (each: StreamAlive) => void intervals.push(each) } as unknown as StreamAliveStore;
    const life = new StreamLife(alive, clock, logger);
    return new PushListener(exchange, writer, snapshots, resting, life, clock, settings, metrics, logger);
  };

  beforeEach(() => {
    done.length = 0;
    intervals.length = 0;
    logs.length = 0;
    refreshes = [];
    stream = { opened: 0, replaced: [] };
    failure = undefined;
    metrics = new GateMetrics([BTC], new Registry());
    listener = make();
  });
  afterEach(() => listener.stop());

  it('stores what came in one breath as a whole: fills before amounts, and reads soon, for the price', async () => {
    listener.event(position('0.003'));
    listener.event(order('0.007'));
    await expect.poll(() => done).toEqual(['fill 0.007', 'snapshot 0.003']);
    await expect.poll(() => refreshes).toEqual([1_000]);
  });

  it('keeps only the latest amount and the largest executed quantity of what came together', async () => {
    for (const amount of ['0.009', '0.008', '0.003']) listener.event(position(amount));
    for (const executed of ['0.001', '0.007', '0.002']) listener.event(order(executed));
    await expect.poll(() => done).toEqual(['fill 0.007', 'snapshot 0.003']);
  });

  it('takes no symbol that nobody listed', async () => {
    listener.event(position('0.003', 'ETHUSDT' as MarketSymbol));
    listener.event(position('0.004'));
    await expect.poll(() => done).toEqual(['snapshot 0.004']);
  });

  it('tries again while Redis is away, with what is newest by then', async () => {
    failure = new RedisUnavailable('away');
    listener.event(position('0.005'));
    listener.event(order('0.005'));
    await sleep(50);
    listener.event(position('0.003'));
    failure = undefined;
    await expect.poll(() => done).toEqual(['fill 0.005', 'snapshot 0.003']);
  });

  it('tells any other failure and leaves the symbol to the reads', async () => {
    failure = new RangeError('a broken count');
    listener.event(order('0.005'));
    await expect.poll(() => refreshes).toEqual([1_000]);
    expect(logs).toContainEqual(
      expect.objectContaining({ msg: 'a push could not be stored', symbol: BTC, kind: 'order' }),
    );
    failure = undefined;
    listener.event(position('0.003'));
    await expect.poll(() => done).toEqual(['snapshot 0.003']);
  });

  it('answers a thousand unreadable messages with one log line and reads that are a second apart', async () => {
    for (let i = 0; i < 1_000; i += 1) listener.unreadable(`fault ${i}`);
    await sleep(300);
    listener.unreadable('one more');
    expect(new Set(refreshes)).toEqual(new Set([1_000]));
    expect(logs.filter(({ level }) => level === 40)).toHaveLength(1);
    expect(await metrics.render()).toContain('user_stream_events_total{kind="unreadable"} 1001');
  });

  it('reads again after every connection, and shows in a gauge whether there is one', async () => {
    listener.connected();
    expect(refreshes).toEqual([undefined]);
    expect(await metrics.render()).toContain('user_stream_up 1');
    listener.disconnected('half_open', 'no sign of life', 100);
    expect(await metrics.render()).toMatch(/user_stream_up 0[^]*user_stream_disconnects_total\{cause="half_open"\} 1/);
  });

  it('listens again after it has ended, with a stream of its own', async () => {
    listener.begin();
    listener.begin();
    await listener.end();
    expect(await metrics.render()).toContain('user_stream_up 0');
    listener.begin();
    expect(stream.opened).toBe(2);
  });
});
