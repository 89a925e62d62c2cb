import { printable } from '../../flow/0-outside-text.js';
import { text } from './reading.js';

const WORDS: Readonly<Record<string, string>> = {
  amt: 'amount',
  qty: 'quantity',
  usd: 'USD',
  diff: 'difference',
  exec: 'executions',
  pct: '%',
};

/** `exchange amount 0.062, tolerance 0.001` of the members of an object, those in it too; their names in words. */
export function figures(value: unknown): string {
  return parts(value, '').join(', ');
}

function parts(value: unknown, name: string): string[] {
  if (Array.isArray(value)) return [`${name} ${value.length === 0 ? 'none' : value.map(text).join(' and ')}`.trim()];
  if (value === null || typeof value !== 'object') return value === undefined ? [] : [`${name} ${text(value)}`.trim()];
  return Object.entries(value).flatMap(([member, each]) => parts(each, `${name} ${inWords(member)}`.trim()));
}

const inWords = (name: string): string =>
  printable(name)
    .split('_')
    .map((word) => WORDS[word] ?? word)
    .join(' ');
