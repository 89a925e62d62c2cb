import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Decimal, toPlainString } from '../flow/0-decimal.js';
import type { MarketSymbol } from '../flow/0-primitives.js';
import type { RestingReading } from '../exchange/exchange.port.js';
import type { OrderPush } from '../exchange/user-stream.port.js';
import { RestingOrders, restingQty } from './resting-orders.js';

const BTC = 'BTCUSDT' as MarketSymbol;
const ETH = 'ETHUSDT' as MarketSymbol;

const order = (clientOrderId: string, more: Partial<OrderPush> = {}): OrderPush => ({
  kind: 'order',
  symbol: BTC,
  clientOrderId,
  orderId: '7',
  side: 'SELL',
  status: 'NEW',
  quantity: new Decimal('0.010'),
  executedQty: new Decimal(0),
  avgPrice: new Decimal(0),
  reduceOnly: true,
  rests: true,
  timeMs: 1,
  ...more,
});

describe('the open orders that reduce a position (the exchange is a stand-in) [K8]', () => {
  let open: RestingReading;
  let asked: MarketSymbol[][];
  let whileAsked: () => void;
  let orders: RestingOrders;

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const one = { clientOrderId: 'mine', side: 'SELL', remainingQty: new Decimal('0.004') } as const;
    open = { resting: new Map([[BTC, [one]]]), unreadable: new Map() };
    asked = [];
    whileAsked = () => undefined;
    orders = new RestingOrders({
      restingReductions: async (symbols) => {
        asked.push([...symbols]);
        whileAsked();
        const { resting, unreadable } = open;
        const readable = symbols.filter((symbol) => !unreadable.has(symbol));
        return { resting: new Map(readable.map((symbol) => [symbol, resting.get(symbol) ?? []])), unreadable };
      },
    });
  });
  afterEach(() => vi.useRealTimers());

  const qty = async (symbol = BTC): Promise<string> =>
    toPlainString(restingQty((await orders.of([symbol])).resting.get(symbol)));

  it('are read at every question without a stream', async () => {
    expect(await qty()).toBe('0.004');
    expect(await qty()).toBe('0.004');
    expect(asked).toEqual([[BTC], [BTC]]);
    expect(orders.knownQty(BTC)).toBeUndefined();
  });

  it('are read once with a stream, and follow what it reports', async () => {
    orders.reported();
    expect(await qty()).toBe('0.004');
    orders.order(order('other'));
    expect(await qty()).toBe('0.014');
    orders.order(order('other', { status: 'PARTIALLY_FILLED', executedQty: new Decimal('0.003') }));
    expect(await qty()).toBe('0.011');
    orders.order(order('other', { status: 'FILLED', executedQty: new Decimal('0.010') }));
    orders.order(order('mine', { status: 'CANCELED' }));
    expect(await qty()).toBe('0');
    expect(orders.knownQty(BTC)).toEqual(new Decimal(0));
    expect(asked).toEqual([[BTC]]);
  });

  it('are not those that open, and not market orders on their way', async () => {
    orders.reported();
    await qty();
    orders.order(order('opens', { reduceOnly: false }));
    orders.order(order('market', { rests: false }));
    expect(await qty()).toBe('0.004');
  });

  it('are read for a symbol that got a position, and for it alone', async () => {
    orders.reported();
    await qty();
    orders.order(order('unseen', { symbol: ETH }));
    await orders.of([BTC, ETH]);
    expect(asked).toEqual([[BTC], [ETH]]);
  });

  it('are read again after a gap in the stream, and every two minutes', async () => {
    orders.reported();
    await qty();
    vi.advanceTimersByTime(1_000);
    orders.unreported();
    orders.reported();
    expect(orders.knownQty(BTC)).toBeUndefined();
    await qty();
    expect(asked).toHaveLength(2);
    vi.advanceTimersByTime(119_000);
    await qty();
    expect(asked).toHaveLength(2);
    vi.advanceTimersByTime(1_000);
    await qty();
    expect(asked).toHaveLength(3);
  });

  it('that changed during a read are as the stream reported: the answer may be older', async () => {
    orders.reported();
    whileAsked = () => orders.order(order('mine', { status: 'CANCELED' }));
    expect(await qty()).toBe('0');
  });

  it('of a symbol whose row cannot be read are not known, and are asked for again', async () => {
    orders.reported();
    open = { resting: new Map(), unreadable: new Map([[BTC, 'openOrders[].origQty is odd']]) };
    const reading = await orders.of([BTC]);
    expect([reading.resting.has(BTC), reading.unreadable.get(BTC)]).toEqual([false, 'openOrders[].origQty is odd']);
    open = { resting: new Map(), unreadable: new Map() };
    expect(await qty()).toBe('0');
    expect(asked).toHaveLength(2);
  });
});
