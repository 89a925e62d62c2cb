import type { Answer } from './client.js';

/** Reads answers of another program. A missing field is shown as `–`, never guessed. */
const NONE = '–';

export function text(value: unknown): string {
  if (typeof value === 'string') return value === '' ? NONE : value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return value === null || value === undefined ? NONE : JSON.stringify(value);
}

export function object(value: unknown): Answer {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Answer) : {};
}

export function objects(value: unknown): readonly Answer[] {
  return Array.isArray(value) ? value.map(object) : [];
}

/** `undefined` when it is not one. */
export function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** `a=1, b=x` of an object's members. */
export function members(value: unknown): string {
  return Object.entries(object(value))
    .map(([name, member]) => `${name}=${text(member)}`)
    .join(', ');
}
