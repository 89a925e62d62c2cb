import type { MarketSymbol } from '../flow/0-primitives.js';
import { ExchangeUnavailable, type MarketRules } from './exchange.port.js';
import { type MarketListing, marketRules, readListing, tradingStatus } from './market-rules.js';
import { DEFAULT_LIMITS, type ExchangeLimits } from './rate-budget.js';
import { isRecord } from './exchange-answer.js';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** A listing this young is what the exchange says now: refusals that come together ask for one read. */
const ANEW_MS = 2_000;

/** The exchange's markets, read at first need and again every hour. */
export class MarketBook {
  private listing: MarketListing | undefined;
  /** Cached rules of the listing: to compute them for each plan would be too slow. */
  private known = new Map<MarketSymbol, MarketRules>();
  private readAtMs = 0;
  private reading: Promise<MarketListing> | undefined;
  /** The exchange refused an order by rules that are not these; nothing goes by them until they were read again. */
  private readonly outdated = new Set<MarketSymbol>();

  constructor(
    private readonly fetchExchangeInfo: () => Promise<unknown>,
    private readonly onLimits: (limits: ExchangeLimits) => void,
    private readonly monotonicMs: () => number = () => performance.now(),
  ) {}

  /**
   * Rules of one symbol. Throws when they cannot be read; rules up to two hours old are used while a re-read fails. A
   * symbol that is not listed is looked for again at most once a minute.
   */
  async rules(symbol: MarketSymbol): Promise<MarketRules> {
    if (this.outdated.has(symbol)) return this.rulesAnew(symbol);
    const listing = await this.current();
    const unlisted = !listing.has(symbol) && this.ageMs() > MINUTE_MS;
    if (unlisted) return marketRules(await this.refresh(), symbol);
    const known = this.known.get(symbol);
    if (known !== undefined) return known;
    const rules = marketRules(listing, symbol);
    // Do not cache rules of a listing that has been replaced.
    if (listing === this.listing) this.known.set(symbol, rules);
    return rules;
  }

  /** The rules, as far as they are known without asking; `undefined` where they are not, or cannot be read. */
  knownRules(symbol: MarketSymbol): MarketRules | undefined {
    const known = this.known.get(symbol);
    if (this.outdated.has(symbol)) return undefined;
    if (known !== undefined || this.listing === undefined) return known;
    try {
      const rules = marketRules(this.listing, symbol);
      this.known.set(symbol, rules);
      return rules;
    } catch (error) {
      if (error instanceof ExchangeUnavailable) return undefined;
      throw error;
    }
  }

  /** As {@link rules}, from a listing read now: an order was refused by rules that are others than those. */
  async rulesAnew(symbol: MarketSymbol): Promise<MarketRules> {
    if (this.listing !== undefined && this.ageMs() <= ANEW_MS) return marketRules(this.listing, symbol);
    this.outdated.add(symbol);
    return marketRules(await this.refresh(), symbol);
  }

  /** The trading status, as far as it is known without asking. */
  status(symbol: MarketSymbol): string | undefined {
    return this.listing === undefined ? undefined : tradingStatus(this.listing, symbol);
  }

  /** Reads exchangeInfo again; simultaneous callers share one read. */
  refresh(): Promise<MarketListing> {
    this.reading ??= this.readAgain().finally(() => {
      this.reading = undefined;
    });
    return this.reading;
  }

  private async current(): Promise<MarketListing> {
    if (this.listing === undefined || this.ageMs() > 2 * HOUR_MS) return this.refresh();
    // In the background: no order waits for two megabytes. A failure shows in the health and is repeated at the next call.
    if (this.ageMs() > HOUR_MS) this.refresh().catch(() => undefined);
    return this.listing;
  }

  private async readAgain(): Promise<MarketListing> {
    const info = await this.fetchExchangeInfo();
    const listing = readListing(info);
    this.listing = listing;
    this.known = new Map();
    this.outdated.clear();
    this.readAtMs = this.monotonicMs();
    this.onLimits(exchangeLimits(info));
    return listing;
  }

  private ageMs(): number {
    return this.monotonicMs() - this.readAtMs;
  }
}

/** The rate limits that exchangeInfo names; production's where it names none. */
export function exchangeLimits(exchangeInfo: unknown): ExchangeLimits {
  const entries =
    isRecord(exchangeInfo) && Array.isArray(exchangeInfo.rateLimits) ? exchangeInfo.rateLimits.filter(isRecord) : [];
  const limitOf = (type: string, interval: string, count: number): number | undefined => {
    const found = entries.find((e) => e.rateLimitType === type && e.interval === interval && e.intervalNum === count);
    return typeof found?.limit === 'number' && found.limit > 0 ? found.limit : undefined;
  };
  return {
    weightPerMinute: limitOf('REQUEST_WEIGHT', 'MINUTE', 1) ?? DEFAULT_LIMITS.weightPerMinute,
    ordersPer10Sec: limitOf('ORDERS', 'SECOND', 10) ?? DEFAULT_LIMITS.ordersPer10Sec,
    ordersPerMinute: limitOf('ORDERS', 'MINUTE', 1) ?? DEFAULT_LIMITS.ordersPerMinute,
  };
}
