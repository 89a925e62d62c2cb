import { InvalidArgumentError } from 'commander';

/** The help of an option that takes a time. */
export const TIME_WORDS = 'ISO time, epoch ms, or how long ago: 90s, 15m, 2h, 3d';

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const MOST_LISTED = 500;

/** A time that was given to an option, as epoch ms for the API. */
export function timeOf(value: string): string {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(value) ?? [];
  const backMs = Number(count) * (UNIT_MS[unit ?? ''] ?? Number.NaN);
  if (!Number.isNaN(backMs)) return String(Math.max(0, Date.now() - backMs));
  if (/^\d{1,15}$/.test(value)) return value;
  const ms = /^\d{4}-\d\d-\d\d/.test(value) ? Date.parse(value) : Number.NaN;
  if (!Number.isNaN(ms)) return String(ms);
  throw new InvalidArgumentError(`Needed: ${TIME_WORDS}.`);
}

/** How many lines of a list. */
export function limitOf(value: string): number {
  const count = Number(value);
  if (/^\d{1,3}$/.test(value) && count >= 1 && count <= MOST_LISTED) return count;
  throw new InvalidArgumentError(`A number from 1 to ${MOST_LISTED} is needed.`);
}

/** Without what was not given. */
export function given<T extends object>(values: T): { [Name in keyof T]?: Exclude<T[Name], undefined> } {
  const known = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known) as { [Name in keyof T]?: Exclude<T[Name], undefined> };
}
