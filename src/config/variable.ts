import type { DerivedDefault } from './derived-defaults.js';
import type { ValueParser } from './value-parsers/value-parser.js';

/** One row of the table: what reading, faults, `.env.example` and the documentation page need to know of a variable. */
export interface Variable<T, Field extends string = string> {
  readonly parser: ValueParser<T>;
  /** The default; `undefined` where there is none. */
  readonly fallback: T | DerivedDefault<T>;
  readonly meaning: string;
  /** The field of the YAML files that sets this value for one symbol. */
  readonly perSymbol?: Field;
}

/** Marks a variable without a default; its value is `undefined` unless it is set. */
export const NONE = undefined;

/** A row: how it is parsed, its default, its meaning. */
export function variable<
  T,
  D extends NoInfer<T> | DerivedDefault<NoInfer<T>> | undefined,
  Field extends string = never,
>(
  parser: ValueParser<T>,
  fallback: D,
  meaning: string,
  options: { readonly perSymbol?: Field } = {},
): Variable<D extends undefined ? T | undefined : T, Field> {
  const row = { parser, fallback, meaning, ...options };
  return row as unknown as Variable<D extends undefined ? T | undefined : T, Field>;
}

/** A group of rows under one heading of the page. */
export interface Section<Rows> {
  readonly title: string;
  readonly intro: string;
  readonly rows: Rows;
}

export function section<const Rows extends object>(title: string, intro: string, rows: Rows): Section<Rows> {
  return { title, intro, rows };
}

type Word<W extends string> = W extends `${infer Digit extends number}${infer Rest}`
  ? `${Digit}${Word<Rest>}`
  : Capitalize<Lowercase<W>>;
type Words<N extends string> = N extends `${infer First}_${infer Rest}` ? `${Word<First>}${Words<Rest>}` : Word<N>;

/** The property that holds a variable's value: `P33_POLL_SEC` → `p33PollSec`. */
export type PropertyOf<N extends string> = Uncapitalize<Words<N>>;

export function propertyOf<N extends string>(name: N): PropertyOf<N> {
  const camel = name.toLowerCase().replace(/_(\d*)([a-z]?)/g, (_, digits, letter) => digits + letter.toUpperCase());
  return camel as PropertyOf<N>;
}

/** The name of the variable that names a file holding this secret. */
export function fileVariable(name: string): string {
  return `${name}_FILE`;
}
