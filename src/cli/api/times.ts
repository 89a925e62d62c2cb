import { number } from './reading.js';

/** The longest time that a date can have. */
const MOST_MS = 8.64e15;

const isTime = (ms: number | undefined): ms is number => ms !== undefined && Math.abs(ms) <= MOST_MS;

/** In UTC, as ISO 8601; `–` for none. */
export function instant(value: unknown): string {
  const atMs = number(value);
  return isTime(atMs) ? new Date(atMs).toISOString() : '–';
}

const two = (value: number): string => String(value).padStart(2, '0');

/** `20:15:03.250` by the clock of this machine. */
export function localTime(atMs: number): string {
  if (!isTime(atMs)) return '–';
  const at = new Date(atMs);
  const ms = String(at.getMilliseconds()).padStart(3, '0');
  return `${[at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':')}.${ms}`;
}

/** `2026-11-30 UTC+01:00`: the day by the clock of this machine, and how far that is from UTC. */
export function localDay(atMs: number): string {
  if (!isTime(atMs)) return '–';
  const at = new Date(atMs);
  const minutes = -at.getTimezoneOffset();
  const offset = `${minutes < 0 ? '-' : '+'}${two(Math.floor(Math.abs(minutes) / 60))}:${two(Math.abs(minutes) % 60)}`;
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} UTC${offset}`;
}
