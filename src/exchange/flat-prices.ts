import { Decimal } from '../flow/0-decimal.js';
import type { MarketSymbol } from '../flow/0-primitives.js';
import { ExchangeUnavailable, type PositionReading } from './exchange.port.js';
import type { ExchangeCalls } from './exchange-calls.js';
import { type PublishedPrice, readMarkPrices } from './mark-price-answers.js';
import { flatPosition } from './position-answers.js';

/** Up to this many symbols, one call per symbol weighs less than one call for all. */
const SINGLE_PRICES = 5;
/** Nothing is closed at the price of a flat symbol: it is read this seldom. */
const KEEP_MS = 60_000;

interface Kept {
  readonly price: Decimal;
  /** By `performance.now()`. */
  readonly readMs: number;
}

/** The prices of symbols without a position: the answer about positions does not have them. */
export class FlatPrices {
  readonly #kept = new Map<MarketSymbol, Kept>();

  constructor(private readonly calls: Pick<ExchangeCalls, 'read'>) {}

  /** A missing price does not affect the position: it is 0 then. */
  async positions(symbols: readonly MarketSymbol[]): Promise<PositionReading[]> {
    const nowMs = performance.now();
    for (const [symbol, { readMs }] of this.#kept) if (nowMs - readMs >= KEEP_MS) this.#kept.delete(symbol);
    const due = symbols.filter((symbol) => !this.#kept.has(symbol));
    for (const [symbol, { price }] of await this.#read(due)) this.#kept.set(symbol, { price, readMs: nowMs });
    return symbols.map((symbol) => {
      const { price, readMs } = this.#kept.get(symbol) ?? { price: new Decimal(0), readMs: nowMs };
      return flatPosition(symbol, price, nowMs - readMs);
    });
  }

  async #read(symbols: readonly MarketSymbol[]): Promise<ReadonlyMap<MarketSymbol, PublishedPrice>> {
    if (symbols.length === 0) return new Map();
    const queries = symbols.length <= SINGLE_PRICES ? symbols.map((symbol) => ({ symbol })) : [{}];
    const pages = await Promise.all(queries.map((query) => this.#page(query)));
    return new Map(pages.flatMap((page) => [...page]));
  }

  async #page(query: { readonly symbol?: MarketSymbol }): Promise<ReadonlyMap<MarketSymbol, PublishedPrice>> {
    try {
      return await this.calls.read('markPrice', query, readMarkPrices);
    } catch (error) {
      if (error instanceof ExchangeUnavailable) return new Map();
      throw error;
    }
  }
}
