import { describe, expect, it } from 'vitest';
import { booleanField, parseBooleanField, parseMarketSymbol, parseMarketSymbols, parsePlanId } from './0-primitives.js';

describe('plan ids', () => {
  it.each(['0123456789abcdef', 'a', 'A-b_c.9', 'x'.repeat(64)])('%s is one', (text) =>
    expect(parsePlanId(text)).toBe(text),
  );

  it.each(['', 'x'.repeat(65), 'a:b', 'a b', 'a\n', 'ä', 'a*', 'a/b'])('%j is none', (text) =>
    expect(parsePlanId(text)).toBeUndefined(),
  );

  it('nothing is none', () => expect(parsePlanId(undefined)).toBeUndefined());
});

describe('exchange symbols', () => {
  it.each(['BTCUSDT', 'BTCUSDT_260327', '1000PEPEUSDT', '币安人生USDT', 'X'.repeat(40)])('%s is one', (text) =>
    expect(parseMarketSymbol(text)).toBe(text),
  );

  it.each(['', 'X'.repeat(41), 'BTC/USDT', 'BTC USDT', 'BTC:USDT', 'BTCUSDT\n', 'BTC-USDT', '*', '🚀'])(
    '%j is none [A5]',
    (text) => expect(parseMarketSymbol(text)).toBeUndefined(),
  );

  it('nothing is none', () => expect(parseMarketSymbol(undefined)).toBeUndefined());

  it('of a list keep their order, without the texts that are none', () =>
    expect(parseMarketSymbols(['ETHUSDT', '*', '', 'BTCUSDT'])).toEqual(['ETHUSDT', 'BTCUSDT']));
});

describe('boolean fields', () => {
  it.each([
    ['True', true],
    ['true', true],
    ['TRUE', true],
    ['1', true],
    ['False', false],
    ['false', false],
    ['0', false],
  ])('%s reads as %s', (text, expected) => expect(parseBooleanField(text)).toBe(expected));

  it.each(['', 'yes', '2', ' true', 'None', undefined])('%j reads as neither', (text) =>
    expect(parseBooleanField(text)).toBeUndefined(),
  );

  it('are written as the streams carry them', () => expect([true, false].map(booleanField)).toEqual(['True', 'False']));
});
