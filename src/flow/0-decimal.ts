import { Decimal as Base } from 'decimal.js';

/** Decimal arithmetic for quantities, prices and notionals: 40 significant digits, never an exponent in text. */
export const Decimal = Base.clone({ precision: 40, toExpNeg: -60, toExpPos: 60 });
export type Decimal = Base;

/** Digits on either side of the point: what {@link toPlainString} writes and what reading accepts. */
const DIGITS = 40;
const LIMIT = new Decimal(10).pow(DIGITS);
const PLAIN = /^-?\d{1,40}(\.\d{1,40})?$/;
/** At most as many digits on either side of the point as {@link bounded} lets through, and no exponent. */
const BOUNDED_TEXT_LENGTH = DIGITS;
const NUMERIC = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$/;

/**
 * A decimal that {@link toPlainString} can write again: below 10^40 (`NaN` and `Infinity` are not), and cut (never rounded up) after 40 decimals, so that no
 * figure read at the edge makes a later writer throw.
 */
function bounded(value: Decimal): Decimal | undefined {
  return value.abs().lt(LIMIT) ? value.toDecimalPlaces(DIGITS, Decimal.ROUND_DOWN) : undefined;
}

/** A finite decimal from text (exponents allowed; `NaN`, `Infinity`, hex and blanks not); `undefined` for any other text. */
export function parseDecimal(text: string): Decimal | undefined {
  const trimmed = text.trim();
  if (trimmed.length > 80 || !NUMERIC.test(trimmed)) return undefined;
  const value = new Decimal(trimmed);
  const isBounded = trimmed.length <= BOUNDED_TEXT_LENGTH && !/e/i.test(trimmed);
  return isBounded ? value : bounded(value);
}

/** A finite decimal from a JSON number; `undefined` for a string, a boolean or a missing value. */
export function decimalFromJson(value: unknown): Decimal | undefined {
  return typeof value === 'number' ? bounded(new Decimal(value)) : undefined;
}

/** Plain decimal text as the wire wants it: `0.009`, never `9e-3` and never `0.00900`. */
export function toPlainString(value: Decimal): string {
  const text = value.toFixed();
  if (!PLAIN.test(text)) throw new RangeError(`${text} is out of range for a quantity or price`);
  return text;
}

/** The largest multiple of `step` that is not above `value`. Both must not be negative; `step` must be above zero. */
export function floorToStep(value: Decimal, step: Decimal): Decimal {
  // Not `div().floor()`: a quotient of more than 40 digits would be rounded first, possibly up.
  return value.divToInt(step).mul(step);
}
