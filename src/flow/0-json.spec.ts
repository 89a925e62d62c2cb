import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Decimal } from './0-decimal.js';
import { encodeJson, type JsonValue } from './0-json.js';

describe('JSON of permits and results', () => {
  it.each<[string, JsonValue, string]>([
    ['null', null, 'null'],
    ['text', 'a"b', '"a\\"b"'],
    ['a boolean', true, 'true'],
    ['a decimal without float noise', new Decimal('0.001').mul(9), '0.009'],
    ['a small decimal without exponent', new Decimal('1e-9'), '0.000000001'],
    ['a number without exponent', 1e-7, '0.0000001'],
    ['a large number without exponent', 1.5e30, '1500000000000000000000000000000'],
    ['a whole number', 1_700_000_000_123, '1700000000123'],
    ['minus zero', -0, '0'],
    ['lists and objects', { a: [1, { b: null }], c: 'd' }, '{"a":[1,{"b":null}],"c":"d"}'],
    ['an object without its absent members', { a: undefined, b: 1 }, '{"b":1}'],
    ['nothing', {}, '{}'],
  ])('writes %s', (_what, value, expected) => expect(encodeJson(value)).toBe(expected));

  it.each([NaN, Infinity, -Infinity])('refuses %s', (value) =>
    expect(() => encodeJson({ value })).toThrow(`${value} has no JSON form`),
  );

  it('refuses a decimal that is no number', () =>
    expect(() => encodeJson({ safe_close_qty: new Decimal(NaN) })).toThrow('NaN is not a quantity or price'));

  it('says the same as JSON.stringify to whoever reads it, in numbers without exponent', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = encodeJson(value);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e30, max: 1e30 }), (value) => {
        expect(encodeJson(value)).toMatch(/^-?\d+(\.\d+)?$/);
        expect(Number(encodeJson(value))).toBe(value === 0 ? 0 : value);
      }),
    );
  });
});
