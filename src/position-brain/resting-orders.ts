import { Inject, Injectable } from '@nestjs/common';
import { Decimal } from '../flow/0-decimal.js';
import type { MarketSymbol } from '../flow/0-primitives.js';
import { EXCHANGE, type ExchangePort, type RestingReading, type RestingReduction } from '../exchange/exchange.port.js';
import type { OrderPush } from '../exchange/user-stream.port.js';

/** All open orders weigh 40: with a stream that reports them they are read this seldom. */
const READ_EVERY_MS = 120_000;
const OPEN: ReadonlySet<string> = new Set(['NEW', 'PARTIALLY_FILLED']);
const ZERO = new Decimal(0);

/**
 * The open orders that reduce a position. They are read once, and from then on the user-data stream reports each change. Without
 * a stream, and after a gap in it, they are read at every question. Times are this process' monotonic clock.
 */
@Injectable()
export class RestingOrders {
  /** By client order id, which is unique among open orders; only symbols that were read. */
  readonly #known = new Map<MarketSymbol, Map<string, RestingReduction>>();
  /** When the first of them was read. */
  #readMs = -Infinity;
  /** `undefined` while no stream reports changes. */
  #reportedSinceMs: number | undefined;
  /** The reports since a read began: its answer may be older than they are. */
  readonly #reports = new Set<OrderPush[]>();

  constructor(@Inject(EXCHANGE) private readonly exchange: Pick<ExchangePort, 'restingReductions'>) {}

  /** The stream reports every change from now on; what was known before may be old. */
  reported(): void {
    this.#reportedSinceMs = performance.now();
  }

  unreported(): void {
    this.#reportedSinceMs = undefined;
  }

  /** Call with every order that the stream reports, anybody's. */
  order(push: OrderPush): void {
    if (!push.reduceOnly || !push.rests) return;
    for (const reports of this.#reports) reports.push(push);
    this.#apply(push);
  }

  /** Throws as the reads of the exchange do. */
  async of(symbols: readonly MarketSymbol[]): Promise<RestingReading> {
    if (!this.#isCurrent()) this.#known.clear();
    const missing = symbols.filter((symbol) => !this.#known.has(symbol));
    const unreadable = missing.length > 0 ? await this.#read(missing) : new Map<MarketSymbol, string>();
    const known = symbols.flatMap((symbol) => {
      const orders = this.#known.get(symbol);
      return orders === undefined ? [] : [[symbol, [...orders.values()]] as const];
    });
    return { resting: new Map(known), unreadable };
  }

  /** What the open orders of the symbol still take away; `undefined` where that is not known without a read. */
  knownQty(symbol: MarketSymbol): Decimal | undefined {
    const orders = this.#isCurrent() ? this.#known.get(symbol) : undefined;
    return orders && restingQty([...orders.values()]);
  }

  #isCurrent(): boolean {
    const sinceMs = this.#reportedSinceMs;
    return sinceMs !== undefined && this.#readMs >= sinceMs && performance.now() - this.#readMs < READ_EVERY_MS;
  }

  async #read(symbols: readonly MarketSymbol[]): Promise<ReadonlyMap<MarketSymbol, string>> {
    const reports: OrderPush[] = [];
    this.#reports.add(reports);
    if (this.#known.size === 0) this.#readMs = performance.now();
    try {
      const { resting, unreadable } = await this.exchange.restingReductions(symbols);
      for (const [symbol, orders] of resting)
        this.#known.set(symbol, new Map(orders.map((order) => [order.clientOrderId, order])));
      for (const report of reports) this.#apply(report);
      return unreadable;
    } finally {
      this.#reports.delete(reports);
    }
  }

  #apply({ symbol, clientOrderId, side, status, quantity, executedQty }: OrderPush): void {
    const orders = this.#known.get(symbol);
    if (orders === undefined) return;
    const remainingQty = quantity.minus(executedQty);
    if (OPEN.has(status) && remainingQty.gt(0)) orders.set(clientOrderId, { clientOrderId, side, remainingQty });
    else orders.delete(clientOrderId);
  }
}

export function restingQty(orders: readonly RestingReduction[] | undefined): Decimal {
  return (orders ?? []).reduce((sum, order) => sum.plus(order.remainingQty), ZERO);
}
