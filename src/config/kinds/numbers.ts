import { IsInt, IsNumber, IsOptional, Max, Min, ValidateBy } from 'class-validator';
import { Decimal, parseDecimal, plain } from '../../flow/0-decimal.js';
import type { Kind } from './kind.js';

interface Range {
  readonly min: number;
  readonly max: number;
}

const PLAIN_NUMBER = /^-?\d+(\.\d+)?$/;
const WHOLE_NUMBER = /^-?\d+$/;
const POSITIVE_DECIMAL = /^\d{1,15}(\.\d{1,18})?$/;

/** A count or a duration without fractions. */
export function whole({ min, max }: Range, unit?: string): Kind<number> {
  return {
    read: (text) => (WHOLE_NUMBER.test(text) ? finite(text) : undefined),
    rules: [IsInt(), Min(min), Max(max)],
    allowed: `a whole number from ${min} to ${max}${unit === undefined ? '' : ` (${unit})`}`,
  };
}

export function fractional({ min, max }: Range, unit?: string): Kind<number> {
  return {
    read: (text) => (PLAIN_NUMBER.test(text) ? finite(text) : undefined),
    rules: [IsNumber({ allowNaN: false, allowInfinity: false }), Min(min), Max(max)],
    allowed: `a number from ${min} to ${max}${unit === undefined ? '' : ` (${unit})`}`,
  };
}

export function seconds(range: Range): Kind<number> {
  return fractional(range, 'seconds, fractions allowed');
}

export function milliseconds(range: Range): Kind<number> {
  return whole(range, 'milliseconds');
}

/** A port to listen on. */
export function port(zero: string): Kind<number> {
  return whole({ min: 0, max: 65_535 }, `a port; 0 ${zero}`);
}

/** A quantity or an amount of money, kept as plain decimal text. */
export function positiveDecimal(unit: string): Kind<string> {
  const isPositive = (value: unknown): boolean =>
    typeof value === 'string' && POSITIVE_DECIMAL.test(value) && new Decimal(value).gt(0);
  return {
    read: (text) => {
      const value = POSITIVE_DECIMAL.test(text) ? parseDecimal(text) : undefined;
      return value === undefined ? undefined : plain(value);
    },
    rules: [IsOptional(), ValidateBy({ name: 'isPositiveDecimal', validator: { validate: isPositive } })],
    allowed: `a plain decimal above 0 (${unit}), at most 15 digits before the point and 18 after it`,
  };
}

/** `-0` becomes `0`; digits beyond what a double holds become `undefined`. */
function finite(text: string): number | undefined {
  const value = Number(text);
  return Number.isFinite(value) ? value + 0 : undefined;
}
