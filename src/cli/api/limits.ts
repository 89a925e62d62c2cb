import { parseDecimal, toPlainString } from '../../flow/0-decimal.js';
import { colour, shortened, table, wrapped } from '../terminal.js';
import { ms, number, objects, type Schema, text } from './reading.js';

type Figures = [used: string, reserved: string, left: string, limit: string];

/** From this share of a limit on, its line is yellow; where nothing is left it is red. */
const NEARLY = 0.8;
const LONGEST_SYMBOL = 12;
/** `--json` has all digits. */
const SHOWN_DIGITS = 8;
export const LIMIT_WORDS = {
  executions_per_hour: 'per hour',
  executions_per_5min: 'per 5 min',
  reduce_notional_per_day_usd: 'USD per day',
  reduce_qty_per_day: 'qty per day',
} as const satisfies Partial<Record<keyof Schema<'SymbolLimitsAnswer'>, string>>;
const LIMITS = Object.keys(LIMIT_WORDS) as (keyof typeof LIMIT_WORDS)[];

/** `GET /limits` as a table: one line per limit of a symbol that has one. */
export function limitsText(answer: Schema<'LimitsAnswer'>, symbol?: string): string {
  const nowMs = ms(answer.at_ms);
  const wanted = objects(answer.limits).filter((each) => symbol === undefined || each.symbol === symbol.toUpperCase());
  const rows = wanted.flatMap((each) =>
    LIMITS.flatMap((name) => {
      const use = each[name];
      if (typeof use?.limit !== 'string') return [];
      const [used, reserved, left, limit] = [use.used, use.reserved, use.left, use.limit].map(shownNumber) as Figures;
      const mark = heatColour(use);
      return [
        [
          shortened(text(each.symbol), LONGEST_SYMBOL),
          LIMIT_WORDS[name],
          mark(used),
          reserved,
          mark(left),
          limit,
          freeAt(use, nowMs),
        ],
      ];
    }),
  );
  const faults = wanted.flatMap((each) =>
    typeof each.fault === 'string' ? wrapped(colour.red(`${text(each.symbol)}: ${each.fault}`)) : [],
  );
  const listed = table(['symbol', 'limit', 'used', 'reserved', 'left', 'of', 'free at UTC'], rows);
  return [...(rows.length === 0 ? [] : [listed]), ...faults].join('\n');
}

function shownNumber(value: unknown): string {
  const exact = parseDecimal(typeof value === 'string' ? value : '');
  return exact === undefined ? text(value) : toPlainString(exact.toSignificantDigits(SHOWN_DIGITS));
}

/** The symbols that the answer has. */
export const symbolsOf = (answer: Schema<'LimitsAnswer'>): string[] =>
  objects(answer.limits).map((each) => text(each.symbol));

function heatColour(use: Schema<'LimitAnswer'>): (text: string) => string {
  const [used, limit] = [use.used, use.limit].map((value) => parseDecimal(text(value)));
  if (use.left === '0') return colour.red;
  return used !== undefined && limit !== undefined && used.gte(limit.mul(NEARLY)) ? colour.yellow : String;
}

/** `15:10:00`, with the day where it is another; all times of this program are UTC. */
export function freeAt(use: { readonly free_at_ms?: number | null | undefined }, nowMs: number): string {
  const atMs = number(use.free_at_ms);
  if (atMs === undefined) return '–';
  const [date = '', time = ''] = new Date(atMs).toISOString().slice(0, 19).split('T');
  return date === new Date(nowMs).toISOString().slice(0, 10) ? time : `${date.slice(5)} ${time.slice(0, 5)}`;
}
