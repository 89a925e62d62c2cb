import type { MarketSymbol } from '../flow/0-primitives.js';
import { readList, readRecord } from './answer-fields.js';
import type { ExchangeCalls } from './exchange-calls.js';
import { ExchangeUnavailable, type SettledTrade, type TradeReport } from './exchange.port.js';
import { readClientOrderId, readClientOrderIds, readSettledTrades, readTrades } from './order-answers.js';

const ROWS_PER_PAGE = 1000;
/** The exchange looks back seven days; an earlier start is answered with the rows of that time's week only. */
const REACH_MS = 7 * 24 * 3_600_000 - 60_000;
/** Up to this many orders, one look-up per order weighs less than the list. */
const SINGLE_ORDERS = 5;
/** An account with more income rows than this says nothing about which symbols it has not traded. */
const MOST_INCOME_PAGES = 10;

/** What the account has done: its trades, the orders behind them, and the symbols that they were in. */
export class AccountHistory {
  constructor(private readonly calls: ExchangeCalls) {}

  async trades(symbol: MarketSymbol, sinceMs: number): Promise<readonly TradeReport[]> {
    return this.#between(symbol, await this.#reachable(sinceMs), undefined, readTrades);
  }

  async settledTrades(symbol: MarketSymbol, fromMs: number, untilMs: number): Promise<readonly SettledTrade[]> {
    await this.calls.ready();
    return this.#between(symbol, fromMs, untilMs, readSettledTrades);
  }

  /** A page that is full may lack either end, whatever the exchange begins with: its time is halved until none is. */
  async #between<T>(
    symbol: MarketSymbol,
    fromMs: number,
    untilMs: number | undefined,
    read: (json: unknown) => T[],
  ): Promise<T[]> {
    const end = untilMs === undefined ? {} : { endTime: untilMs - 1 };
    const page = await this.calls.read('trades', { symbol, startTime: fromMs, ...end, limit: ROWS_PER_PAGE }, read);
    if (page.length < ROWS_PER_PAGE) return page;
    const middleMs = Math.floor((fromMs + (untilMs ?? this.calls.clock.nowMs())) / 2);
    if (middleMs <= fromMs)
      throw new ExchangeUnavailable(`${symbol} has more than ${ROWS_PER_PAGE} trades in one millisecond`);
    return [
      ...(await this.#between(symbol, fromMs, middleMs, read)),
      ...(await this.#between(symbol, middleMs, untilMs, read)),
    ];
  }

  clientOrderId(symbol: MarketSymbol, orderId: string): Promise<string | undefined> {
    return this.calls.find('findOrder', { symbol, orderId }, (json) => readClientOrderId(json, symbol, orderId));
  }

  /** By one list where there are several orders, and by look-ups of those that it does not show. */
  async clientOrderIds(
    symbol: MarketSymbol,
    orderIds: ReadonlySet<string>,
    sinceMs: number,
  ): Promise<ReadonlyMap<string, string>> {
    const names = new Map<string, string>();
    if (orderIds.size > SINGLE_ORDERS) {
      const query = { symbol, startTime: await this.#reachable(sinceMs), limit: ROWS_PER_PAGE };
      const listed = await this.calls.read('orders', query, (json) => readClientOrderIds(json, symbol));
      for (const [orderId, name] of listed) if (orderIds.has(orderId)) names.set(orderId, name);
    }
    for (const orderId of orderIds) {
      const name = names.get(orderId) ?? (await this.clientOrderId(symbol, orderId));
      if (name !== undefined) names.set(orderId, name);
    }
    return names;
  }

  /** Every row that names a trade names its symbol, whatever kind of income it is: fees may be 0, and so may profits. */
  async tradedSymbols(sinceMs: number, untilMs?: number): Promise<ReadonlySet<string>> {
    const symbols = new Set<string>();
    const reachable = await this.#reachable(sinceMs);
    const startTime = untilMs === undefined ? reachable : sinceMs;
    const end = untilMs === undefined ? {} : { endTime: untilMs - 1 };
    for (let page = 1; page <= MOST_INCOME_PAGES; page += 1) {
      const query = { startTime, ...end, limit: ROWS_PER_PAGE, page };
      const rows = await this.calls.read('income', query, (json) =>
        readList(json, 'income').map((row) => readRecord(row, 'income[]')),
      );
      for (const { symbol, tradeId } of rows)
        if (typeof symbol === 'string' && symbol !== '' && tradeId !== undefined && tradeId !== '') symbols.add(symbol);
      if (rows.length < ROWS_PER_PAGE) return symbols;
    }
    throw new ExchangeUnavailable(
      `the income list of the account has more than ${MOST_INCOME_PAGES * ROWS_PER_PAGE} rows since ${new Date(startTime).toISOString()}`,
    );
  }

  async #reachable(sinceMs: number): Promise<number> {
    await this.calls.ready();
    return Math.floor(Math.max(sinceMs, this.calls.clock.nowMs() - REACH_MS));
  }
}
