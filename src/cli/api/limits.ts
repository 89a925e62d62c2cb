import { parseDecimal, toPlainString } from '../../flow/0-decimal.js';
import { colour, table, wrapped } from '../terminal.js';
import type { Answer } from './client.js';
import { number, object, objects, text } from './reading.js';

/** From this share of a limit on, its line is yellow; where nothing is left it is red. */
const NEARLY = 0.8;
/** `--json` has all digits. */
const SHOWN_DIGITS = 8;
export const LIMIT_WORDS: Readonly<Record<string, string>> = {
  executions_per_hour: 'per hour',
  executions_per_5min: 'per 5 min',
  reduce_notional_per_day_usd: 'USD per day',
  reduce_qty_per_day: 'qty per day',
};

/** `GET /limits` as a table: one line per limit of a symbol that has one. */
export function limitsText(answer: Answer, symbol?: string): string {
  const nowMs = number(answer['at_ms']) ?? Number.NaN;
  const wanted = objects(answer['limits']).filter(
    (each) => symbol === undefined || each['symbol'] === symbol.toUpperCase(),
  );
  const rows = wanted.flatMap((each) =>
    Object.entries(LIMIT_WORDS).flatMap(([name, words]) => {
      const use = object(each[name]);
      if (typeof use['limit'] !== 'string') return [];
      const figures = ['used', 'reserved', 'left', 'limit'].map((part) => shownNumber(use[part]));
      const [used = '', reserved = '', left = '', limit = ''] = figures;
      const mark = heatColour(use);
      return [[text(each['symbol']), words, mark(used), reserved, mark(left), limit, freeAt(use, nowMs)]];
    }),
  );
  const faults = wanted.flatMap((each) =>
    typeof each['fault'] === 'string' ? wrapped(colour.red(`${text(each['symbol'])}: ${each['fault']}`)) : [],
  );
  const listed = table(['symbol', 'limit', 'used', 'reserved', 'left', 'of', 'free at UTC'], rows);
  return [...(rows.length === 0 ? [] : [listed]), ...faults].join('\n');
}

function shownNumber(value: unknown): string {
  const exact = parseDecimal(typeof value === 'string' ? value : '');
  return exact === undefined ? text(value) : toPlainString(exact.toSignificantDigits(SHOWN_DIGITS));
}

/** The symbols that the answer has. */
export const symbolsOf = (answer: Answer): string[] => objects(answer['limits']).map((each) => text(each['symbol']));

function heatColour(use: Answer): (text: string) => string {
  const [used, limit] = [use['used'], use['limit']].map((value) => parseDecimal(text(value)));
  if (use['left'] === '0') return colour.red;
  return used !== undefined && limit !== undefined && used.gte(limit.mul(NEARLY)) ? colour.yellow : String;
}

/** `15:10:00`, with the day where it is another; all times of this program are UTC. */
export function freeAt(use: Answer, nowMs: number): string {
  const atMs = number(use['free_at_ms']);
  if (atMs === undefined) return '–';
  const [date = '', time = ''] = new Date(atMs).toISOString().slice(0, 19).split('T');
  return date === new Date(nowMs).toISOString().slice(0, 10) ? time : `${date.slice(5)} ${time.slice(0, 5)}`;
}
