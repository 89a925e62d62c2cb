import { printable } from '../../flow/0-outside-text.js';
import type { Answer } from './client.js';

/** Reads answers of another program. A missing field is shown as `–`, never guessed. */
const NONE = '–';

export function text(value: unknown): string {
  if (typeof value === 'string') return value === '' ? NONE : printable(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return value === null || value === undefined ? NONE : printable(JSON.stringify(value));
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
    .map(([name, member]) => `${printable(name)}=${text(member)}`)
    .join(', ');
}
