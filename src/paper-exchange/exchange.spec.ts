import { existsSync, readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Decimal, floorToStep } from './decimal.js';
import { BUILT_IN_EXCHANGE_INFO, BUILT_IN_MARKS, type ExchangeInfo } from './exchange-info.js';
import { Exchange } from './exchange.js';
import type { Market } from './markets.js';
import type { Order, Trade } from './model.js';
import { Params } from './params.js';
import { WireError } from './wire-error.js';

/** A real exchangeInfo answer kept beside the repository; not part of it. */
const REAL_INFO = new URL('../../../shared/data/binance-usdm-exchangeInfo-testnet-2025-12-24.json', import.meta.url);

type Op =
  | { kind: 'order'; at: number; sell: boolean; reduceOnly: boolean; steps: number; limitTicks: number | undefined }
  | { kind: 'stop'; at: number; sell: boolean; steps: number; percent: number; closePosition: boolean }
  | { kind: 'mark'; at: number; percent: number }
  | { kind: 'hand'; at: number; steps: number }
  | { kind: 'cancel'; at: number };

const at = fc.nat(10_000);
const steps = fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 400 }));
const op: fc.Arbitrary<Op> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('order' as const),
      at,
      sell: fc.boolean(),
      reduceOnly: fc.boolean(),
      steps,
      limitTicks: fc.option(fc.integer({ min: -20, max: 20 }), { nil: undefined }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('stop' as const),
      at,
      sell: fc.boolean(),
      steps,
      percent: fc.integer({ min: 1, max: 5 }),
      closePosition: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('mark' as const), at, percent: fc.integer({ min: -6, max: 6 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('hand' as const), at, steps: fc.integer({ min: -300, max: 300 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cancel' as const), at }) },
);

function create(info: ExchangeInfo): Exchange {
  const settings = { info, marks: BUILT_IN_MARKS, balances: {}, clockOffsetMs: 0 };
  return new Exchange(settings, () => {});
}

/** `count` times the smallest quantity that is good for MARKET and LIMIT orders alike. */
function lots(market: Market, count: number): Decimal {
  const step = Decimal.max(market.lot.step, market.marketLot.step);
  return Decimal.max(step, market.lot.min, market.marketLot.min).div(step).ceil().times(step).times(count);
}

/** The same, scaled so that three of them pass MIN_NOTIONAL. */
function quantity(market: Market, count: number): Decimal {
  const scale = market.minNotional
    .div(market.mark.times(lots(market, 1)))
    .div(3)
    .ceil();
  return lots(market, count).times(Decimal.max(1, scale));
}

function apply(exchange: Exchange, markets: Market[], change: Op): void {
  const market = markets[change.at % markets.length];
  if (!market) throw new Error('no market');
  const { symbol } = market;
  const text = (fields: Record<string, string>): Params => new Params(Object.entries({ symbol, ...fields }));
  switch (change.kind) {
    case 'order': {
      const shared = { side: change.sell ? 'SELL' : 'BUY', quantity: quantity(market, change.steps).toFixed() };
      const price = floorToStep(market.mark, market.tick)
        .plus(market.tick.times(change.limitTicks ?? 0))
        .toFixed();
      const kind = change.limitTicks === undefined ? { type: 'MARKET' } : { type: 'LIMIT', timeInForce: 'GTC', price };
      exchange.placeOrder(text({ ...shared, ...kind, reduceOnly: String(change.reduceOnly) }));
      return;
    }
    case 'stop': {
      const factor = new Decimal(change.sell ? 100 - change.percent : 100 + change.percent).div(100);
      const triggerPrice = floorToStep(market.mark.times(factor), market.tick).toFixed();
      const stop = { algoType: 'CONDITIONAL', type: 'STOP_MARKET', side: change.sell ? 'SELL' : 'BUY', triggerPrice };
      const amount = { quantity: quantity(market, change.steps).toFixed(), reduceOnly: 'true' };
      exchange.placeAlgo(text({ ...stop, ...(change.closePosition ? { closePosition: 'true' } : amount) }));
      return;
    }
    case 'mark': {
      const moved = floorToStep(market.mark.times(100 + change.percent).div(100), market.tick);
      if (moved.gt(0)) exchange.setMark(symbol, moved);
      return;
    }
    case 'hand':
      exchange.setPosition(symbol, quantity(market, 1).times(change.steps), undefined, true);
      return;
    case 'cancel': {
      const [order] = exchange.orders.open(symbol);
      if (order) exchange.cancelOrder(order);
      return;
    }
    default:
      change satisfies never;
  }
}

/** Adds the new trades to what is believed, and checks each reduce-only one against the position it met. */
function follow(believed: Map<string, Decimal>, trades: readonly Trade[]): void {
  for (const trade of trades) {
    const before = believed.get(trade.symbol) ?? new Decimal(0);
    const after = trade.side === 'BUY' ? before.plus(trade.quantity) : before.minus(trade.quantity);
    if (trade.reduceOnly) {
      expect(after.abs().lt(before.abs())).toBe(true);
      expect(after.times(before).gte(0)).toBe(true);
    }
    believed.set(trade.symbol, after);
  }
}

function checkBook(exchange: Exchange, symbol: string): void {
  const amount = exchange.account.position(symbol, 'BOTH').amount;
  const closing = exchange.orders.open(symbol).filter((order) => order.reduceOnly);
  for (const order of closing) expect(order.side).toBe(amount.gt(0) ? 'SELL' : 'BUY');
  const claimed = closing.reduce(
    (sum, order: Order) => sum.plus(order.quantity.minus(order.executedQty)),
    new Decimal(0),
  );
  expect(claimed.lte(amount.abs())).toBe(true);
}

/** @returns how many reduce-only trades there were, so that a test cannot pass by doing nothing */
function run(exchange: Exchange, markets: Market[], changes: Op[]): number {
  const believed = new Map<string, Decimal>();
  for (const change of changes) {
    const seen = exchange.orders.trades.length;
    try {
      apply(exchange, markets, change);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
    }
    const symbol = markets[change.at % markets.length]?.symbol ?? '';
    if (change.kind === 'hand') believed.set(symbol, exchange.account.position(symbol, 'BOTH').amount);
    follow(believed, exchange.orders.trades.slice(seen));
    expect(exchange.account.position(symbol, 'BOTH').amount.toFixed()).toBe(
      (believed.get(symbol) ?? new Decimal(0)).toFixed(),
    );
    checkBook(exchange, symbol);
  }
  for (const order of exchange.orders.all) {
    const filled = exchange.orders.trades.filter((trade) => trade.orderId === order.orderId);
    const sum = filled.reduce((total, trade) => total.plus(trade.quantity), new Decimal(0));
    expect(order.executedQty.toFixed()).toBe(sum.toFixed());
    expect(sum.lte(order.requestedQuantity)).toBe(true);
  }
  return exchange.orders.trades.filter((trade) => trade.reduceOnly).length;
}

describe('the exchange under random orders', () => {
  it('positions are the sum of their trades, and no reduce-only order ever adds to one or flips it', () => {
    let reduced = 0;
    fc.assert(
      fc.property(fc.array(op, { minLength: 40, maxLength: 80 }), (changes) => {
        const exchange = create(BUILT_IN_EXCHANGE_INFO);
        reduced += run(exchange, [...exchange.markets.all()].slice(0, 8), changes);
      }),
      { numRuns: 100 },
    );
    expect(reduced).toBeGreaterThan(100);
  });

  it('the same on one symbol, where orders meet each other most', () => {
    let reduced = 0;
    fc.assert(
      fc.property(fc.array(op, { minLength: 40, maxLength: 80 }), fc.nat(7), (changes, which) => {
        const exchange = create(BUILT_IN_EXCHANGE_INFO);
        const market = [...exchange.markets.all()][which];
        reduced += run(exchange, market ? [market] : [], changes);
      }),
      { numRuns: 100 },
    );
    expect(reduced).toBeGreaterThan(200);
  });

  it.skipIf(!existsSync(REAL_INFO))('the same on every symbol of a real exchangeInfo answer', () => {
    const exchange = create(JSON.parse(readFileSync(REAL_INFO, 'utf8')) as ExchangeInfo);
    const markets = [...exchange.markets.all()];
    expect(markets).toHaveLength(660);
    for (const market of markets) {
      const opening = lots(market, 5).times(market.symbol.length % 2 === 0 ? 1 : -1);
      exchange.setPosition(market.symbol, opening, undefined, true);
      const parts = [lots(market, 3).toFixed(), lots(market, 2).toFixed()];
      const expected = market.info.status === 'TRADING' ? parts : [-4108, -4108];
      expect([market.symbol, ...closeInParts(exchange, market)]).toEqual([market.symbol, ...expected]);
      const changes = fc.sample(op, { numRuns: 12, seed: market.symbol.length });
      run(create({ symbols: [market.info], assets: [] }), [market], changes);
    }
    expect(exchange.orders.trades.length).toBe(2 * markets.filter((market) => market.info.status === 'TRADING').length);
  });
});

/** Reduces what is held twice, the second time asking for more than there is. @returns what filled, or the refusals */
function closeInParts(exchange: Exchange, market: Market): (string | number)[] {
  const side = exchange.account.position(market.symbol, 'BOTH').amount.gt(0) ? 'SELL' : 'BUY';
  return [3, 4].map((part) => {
    const fields = {
      symbol: market.symbol,
      side,
      type: 'MARKET',
      quantity: lots(market, part).toFixed(),
      reduceOnly: 'true',
    };
    try {
      return exchange.placeOrder(new Params(Object.entries(fields))).executedQty.toFixed();
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      return error.code;
    }
  });
}
