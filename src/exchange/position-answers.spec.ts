import { describe, expect, it } from 'vitest';
import { plain } from '../flow/0-decimal.js';
import type { MarketSymbol } from '../flow/0-primitives.js';
import { ExchangeUnavailable } from './exchange.port.js';
import { readMarkPrices, readPositions } from './position-answers.js';

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
    const reading = readPositions([ROW]).get(BTC);
    expect(reading && { ...reading, amount: plain(reading.amount), markPrice: plain(reading.markPrice) }).toMatchObject(
      {
        symbol: BTC,
        amount: '-0.01',
        markPrice: '61000',
        leverage: '20',
        updateTimeMs: 1_700_000_000_000,
      },
    );
  });

  it.each([
    ['the leverage the exchange tells', { leverage: '7' }, '7'],
    ['0 without a margin', { positionInitialMargin: '0' }, '0'],
    ['0 when it tells neither', { notional: undefined }, '0'],
  ])('leverage: %s', (_, change, leverage) => {
    expect(readPositions([{ ...ROW, ...change }]).get(BTC)?.leverage).toBe(leverage);
  });

  it('leaves flat rows out, of either mode, under any name', () => {
    const flat = { ...ROW, positionAmt: '0.000' };
    expect(readPositions([flat, { ...flat, positionSide: 'LONG' }, { ...flat, symbol: 'A B' }]).size).toBe(0);
    expect(readPositions([]).size).toBe(0);
  });

  const bad: [title: string, answer: unknown, message: string | RegExp][] = [
    ['an object', {}, /positionRisk must be an array/],
    ['an error body', { code: -1000, msg: 'x' }, /must be an array/],
    ['null', null, /must be an array, found null/],
    ['a row that is no object', [7], /positionRisk\[\] must be an object/],
    ['no amount', [{ ...ROW, positionAmt: undefined }], /positionAmt must be a finite decimal, found nothing/],
    ['an amount that is no number', [{ ...ROW, positionAmt: 'NaN' }], /found "NaN"/],
    ['an infinite amount', [{ ...ROW, positionAmt: '1e999' }], /positionAmt/],
    ['an empty amount', [{ ...ROW, positionAmt: '' }], /positionAmt/],
    ['a broken row beside a good one', [ROW, { ...ROW, symbol: 'ETHUSDT', positionAmt: 'x' }], /positionAmt/],
    ['no position side', [{ ...ROW, positionSide: undefined }], /positionSide/],
    ['no mark price', [{ ...ROW, markPrice: '0' }], /markPrice must be above zero/],
    ['no symbol', [{ ...ROW, symbol: 'A B' }], /symbol must be a symbol/],
    ['one symbol twice', [ROW, ROW], /one row per symbol/],
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

describe('a premiumIndex answer', () => {
  it('gives the prices above zero, for one symbol or all', () => {
    const one = { symbol: 'BTCUSDT', markPrice: '61000.1' };
    expect([...readMarkPrices(one)].map(([symbol, price]) => [symbol, plain(price)])).toEqual([['BTCUSDT', '61000.1']]);
    expect(readMarkPrices([one, { symbol: 'X', markPrice: '0.0' }]).size).toBe(1);
  });

  it.each([[[7]], [null], [{ symbol: 'X' }], [[{ markPrice: '1' }]]])('%j cannot be read', (answer) => {
    expect(() => readMarkPrices(answer)).toThrow(ExchangeUnavailable);
  });
});
