import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Decimal } from '../flow/0-decimal.js';
import { readStreamMessage } from './user-stream-events.js';

const POSITION = {
  s: 'BTCUSDT',
  pa: '-0.010',
  ep: '65000.1',
  bep: '65000.1',
  cr: '0',
  up: '-1.25',
  mt: 'cross',
  iw: '0',
  ps: 'BOTH',
};
const ORDER = {
  s: 'BTCUSDT',
  c: 'pg-0123456789abcdef-0-1',
  S: 'SELL',
  o: 'MARKET',
  f: 'GTC',
  q: '0.007',
  p: '0',
  ap: '64999.9',
  sp: '0',
  x: 'TRADE',
  X: 'PARTIALLY_FILLED',
  i: 8_886_774,
  l: '0.001',
  z: '0.004',
  L: '64999.9',
  T: 1_700_000_000_123,
  R: true,
  ps: 'BOTH',
};
const read = (message: unknown): ReturnType<typeof readStreamMessage> => readStreamMessage(JSON.stringify(message));
const account = (rows: unknown[], more: object = {}): unknown => ({
  e: 'ACCOUNT_UPDATE',
  E: 1_700_000_000_125,
  T: 1_700_000_000_120,
  a: { m: 'ORDER', B: [], P: rows },
  ...more,
});
const order = (more: object = {}): unknown => ({ e: 'ORDER_TRADE_UPDATE', E: 1, T: 2, o: { ...ORDER, ...more } });

describe('the events of the user-data stream', () => {
  it('reads every changed position of an account update', () => {
    expect(read(account([POSITION, { ...POSITION, s: '币安人生USDT', pa: '0' }]))).toEqual({
      faults: [],
      events: [
        {
          kind: 'position',
          symbol: 'BTCUSDT',
          amount: new Decimal('-0.01'),
          entryPrice: new Decimal('65000.1'),
          unrealizedPnl: new Decimal('-1.25'),
          reason: 'ORDER',
          transactionTimeMs: 1_700_000_000_120,
        },
        expect.objectContaining({ symbol: '币安人生USDT', amount: new Decimal(0) }),
      ],
    });
  });

  it('takes positions of one-way mode only', () => {
    expect(
      read(
        account([
          { ...POSITION, ps: 'LONG' },
          { ...POSITION, ps: 'SHORT' },
        ]),
      ),
    ).toEqual({ events: [], faults: [] });
  });

  it('keeps the readable rows of an update and names the others', () => {
    const { events, faults } = read(account([{ ...POSITION, pa: 'NaN' }, POSITION, 7]));
    expect(events).toHaveLength(1);
    expect(faults).toEqual([
      expect.stringContaining('pa must be a finite decimal, found "NaN"'),
      expect.stringContaining('found 7'),
    ]);
  });

  it('reads an order with its cumulative quantity, its id digit by digit', () => {
    const text = JSON.stringify(order()).replace('8886774', '98765432109876543210');
    expect(readStreamMessage(text)).toEqual({
      faults: [],
      events: [
        {
          kind: 'order',
          symbol: 'BTCUSDT',
          clientOrderId: 'pg-0123456789abcdef-0-1',
          orderId: '98765432109876543210',
          side: 'SELL',
          status: 'PARTIALLY_FILLED',
          quantity: new Decimal('0.007'),
          executedQty: new Decimal('0.004'),
          avgPrice: new Decimal('64999.9'),
          reduceOnly: true,
          rests: false,
          timeMs: 1_700_000_000_123,
        },
      ],
    });
  });

  it.each(['autoclose-1700000000123', 'adl_autoclose', 'settlement_autoclose-BTCUSDT'])(
    'reads the exchange’s own order %s',
    (c) => {
      expect(read(order({ c })).events).toEqual([expect.objectContaining({ kind: 'order', clientOrderId: c })]);
    },
  );

  it('reads a conditional order and the order it triggered', () => {
    const o = { s: 'BTCUSDT', caid: 'pg-x-0-1', aid: 7, X: 'FINISHED', ai: '12' };
    expect(read({ e: 'ALGO_UPDATE', E: 1, T: 5, o })).toEqual({
      faults: [],
      events: [
        {
          kind: 'algo',
          symbol: 'BTCUSDT',
          clientOrderId: 'pg-x-0-1',
          stopId: '7',
          status: 'FINISHED',
          orderId: '12',
          timeMs: 5,
        },
      ],
    });
    expect(read({ e: 'ALGO_UPDATE', E: 1, T: 5, o: { ...o, ai: '' } }).events).toEqual([
      expect.objectContaining({ orderId: '' }),
    ]);
  });

  it('reads the end of the listen key', () => {
    expect(read({ e: 'listenKeyExpired', E: 1, listenKey: 'k' })).toEqual({
      events: [{ kind: 'expired' }],
      faults: [],
    });
  });

  it.each([
    { e: 'MARGIN_CALL' },
    { e: 'TRADE_LITE', s: 'BTCUSDT' },
    { e: 'ACCOUNT_CONFIG_UPDATE' },
    { result: null, id: 1 },
  ])('passes over %j', (message) => expect(read(message)).toEqual({ events: [], faults: [] }));

  it.each([
    ['no JSON', 'hello'],
    ['a list', '[]'],
    ['null', 'null'],
    ['nothing', ''],
    ['no event', '{"x":1}'],
    ['an event that is no name', '{"e":5}'],
    ['no account', '{"e":"ACCOUNT_UPDATE","T":1}'],
    ['positions that are no list', '{"e":"ACCOUNT_UPDATE","T":1,"a":{"P":{}}}'],
    ['more positions than symbols exist', JSON.stringify(account(Array.from({ length: 2001 }, () => POSITION)))],
    ['no time', JSON.stringify(account([POSITION], { T: undefined }))],
    ['a time that is text', JSON.stringify(account([POSITION], { T: '1700000000120' }))],
    ['more filled than ordered', JSON.stringify(order({ z: '0.008' }))],
    ['less than nothing filled', JSON.stringify(order({ z: '-0.001' }))],
    ['an exponent beyond all sense', JSON.stringify(order({ z: '1e999' }))],
    ['a side that is none', JSON.stringify(order({ S: 'BOTH' }))],
    ['a client order id without end', JSON.stringify(order({ c: 'x'.repeat(65) }))],
    ['a symbol that is none', JSON.stringify(order({ s: 'BTC/USDT' }))],
  ])('reports as a fault: %s', (_, text) => {
    expect(readStreamMessage(text)).toEqual({ events: [], faults: [expect.any(String)] });
    expect(readStreamMessage(text).faults[0]?.length).toBeLessThan(300);
  });

  it('never throws, whatever the message', () => {
    const base = [account([POSITION]), order()].map((message) => JSON.stringify(message));
    const mutated = fc
      .tuple(fc.constantFrom(...base), fc.nat(400), fc.nat(30), fc.string())
      .map(([text, at, cut, put]) => {
        return text.slice(0, at) + put + text.slice(at + cut);
      });
    fc.assert(
      fc.property(fc.oneof(mutated, fc.string(), fc.json()), (text) => {
        const { events, faults } = readStreamMessage(text);
        expect(events.length + faults.length).toBeLessThanOrEqual(2_000);
      }),
      { numRuns: 2_000 },
    );
  });
});
