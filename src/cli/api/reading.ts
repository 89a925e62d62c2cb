import type { components } from '../../client/api.generated.js';
import { printable } from '../../flow/0-outside-text.js';

/**
 * An answer as a command reads it. The program that gave it may be of another version, so any member may be missing: it is shown as
 * `–`, never guessed.
 */
export type Seen<T> = T extends readonly (infer Each)[]
  ? readonly Seen<Each>[]
  : T extends object
    ? { readonly [Name in keyof T]?: Seen<T[Name]> | undefined }
    : T;

/** An answer of the API by its name in docs/openapi.json, as a command reads it. */
export type Schema<Name extends keyof components['schemas']> = Seen<components['schemas'][Name]>;

const NONE = '–';

export function text(value: unknown): string {
  if (typeof value === 'string') return value === '' ? NONE : printable(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return value === null || value === undefined ? NONE : printable(JSON.stringify(value));
}

/** Members by names that the document does not know. */
export function object(value: unknown): Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : {};
}

/** The objects of a list; none where it is none. */
export function objects<T extends object>(value: readonly T[] | null | undefined): readonly T[] {
  return Array.isArray(value) ? value.map((each: unknown) => object(each) as T) : [];
}

/** `Array.isArray` loses what the list holds. */
export const isList = <T>(value: readonly T[] | null | undefined): value is readonly T[] => Array.isArray(value);

/** The texts of a list; none where it is none. */
export function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.map(text) : [];
}

/** `undefined` when it is not one. */
export function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** `NaN` when it is none: every age and difference of it is shown as `–`. */
export function ms(value: unknown): number {
  return number(value) ?? Number.NaN;
}

/** `a=1, b=x` of an object's members. */
export function members(value: unknown): string {
  return Object.entries(object(value))
    .map(([name, member]) => `${printable(name)}=${text(member)}`)
    .join(', ');
}
