import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Decimal } from './0-decimal.js';
import { decodeJson, encodeJson, isFiniteNumber, isJsonObject, isWritable, type JsonValue } from './0-json.js';

describe('reading JSON', () => {
  it.each(['', ' ', 'garbage', '{"a":', '{"a":NaN}', '[1,]', 'undefined'])('finds nothing in %j', (text) =>
    expect(decodeJson(text)).toBeUndefined(),
  );

  it.each([
    ['null', null],
    ['false', false],
    ['{"a":[1]}', { a: [1] }],
  ])('finds what %s says', (text, value) => expect(decodeJson(text)).toEqual(value));

  it('takes 32 levels and no more, so that writing it again does not overflow the stack [C7]', () => {
    const lists = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
    const objects = (levels: number): string => '{"a":'.repeat(levels) + '1' + '}'.repeat(levels);
    expect(JSON.stringify(decodeJson(lists(32)))).toBe(lists(32));
    expect(JSON.stringify(decodeJson(objects(32)))).toBe(objects(32));
    expect([lists(33), objects(33), lists(8_000), `[1,${lists(32)}]`].map(decodeJson)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it.each([
    '{"a":[1,null,true,"x",{"b":-2.5}]}',
    'null',
    '{"toFixed":1,"isFinite":1,"toStringTag":"[object Decimal]"}',
  ])('finds that %s can be written again [C7]', (text) => {
    const value = decodeJson(text);
    expect(isWritable(value)).toBe(true);
    expect(encodeJson(value as JsonValue)).toBe(text);
  });

  it.each(['{"a":1e999}', '{"a":[0,-1e999]}', '1e999'])('finds that %s cannot be written again [C7]', (text) => {
    const value = decodeJson(text);
    expect(isWritable(value)).toBe(false);
    expect(() => encodeJson(value as JsonValue)).toThrow('has no JSON form');
  });

  it.each([
    [{}, true],
    [{ a: 1 }, true],
    [null, false],
    [undefined, false],
    [[], false],
    [[{}], false],
    ['{}', false],
    [7, false],
    [true, false],
  ])('takes %j for an object: %s', (value, expected) => expect(isJsonObject(value)).toBe(expected));

  it.each([
    [0, true],
    [-1.5, true],
    [NaN, false],
    [Infinity, false],
    [-Infinity, false],
    ['1', false],
    [null, false],
    [undefined, false],
    [[1], false],
  ])('takes %s for a finite number: %s', (value, expected) => expect(isFiniteNumber(value)).toBe(expected));
});

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

  it('refuses a decimal that is not a number', () =>
    expect(() => encodeJson({ safe_close_qty: new Decimal(NaN) })).toThrow(
      'NaN is out of range for a quantity or price',
    ));

  it('reads the same as JSON.stringify, with numbers without exponent', () => {
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
