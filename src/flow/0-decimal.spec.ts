import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Decimal, decimalFromJson, floorToStep, parseDecimal, toPlainString } from './0-decimal.js';

const D = (text: string): Decimal => new Decimal(text);

describe('decimals', () => {
  it('are computed with 40 digits', () => expect(D('1').div('3').toFixed()).toBe(`0.${'3'.repeat(40)}`));

  it.each(['0.00000000123', '1230000000000000000000000000000'])('in messages have no exponent: %s', (text) => {
    expect(`${D(text).toString()} ${JSON.stringify(D(text))}`).toBe(`${text} "${text}"`);
  });
});

describe('reading a decimal from text', () => {
  it.each([
    ['0.009', '0.009'],
    ['9e-3', '0.009'],
    ['1E+3', '1000'],
    ['.5', '0.5'],
    ['.25', '0.25'],
    ['1e3', '1000'],
    ['5.', '5'],
    ['+7', '7'],
    [' 1.50 ', '1.5'],
    ['-0.2', '-0.2'],
    ['1e-40', `0.${'0'.repeat(39)}1`],
    ['9'.repeat(40), '9'.repeat(40)],
  ])('%s is %s', (text, expected) => expect(parseDecimal(text)?.toFixed()).toBe(expected));

  it.each([
    '',
    ' ',
    'NaN',
    'Infinity',
    '-Infinity',
    '1e999',
    '1e40',
    '0x10',
    '1,5',
    '1 2',
    '1e',
    'e5',
    '--1',
    '1_000',
    '١',
  ])('%j is none [A5]', (text) => expect(parseDecimal(text)).toBeUndefined());

  it('takes 80 characters and no more', () => {
    expect(parseDecimal(`0.${'1'.repeat(78)}`)?.toFixed()).toBe(`0.${'1'.repeat(40)}`);
    expect(parseDecimal(`0.${'1'.repeat(79)}`)).toBeUndefined();
  });

  it('cuts what lies beyond 40 decimals instead of rounding it up', () => {
    expect(parseDecimal('1e-300')?.isZero()).toBe(true);
    expect(parseDecimal(`0.${'9'.repeat(41)}`)?.toFixed()).toBe(`0.${'9'.repeat(40)}`);
  });

  it('reads nothing that plain text cannot represent', () => {
    const exponent = fc
      .tuple(fc.double(), fc.integer({ min: -999, max: 999 }))
      .map(([n, e]) => `${n}`.replace(/e.*/, '') + `e${e}`);
    fc.assert(
      fc.property(fc.oneof(exponent, fc.double().map(String), fc.string()), (text) => {
        const value = parseDecimal(text);
        expect(value === undefined ? '0' : toPlainString(value)).toMatch(/^-?\d{1,40}(\.\d{1,40})?$/);
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('reading a decimal from JSON', () => {
  it.each([
    [0.009, '0.009'],
    [1e-7, '0.0000001'],
    [-3, '-3'],
    [0, '0'],
  ])('%s is %s', (value, expected) => expect(decimalFromJson(value)?.toFixed()).toBe(expected));

  it.each([[NaN], [Infinity], [-Infinity], [1e300], ['0.009'], [true], [null], [undefined], [{}], [[1]]])(
    '%j is none [P6]',
    (value) => expect(decimalFromJson(value)).toBeUndefined(),
  );
});

describe('plain text', () => {
  it.each([
    ['0.0090', '0.009'],
    ['1e-9', '0.000000001'],
    ['1e21', '1000000000000000000000'],
    ['-0', '0'],
    ['-0.5', '-0.5'],
  ])('of %s is %s [Q3]', (value, expected) => expect(toPlainString(D(value))).toBe(expected));

  it.each(['NaN', 'Infinity', '1e40', '1e-41'])('of %s throws', (value) =>
    expect(() => toPlainString(D(value))).toThrow(`${D(value).toFixed()} is out of range for a quantity or price`),
  );
});

/** Steps as exchanges list them: 1000, 1, 0.1, 0.005, 0.0000001. */
const steps = fc
  .tuple(fc.constantFrom(1, 2, 5), fc.integer({ min: -8, max: 3 }))
  .map(([digit, power]) => D(`${digit}e${power}`));
const amounts = fc
  .tuple(fc.bigInt({ min: 0n, max: 10n ** 18n }), fc.integer({ min: 0, max: 12 }))
  .map(([digits, decimals]) => D(`${digits}e-${decimals}`));

describe('rounding down to a step', () => {
  it.each([
    ['0.0075', '0.001', '0.007'],
    ['0.0079999999', '0.001', '0.007'],
    ['0.007', '0.001', '0.007'],
    ['0.0009', '0.001', '0'],
    ['1499', '1000', '1000'],
    ['0.3', '0.1', '0.3'],
    ['7', '0.5', '7'],
  ])('%s by %s is %s [Q1] [Q8]', (value, step, expected) =>
    expect(toPlainString(floorToStep(D(value), D(step)))).toBe(expected),
  );

  it('gives an exact multiple, never above the value, less than one step below it, in plain digits [Q3]', () => {
    fc.assert(
      fc.property(amounts, steps, (amount, step) => {
        const floored = floorToStep(amount, step);
        expect(floored.mod(step).isZero()).toBe(true);
        expect(floored.lte(amount)).toBe(true);
        expect(amount.minus(floored).lt(step)).toBe(true);
        expect(toPlainString(floored)).toMatch(/^\d+(\.\d+)?$/);
      }),
      { numRuns: 5_000 },
    );
  });

  it('does not round a quotient of more than 40 digits up to the next step', () => {
    const justBelow = D(`6.${'9'.repeat(50)}`);
    expect(toPlainString(floorToStep(justBelow, D('1')))).toBe('6');
  });

  it('has no answer for a step of zero', () => expect(floorToStep(D('1'), D('0')).isNaN()).toBe(true));
});
