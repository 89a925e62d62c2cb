import { describe, expect, it } from 'vitest';
import { parseExactJson, errorCodeOf } from './exchange-answer.js';

describe('exact JSON', () => {
  it('keeps every digit of an order id beyond 2^53', () => {
    expect(parseExactJson('{"orderId":8389765989742346123,"n":12}')).toEqual({ orderId: '8389765989742346123', n: 12 });
  });

  it('leaves digits inside texts alone, escaped quotes included', () => {
    const text = '{"a":"x\\":1234567890123456789,","b":"1234567890123456789","c":[1234567890123456789]}';
    expect(parseExactJson(text)).toEqual({
      a: 'x":1234567890123456789,',
      b: '1234567890123456789',
      c: ['1234567890123456789'],
    });
  });

  it.each(['', '<html>', '{"a":', '{"a":1}x', 'NaN'])('%j is not JSON', (text) => {
    expect(parseExactJson(text)).toBeUndefined();
  });
});

describe('the code of an error body', () => {
  it.each([
    [
      { code: -2022, msg: 'no' },
      { code: -2022, message: 'no' },
    ],
    [{ code: '-2022' }, { code: -2022, message: '' }],
    [
      { code: 404, msg: 'no' },
      { code: undefined, message: 'no' },
    ],
    [{ code: -1.5 }, { code: undefined, message: '' }],
    [
      { code: null, msg: 3 },
      { code: undefined, message: '' },
    ],
    [[{ code: -1 }], { code: undefined, message: '' }],
    [null, { code: undefined, message: '' }],
  ])('%j', (json, expected) => {
    expect(errorCodeOf(json)).toEqual(expected);
  });
});
