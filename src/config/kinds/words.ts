import { ArrayNotEmpty, IsBoolean, IsIn, IsOptional, Matches } from 'class-validator';
import { parseBooleanField, parseMarketSymbol } from '../../flow/0-words.js';
import type { Kind } from './kind.js';

export function oneOf<const T extends string>(values: readonly T[]): Kind<T> {
  return {
    read: (given) => values.find((value) => value === given),
    rules: [IsIn(values)],
    allowed: `one of ${values.join(', ')}`,
  };
}

export function flag(): Kind<boolean> {
  return { read: parseBooleanField, rules: [IsBoolean()], allowed: 'true, false, 1 or 0, in any case' };
}

/** Text of one shape; `allowed` says the shape in words. */
export function text(shape: RegExp, allowed: string): Kind<string> {
  return {
    read: (given) => (shape.test(given) ? given : undefined),
    rules: [IsOptional(), Matches(shape)],
    allowed,
  };
}

export function secret(shape: RegExp, allowed: string): Kind<string> {
  return { ...text(shape, allowed), secret: true };
}

export function path(what: string): Kind<string> {
  return text(/^[^\p{Cc}]{1,4096}$/u, `the path of ${what}`);
}

/** Members of a closed set, comma separated; at least one. */
export function setOf<const T extends string>(values: readonly T[]): Kind<ReadonlySet<T>> {
  return {
    read: (given) => {
      const members = commaSeparated(given).map((word) => values.find((value) => value === word));
      const known = members.filter((member) => member !== undefined);
      return known.length > 0 && known.length === members.length ? new Set(known) : undefined;
    },
    rules: [IsIn(values, { each: true })],
    allowed: `one or more of ${values.join(', ')}, comma separated`,
  };
}

/** Venue symbols, comma separated. Binance lists symbols with letters outside ASCII. */
export function symbols(): Kind<string[]> {
  return {
    read: (given) => {
      const members = commaSeparated(given);
      return members.every((symbol) => parseMarketSymbol(symbol) !== undefined) ? members : undefined;
    },
    rules: [ArrayNotEmpty()],
    allowed: 'one or more symbols, comma separated; each 1 to 40 letters, digits or underscores',
  };
}

/** The words of a list in their first order, trimmed, without blanks and repetitions. */
export function commaSeparated(given: string): string[] {
  const words = given.split(',').map((word) => word.trim());
  return [...new Set(words.filter((word) => word !== ''))];
}
