import { IsInt, IsNumber, Max, Min } from 'class-validator';
import { Decimal, parseDecimal, toPlainString } from '../../flow/0-decimal.js';
import { satisfies, type ValueParser } from './value-parser.js';

const WHOLE_NUMBER = /^-?\d+$/;
const PLAIN_NUMBER = /^-?\d+(\.\d+)?$/;
const POSITIVE_DECIMAL = /^\d{1,15}(\.\d{1,18})?$/;

/** A count, a port or a duration, without fractions. */
export function whole(min: number, max: number, unit?: string): ValueParser<number> {
  return {
    parse: (text) => (WHOLE_NUMBER.test(text) ? numberOf(text) : null),
    checks: [IsInt(), Min(min), Max(max)],
    allowed: range('a whole number', min, max, unit),
  };
}

export function fractional(min: number, max: number, unit?: string): ValueParser<number> {
  return {
    parse: (text) => (PLAIN_NUMBER.test(text) ? numberOf(text) : null),
    checks: [IsNumber(), Min(min), Max(max)],
    allowed: range('a number', min, max, unit),
  };
}

export function seconds(min: number, max: number): ValueParser<number> {
  return fractional(min, max, 'seconds, fractions allowed');
}

export function milliseconds(min: number, max: number): ValueParser<number> {
  return whole(min, max, 'milliseconds');
}

/** A port to listen on; `zero` describes what 0 means. */
export function port(zero: string): ValueParser<number> {
  return whole(0, 65_535, `a port; 0 ${zero}`);
}

/** A quantity or an amount of money, kept as plain decimal text. */
export function positiveDecimal(unit: string): ValueParser<string> {
  return {
    parse: (text) => {
      const value = POSITIVE_DECIMAL.test(text) ? parseDecimal(text) : undefined;
      return value === undefined ? null : toPlainString(value);
    },
    checks: [satisfies((value: string) => new Decimal(value).gt(0))],
    allowed: `a plain decimal above 0 (${unit}), at most 15 digits before the point and 18 after it`,
  };
}

/** `-0` becomes `0`. */
function numberOf(text: string): number {
  return Number(text) + 0;
}

function range(what: string, min: number, max: number, unit?: string): string {
  return `${what} from ${min} to ${max}${unit === undefined ? '' : ` (${unit})`}`;
}
