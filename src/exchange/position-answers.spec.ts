import { describe, expect, it } from 'vitest';
import { toPlainString } from '../flow/0-decimal.js';
import type { MarketSymbol } from '../flow/0-primitives.js';
import { ExchangeUnavailable } from './exchange.port.js';
import { unreadableFor } from './answer-rows.js';
import { readPositions } from './position-answers.js';

const ROW = {
  symbol: 'BTCUSDT',
  positionSide: 'BOTH',
  positionAmt: '-0.010',
  entryPrice: '60000.0',
  markPrice: '61000.00000000',
  unRealizedProfit: '-10.00000000',
  notional: '-610',
  positionInitialMargin: '30.5',
  updateTime: 1_700_000_000_000,
};
const BTC = 'BTCUSDT' as MarketSymbol;

describe('a positionRisk answer', () => {
  it('gives the signed amount, and the leverage from notional and margin', () => {
    const reading = readPositions([ROW]).read.get(BTC)?.[0];
    expect(
      reading && { ...reading, amount: toPlainString(reading.amount), markPrice: toPlainString(reading.markPrice) },
    ).toMatchObject({
      symbol: BTC,
      amount: '-0.01',
      markPrice: '61000',
      leverage: '20',
      updateTimeMs: 1_700_000_000_000,
    });
  });

  it.each([
    ['the leverage that the exchange gives', { leverage: '7' }, '7'],
    ['0 without a margin', { positionInitialMargin: '0' }, '0'],
    ['0 when it gives neither', { notional: undefined }, '0'],
  ])('leverage: %s', (_, change, leverage) => {
    expect(readPositions([{ ...ROW, ...change }]).read.get(BTC)?.[0]?.leverage).toBe(leverage);
  });

  it('leaves flat rows out, of either mode, under any name', () => {
    const flat = { ...ROW, positionAmt: '0.000' };
    expect(readPositions([flat, { ...flat, positionSide: 'LONG' }, { ...flat, symbol: 'A B' }]).read.size).toBe(0);
    expect(readPositions([])).toEqual({ read: new Map(), faults: new Map(), nameless: undefined });
  });

  const bad: [title: string, answer: unknown, message: string | RegExp][] = [
    ['an object', {}, /positionRisk must be an array/],
    ['an error body', { code: -1000, msg: 'x' }, /must be an array/],
    ['null', null, /must be an array, found null/],
    [
      'a long position of hedge mode',
      [{ ...ROW, positionSide: 'LONG' }],
      /BTCUSDT has a LONG position of -0.01: the account is in hedge mode/,
    ],
    ['a short position of hedge mode', [ROW, { ...ROW, positionSide: 'SHORT' }], /hedge mode/],
  ];
  it.each(bad)('[S5] is never read as flat: %s', (_, answer, message) => {
    expect(() => readPositions(answer)).toThrow(ExchangeUnavailable);
    expect(() => readPositions(answer)).toThrow(message);
  });
});

describe('a row of positionRisk that cannot be read [S19]', () => {
  const ours: [title: string, rows: unknown[], message: RegExp][] = [
    ['no amount', [{ ...ROW, positionAmt: undefined }], /positionAmt must be a finite decimal, found nothing/],
    ['an amount that is no number', [{ ...ROW, positionAmt: 'NaN' }], /found "NaN"/],
    ['an infinite amount', [{ ...ROW, positionAmt: '1e999' }], /positionAmt/],
    ['an empty amount', [{ ...ROW, positionAmt: '' }], /positionAmt/],
    ['no position side', [{ ...ROW, positionSide: undefined }], /positionSide must be BOTH/],
    ['mark price 0', [{ ...ROW, markPrice: '0' }], /markPrice must be above zero/],
    ['no entry price', [{ ...ROW, entryPrice: undefined }], /entryPrice/],
    ['two rows', [ROW, ROW], /one row per symbol/],
    ['a good row beside a broken one', [ROW, { ...ROW, positionAmt: 'x' }], /positionAmt/],
  ];
  it.each(ours)('is a fault of its symbol alone, and is never flat: %s', (_, rows, message) => {
    const eth = { ...ROW, symbol: 'ETHUSDT' };
    const reading = readPositions([...rows, eth]);
    expect([...reading.read.keys()]).toEqual(['ETHUSDT']);
    expect(unreadableFor(reading, BTC)).toMatch(message);
    expect(unreadableFor(reading, 'ETHUSDT' as MarketSymbol)).toBeUndefined();
    expect(unreadableFor(reading, 'SOLUSDT' as MarketSymbol)).toBeUndefined();
  });

  it.each([[{ ...ROW, symbol: 'A B', markPrice: '0' }], [{ ...ROW, symbol: 'OTHERUSDT', positionAmt: null }]])(
    'counts for nothing where it is of a symbol that is not ours: %j',
    (row) => {
      const reading = readPositions([row, ROW]);
      expect([...reading.read.keys()]).toEqual([BTC]);
      expect(unreadableFor(reading, 'ETHUSDT' as MarketSymbol)).toBeUndefined();
    },
  );

  it.each([[7], [null], [{ ...ROW, symbol: undefined }], [{ ...ROW, symbol: '' }]])(
    'may be of any symbol that has no row of its own where it does not say its symbol: %j',
    (row) => {
      const reading = readPositions([row, ROW]);
      expect(unreadableFor(reading, BTC)).toBeUndefined();
      expect(unreadableFor(reading, 'ETHUSDT' as MarketSymbol)).toMatch(/a row with a symbol/);
    },
  );
});
