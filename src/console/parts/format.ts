/** What is shown of times and numbers. Amounts are texts on the wire, and stay texts: no float ever touches them. */

const two = (value: number): string => String(value).padStart(2, '0');

/** `15:04:05` today, `30 Nov 15:04:05` otherwise; by the clock and zone of the reader. */
export function localTime(atMs: number, nowMs: number): string {
  const at = new Date(atMs);
  const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  if (at.toDateString() === new Date(nowMs).toDateString()) return time;
  return `${at.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })} ${time}`;
}

/** The same without seconds. */
export const localMinute = (atMs: number, nowMs: number): string => localTime(atMs, nowMs).slice(0, -3);

/** `2026-11-30 15:04:05.123 UTC`. */
export const utcTime = (atMs: number): string => `${new Date(atMs).toISOString().slice(0, 23).replace('T', ' ')} UTC`;

export const isTime = (value: unknown): value is number =>
  typeof value === 'number' && value > 0 && !Number.isNaN(new Date(value).getTime());

/** `4 s`, `3 min`, `2 h`, `5 d`. */
export function lasting(ms: number): string {
  const sec = Math.max(0, Math.round(ms / 1_000));
  if (sec < 120) return `${sec} s`;
  if (sec < 7_200) return `${Math.floor(sec / 60)} min`;
  return sec < 172_800 ? `${Math.floor(sec / 3_600)} h` : `${Math.floor(sec / 86_400)} d`;
}

/** `1:05` until then; `0:00` when it has passed. */
export function countdown(ms: number): string {
  const sec = Math.max(0, Math.ceil(ms / 1_000));
  return `${Math.floor(sec / 60)}:${two(sec % 60)}`;
}

/** `12 345.678`: narrow spaces between thousands, and nothing else changed. A text that is no decimal stays as it is. */
export function amount(text: string | number | null | undefined): string {
  if (text === null || text === undefined || text === '') return '–';
  const match = /^([+-]?)(\d+)(\.\d+)?$/.exec(String(text));
  if (match === null) return String(text);
  const [, sign = '', whole = '', fraction = ''] = match;
  return `${sign === '-' ? '−' : ''}${whole.replace(/\B(?=(\d{3})+$)/g, '\u202f')}${fraction}`;
}

/** Of a bar, for drawing only: 0 to 1. */
export function shareOf(used: string, limit: string | null): number {
  const share = Number(used) / Number(limit ?? Number.NaN);
  return Number.isFinite(share) ? Math.min(1, Math.max(0, share)) : 0;
}

/** Named values, such as those of a permit or of a step. */
export type Fields = Readonly<Record<string, unknown>>;

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Any value as text, for the eye: never as markup. */
export const asText = (value: unknown): string =>
  typeof value === 'string' ? value : value === null || value === undefined ? '–' : JSON.stringify(value);
