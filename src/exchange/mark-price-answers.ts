import type { Decimal } from '../flow/0-decimal.js';
import type { MarketSymbol } from '../flow/0-primitives.js';
import { readDecimal, readTime } from './answer-fields.js';
import { readSymbolRows } from './answer-rows.js';
import { isRecord, type JsonRecord, parseExactJson } from './exchange-answer.js';

/** A mark price and when the exchange published it (exchange's clock, epoch ms; 0 when it does not say). */
export interface PublishedPrice {
  readonly price: Decimal;
  readonly timeMs: number;
}

type Prices = ReadonlyMap<MarketSymbol, PublishedPrice>;

/** Mark prices by symbol from a `premiumIndex` answer for one symbol or all; rows without a price above zero are left out. */
export function readMarkPrices(answer: unknown): Prices {
  return readPrices(Array.isArray(answer) ? answer : [answer], 'premiumIndex', 'markPrice', 'time');
}

/** The same, of these symbols, from a message of the stream: `markPriceUpdate` events, bare or wrapped with the stream's name. */
export function readMarkPriceMessage(text: string, symbols: ReadonlySet<string>): Prices {
  const message = parseExactJson(text);
  const events: unknown = isRecord(message) && 'stream' in message ? message.data : message;
  const rows: JsonRecord[] = [];
  for (const event of Array.isArray(events) ? (events as unknown[]) : [events]) {
    // The stream has hundreds of symbols each second: those of no interest are not read.
    if (isRecord(event) && event.e === 'markPriceUpdate' && typeof event.s === 'string' && symbols.has(event.s))
      rows.push({ ...event, symbol: event.s });
  }
  return readPrices(rows, 'markPriceUpdate', 'p', 'E');
}

function readPrices(rows: readonly unknown[], place: string, price: string, time: string): Prices {
  const { read } = readSymbolRows(rows, place, (row) => {
    const published = { price: readDecimal(row, price, `${place}[]`), timeMs: readTime(row, time, `${place}[]`) };
    return published.price.gt(0) ? published : undefined;
  });
  return new Map([...read].flatMap(([symbol, [first]]) => (first === undefined ? [] : [[symbol, first] as const])));
}
