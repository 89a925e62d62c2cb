import { describe, expect, it } from 'vitest';
import { toPlainString } from '../flow/0-decimal.js';
import type { MarketSymbol } from '../flow/0-primitives.js';
import { unreadableFor } from './answer-rows.js';
import { ExchangeUnavailable } from './exchange.port.js';
import { readClientOrderId, readOpenStops, readOrder, readRestingReductions, readTrades } from './order-answers.js';

const BTC = 'BTCUSDT' as MarketSymbol;
const ORDER = {
  orderId: 7,
  symbol: 'BTCUSDT',
  status: 'FILLED',
  clientOrderId: 'pg-1',
  avgPrice: '61000.00',
  origQty: '0.010',
  executedQty: '0.010',
  reduceOnly: true,
  side: 'SELL',
  updateTime: 1_700_000_000_000,
};

describe('an order answer', () => {
  it('is read whole', () => {
    const order = readOrder(ORDER, BTC, 'pg-1');
    expect({
      ...order,
      quantity: toPlainString(order.quantity),
      executedQty: toPlainString(order.executedQty),
      avgPrice: toPlainString(order.avgPrice),
    }).toEqual({
      orderId: '7',
      clientOrderId: 'pg-1',
      symbol: BTC,
      side: 'SELL',
      status: 'FILLED',
      quantity: '0.01',
      executedQty: '0.01',
      avgPrice: '61000',
      reduceOnly: true,
      updateTimeMs: 1_700_000_000_000,
    });
  });

  it.each([
    ['another client order id', { clientOrderId: 'other' }],
    ['another symbol', { symbol: 'ETHUSDT' }],
    ['an unknown status', { status: 'DONE' }],
    ['more executed than ordered', { executedQty: '0.011' }],
    ['a negative execution', { executedQty: '-0.001' }],
    ['no execution', { executedQty: undefined }],
    ['no side', { side: 'sell' }],
    ['no order id', { orderId: 'x' }],
    ['no word on reduce-only', { reduceOnly: undefined }],
    ['a time that is none', { updateTime: 'now' }],
  ])('cannot be read with %s', (_, change) => {
    expect(() => readOrder({ ...ORDER, ...change }, BTC, 'pg-1')).toThrow(ExchangeUnavailable);
  });
});

describe('an order asked for by its id', () => {
  it('gives its client order id', () => {
    expect(readClientOrderId(ORDER, BTC, '7')).toBe('pg-1');
  });

  it.each([
    ['another order', { orderId: 8 }],
    ['another symbol', { symbol: 'ETHUSDT' }],
    ['no client order id', { clientOrderId: undefined }],
  ])('cannot be read with %s', (_, change) => {
    expect(() => readClientOrderId({ ...ORDER, ...change }, BTC, '7')).toThrow(ExchangeUnavailable);
  });
});

describe('open orders', () => {
  it('reduce by the open part of the reduce-only ones', () => {
    const found = readRestingReductions([
      { ...ORDER, status: 'NEW', executedQty: '0.003' },
      { ...ORDER, clientOrderId: 'pg-2', executedQty: '0' },
      { ...ORDER, clientOrderId: 'opens', reduceOnly: false, executedQty: '0' },
      { ...ORDER, clientOrderId: 'done' },
    ]);
    expect(found.read.get(BTC)?.map((r) => [r.clientOrderId, r.side, toPlainString(r.remainingQty)])).toEqual([
      ['pg-1', 'SELL', '0.007'],
      ['pg-2', 'SELL', '0.01'],
    ]);
  });

  it('that are no list cannot be read', () => {
    expect(() => readRestingReductions({})).toThrow(ExchangeUnavailable);
  });

  it.each([{ reduceOnly: 'maybe' }, { origQty: 'x' }, { reduceOnly: undefined }])(
    'with %j say nothing of their own symbol and leave the others as they are [S19]',
    (change) => {
      const found = readRestingReductions([
        { ...ORDER, symbol: 'ETHUSDT', executedQty: '0' },
        { ...ORDER, ...change, executedQty: '0' },
      ]);
      expect([...found.read.keys()]).toEqual(['ETHUSDT']);
      expect(unreadableFor(found, BTC)).toMatch(/openOrders\[\]/);
      expect(unreadableFor(found, 'SOLUSDT' as MarketSymbol)).toBeUndefined();
    },
  );
});

describe('account trades', () => {
  it('come oldest first', () => {
    const trade = { id: 2, orderId: 7, qty: '0.001', price: '1', side: 'SELL', time: 20 };
    expect(readTrades([trade, { ...trade, id: 1, time: 10 }]).map((t) => t.tradeId)).toEqual(['1', '2']);
  });
});

describe('open conditional orders', () => {
  it('are stops only if they are STOP_MARKET', () => {
    const stop = {
      algoId: 1,
      clientAlgoId: 'pg-s',
      side: 'SELL',
      triggerPrice: '5',
      algoStatus: 'NEW',
      orderType: 'STOP_MARKET',
    };
    const found = readOpenStops([stop, { ...stop, algoId: 2, orderType: 'TAKE_PROFIT_MARKET' }]);
    expect(found.map((s) => [s.stopId, s.clientOrderId, s.isOpen])).toEqual([['1', 'pg-s', true]]);
  });
});
