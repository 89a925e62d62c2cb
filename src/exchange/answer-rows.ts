import { type MarketSymbol, parseMarketSymbol } from '../flow/0-primitives.js';
import { ExchangeUnavailable } from './exchange.port.js';
import { isRecord, type JsonRecord } from './exchange-answer.js';
import { malformed, readList } from './answer-fields.js';

/**
 * An answer with rows about many symbols. A row that cannot be read says nothing about its own symbol, and leaves the
 * others as they are: what the exchange writes about a market of no interest must not stop ours.
 */
export interface SymbolRows<T> {
  readonly read: ReadonlyMap<MarketSymbol, readonly T[]>;
  /** Why the rows of a symbol cannot be read; such a symbol has none in {@link read}. */
  readonly faults: ReadonlyMap<MarketSymbol, string>;
  /** Why a row cannot be read that does not say its symbol: it may be anybody's. */
  readonly nameless: string | undefined;
}

/** Reads row by row; `reader` answers `undefined` for a row that says nothing. Throws where the answer is no list. */
export function readSymbolRows<T>(
  answer: unknown,
  place: string,
  reader: (row: JsonRecord, symbol: MarketSymbol) => T | undefined,
): SymbolRows<T> {
  const read = new Map<MarketSymbol, T[]>();
  const faults = new Map<MarketSymbol, string>();
  let nameless: string | undefined;
  for (const row of readList(answer, place)) {
    if (!isRecord(row) || typeof row.symbol !== 'string' || row.symbol === '') {
      nameless ??= malformed(`${place}[]`, 'a row with a symbol', row).message;
      continue;
    }
    // No symbol of ours is spelt in a way that this does not read.
    const symbol = parseMarketSymbol(row.symbol);
    if (symbol === undefined) continue;
    try {
      const value = reader(row, symbol);
      if (value !== undefined) read.set(symbol, [...(read.get(symbol) ?? []), value]);
    } catch (error) {
      if (!(error instanceof ExchangeUnavailable)) throw error;
      faults.set(symbol, error.message);
    }
  }
  for (const symbol of faults.keys()) read.delete(symbol);
  return { read, faults, nameless };
}

/** Why the answer does not say what is with this symbol; `undefined` where it does, by its rows or by having none. */
export function unreadableFor(rows: SymbolRows<unknown>, symbol: MarketSymbol): string | undefined {
  return rows.faults.get(symbol) ?? (rows.read.has(symbol) ? undefined : rows.nameless);
}
