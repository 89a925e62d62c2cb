import { describe, expect, it } from 'vitest';
import { readMarkPriceMessage, readMarkPrices } from './mark-price-answers.js';

const shown = (prices: ReturnType<typeof readMarkPrices>): unknown[] =>
  [...prices].map(([symbol, { price, timeMs }]) => [symbol, price.toFixed(), timeMs]);

describe('a premiumIndex answer', () => {
  const one = { symbol: 'BTCUSDT', markPrice: '61000.1', time: 1_700_000_000_000 };

  it('gives the prices above zero with their times, for one symbol or all', () => {
    expect(shown(readMarkPrices(one))).toEqual([['BTCUSDT', '61000.1', 1_700_000_000_000]]);
    expect(readMarkPrices([one, { symbol: 'X', markPrice: '0.0' }]).size).toBe(1);
  });

  it.each([
    [[7]],
    [null],
    [{ symbol: 'X' }],
    [[{ markPrice: '1' }]],
    [[{ symbol: 'X', markPrice: 'x' }]],
    [[{ symbol: 'X', markPrice: '-1' }]],
    [[{ symbol: 'X', markPrice: 'NaN' }]],
    [[{ symbol: 'X', markPrice: '1', time: 'now' }]],
  ])('%j has no price, and takes none away from the others [S19]', (answer) => {
    expect([...readMarkPrices([...(Array.isArray(answer) ? answer : [answer]), one]).keys()]).toEqual(['BTCUSDT']);
    expect(readMarkPrices(answer).size).toBe(0);
  });
});

describe('a message of the mark price stream', () => {
  const event = { e: 'markPriceUpdate', E: 1_700_000_000_000, s: 'BTCUSDT', p: '61000.1', i: '61000', r: '0.0001' };
  const other = { ...event, s: 'ETHUSDT', p: '3000' };
  const read = (message: unknown): unknown[] =>
    shown(readMarkPriceMessage(JSON.stringify(message), new Set(['BTCUSDT', 'SOLUSDT'])));
  const PRICE = [['BTCUSDT', '61000.1', 1_700_000_000_000]];

  it.each([
    ['a list', [other, event]],
    ['one event', event],
    ['a wrapped list', { stream: '!markPrice@arr@1s', data: [event, other] }],
    ['a wrapped event', { stream: 'btcusdt@markPrice@1s', data: event }],
  ])('as %s gives the prices of the symbols that are asked for', (_, message) => expect(read(message)).toEqual(PRICE));

  it.each([
    ['0', { ...event, p: '0' }],
    ['below zero', { ...event, p: '-61000.1' }],
    ['NaN', { ...event, p: 'NaN' }],
    ['infinite', { ...event, p: 'Infinity' }],
    ['1e999', { ...event, p: '1e999' }],
    ['missing', { ...event, p: undefined }],
    ['an object', { ...event, p: {} }],
    ['of another kind of event', { ...event, e: 'kline' }],
    ['with a time that is text', { ...event, E: 'now' }],
  ])('gives no price that is %s, and keeps the others of the message [C15]', (_, bad) => {
    expect(read([bad])).toEqual([]);
    expect(read([{ ...bad, s: 'SOLUSDT' }, event])).toEqual(PRICE);
  });

  it.each([['{'], [''], ['null'], ['7'], ['[[]]'], ['{"result":null,"id":1}'], ['{"stream":"x","data":null}']])(
    'that is %j gives none',
    (text) => expect(readMarkPriceMessage(text, new Set(['BTCUSDT'])).size).toBe(0),
  );
});
