import { ArrayNotEmpty, IsBoolean, IsIn, Matches } from 'class-validator';
import { parseBooleanField, parseMarketSymbol } from '../../flow/0-primitives.js';
import { isTakenPrefix } from '../../flow/6-explained.js';
import { satisfies, type ValueParser } from './value-parser.js';

export function oneOf<const T extends string>(...values: readonly T[]): ValueParser<T> {
  return { parse: (given) => given as T, checks: [IsIn(values)], allowed: `one of ${values.join(', ')}` };
}

export function flag(): ValueParser<boolean> {
  const parse = (given: string): boolean | null => parseBooleanField(given) ?? null;
  return { parse, checks: [IsBoolean()], allowed: 'true, false, 1 or 0, in any case' };
}

/** Text of one shape; `allowed` describes the shape in words. */
export function text(shape: RegExp, allowed: string): ValueParser<string> {
  return { parse: (given) => given, checks: [Matches(shape)], allowed };
}

export function secret(shape: RegExp, allowed: string): ValueParser<string> {
  return { ...text(shape, allowed), secret: true };
}

export function path(what: string): ValueParser<string> {
  return text(/^[^\p{Cc}]{1,4096}$/u, `the path of ${what}`);
}

/** Members of a closed set, comma separated; at least one. */
export function setOf<const T extends string>(...values: readonly T[]): ValueParser<ReadonlySet<T>> {
  return {
    parse: (given) => new Set(commaSeparated(given) as T[]),
    checks: [satisfies((members: ReadonlySet<T>) => members.size > 0), IsIn(values, { each: true })],
    allowed: `one or more of ${values.join(', ')}, comma separated`,
  };
}

/** Exchange symbols, comma separated. Binance lists symbols with letters outside ASCII. */
export function symbols(): ValueParser<string[]> {
  return {
    parse: commaSeparated,
    checks: [ArrayNotEmpty(), satisfies((symbol: string) => parseMarketSymbol(symbol) !== undefined, true)],
    allowed: 'one or more symbols, comma separated; each 1 to 40 letters, digits or underscores',
  };
}

/** Prefixes of client order ids, comma separated; none when empty. */
export function prefixes(): ValueParser<string[]> {
  const isUsable = (prefix: string): boolean => /^[.A-Z:/a-z0-9_-]{2,32}$/.test(prefix) && !isTakenPrefix(prefix);
  return {
    parse: commaSeparated,
    checks: [satisfies(isUsable, true)],
    allowed:
      "prefixes of 2 to 32 of A-Z a-z 0-9 . : / _ -, comma separated; none that this system's or the exchange's own orders have",
  };
}

/** The words of a list in their first order, trimmed, without blanks and repetitions. */
export function commaSeparated(given: string): string[] {
  const words = given.split(',').map((word) => word.trim());
  return [...new Set(words.filter((word) => word !== ''))];
}
