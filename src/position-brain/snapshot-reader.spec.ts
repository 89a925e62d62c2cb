import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { beforeEach, describe, expect, it } from 'vitest';
import { Decimal } from '../flow/0-decimal.js';
import type { MarketSymbol } from '../flow/0-primitives.js';
import type { ExchangePort, PositionReading } from '../exchange/exchange.port.js';
import type { RedisClock } from '../redis/connection/redis-clock.js';
import type { PositionStore } from '../redis/stores/position-store.js';
import type { PositionSettings } from './position-settings.js';
import type { RestingOrders } from './resting-orders.js';
import { SnapshotReader } from './snapshot-reader.js';

const [BTC, ETH] = ['BTCUSDT', 'ETHUSDT'] as MarketSymbol[] as [MarketSymbol, MarketSymbol];
const SYMBOLS = [BTC, ETH];
const NOW_MS = 5_000_000;

const open = (symbol: MarketSymbol): PositionReading => ({
  symbol,
  amount: new Decimal(1),
  entryPrice: new Decimal(1),
  markPrice: new Decimal(1),
  markPriceAgeMs: 0,
  unrealizedPnl: new Decimal(0),
  leverage: '1',
  updateTimeMs: 0,
});

describe('reads of the positions (exchange and stores are stand-ins) [K8]', () => {
  let asked: { readonly positions: string[][]; readonly orders: string[][]; readonly stored: string[] };
  let storedMs: number;
  let slowMs: number;
  let unreadable: Map<MarketSymbol, string>;
  let reader: SnapshotReader;

  beforeEach(() => {
    asked = { positions: [], orders: [], stored: [] };
    storedMs = 0;
    slowMs = 0;
    unreadable = new Map();
    const exchange = {
      hasCredentials: true,
      rules: async () => ({}),
      positions: async (symbols: MarketSymbol[]) => {
        asked.positions.push([...symbols]);
        await sleep(slowMs);
        return { positions: new Map(SYMBOLS.map((symbol) => [symbol, open(symbol)])), unreadable };
      },
    } as unknown as ExchangePort;
    const store = {
      recordSnapshots: async (writes: { symbol: string }[]) => (
        asked.stored.push(...writes.map(({ symbol }) => symbol)),
        writes.map(() => 'recorded')
      ),
      stored: async () => ({ snapshot: {}, ledger: { last_known_amt: '1' } }),
      snapshotIn: () => ({ tsMs: storedMs, amount: new Decimal(1) }),
    } as unknown as PositionStore;
    const resting = {
      of: async (symbols: MarketSymbol[]) => (
        asked.orders.push([...symbols]),
        { resting: new Map(), unreadable: new Map() }
      ),
    } as unknown as RestingOrders;
    const clock = { nowMs: () => NOW_MS } as RedisClock;
    const settings = { symbols: SYMBOLS } as unknown as PositionSettings;
    reader = new SnapshotReader(exchange, store, resting, clock, settings, pino({ level: 'silent' }));
  });

  it('after a fill are of its symbol alone', async () => {
    reader.afterFill(BTC, NOW_MS);
    await expect.poll(() => asked).toEqual({ positions: [[BTC]], orders: [[BTC]], stored: [BTC] });
  });

  it('after a fill that a push has stored are none', async () => {
    storedMs = NOW_MS;
    reader.afterFill(BTC, NOW_MS);
    await sleep(300);
    expect(asked.positions).toEqual([]);
  });

  it('that are asked for together are one, and of a symbol that is not listed none', async () => {
    reader.refreshOne(ETH);
    reader.refreshOne(BTC);
    reader.refreshOne('XRPUSDT');
    await expect.poll(() => asked.positions).toEqual([[ETH, BTC]]);
  });

  it('of all symbols take in what is asked of one', async () => {
    reader.refreshOne(ETH);
    reader.refresh();
    await expect.poll(() => asked.stored).toEqual(SYMBOLS);
    expect(asked.positions).toHaveLength(1);
  });

  it('keep a distance, and wait for one another', async () => {
    slowMs = 50;
    const first = reader.read();
    expect(reader.read()).toBe(first);
    reader.refreshOne(BTC);
    await first;
    await sleep(150);
    expect(asked.positions).toHaveLength(1);
    await expect.poll(() => asked.positions).toEqual([SYMBOLS, [BTC]]);
  });

  it('of one symbol leave the fault of another as it is', async () => {
    unreadable.set(ETH, 'its row is odd');
    await reader.read();
    reader.refreshOne(BTC);
    await expect.poll(() => asked.positions).toHaveLength(2);
    await sleep(20);
    expect([reader.faultOf(ETH), reader.faultOf(BTC)]).toEqual(['its row is odd', undefined]);
    unreadable.clear();
    reader.refreshOne(ETH);
    await expect.poll(() => reader.faultOf(ETH)).toBeUndefined();
  });

  it('stop with the role', async () => {
    reader.refresh();
    reader.afterFill(BTC, NOW_MS);
    reader.stop();
    await sleep(300);
    expect(asked.positions).toEqual([]);
  });
});
