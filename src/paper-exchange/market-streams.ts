import type { Exchange } from './exchange.js';
import type { Faults } from './faults.js';
import { premiumIndex } from './market-routes.js';
import type { Market } from './markets.js';
import type { UserStreams } from './user-streams.js';

/** Binance sends the first every three seconds and the second every second; here both come every second. */
const ALL = new Set(['!markPrice@arr', '!markPrice@arr@1s']);
const ONE = /^([^@!]+)@markPrice(@1s)?$/;

/** Public streams of mark prices: `<symbol>@markPrice` and `!markPrice@arr`, each with or without `@1s`. */
export class MarketStreams {
  constructor(
    private readonly exchange: Exchange,
    private readonly streams: UserStreams,
    private readonly faults: Faults,
  ) {}

  /** To every subscriber, unless a fault keeps the streams silent. */
  publish(): void {
    const { silent, lateMs } = this.faults.marketStreams(Date.now());
    if (silent) return;
    const { markets } = this.exchange;
    for (const stream of this.streams.wanted()) {
      const name = ONE.exec(stream)?.[1];
      const market = name === undefined ? undefined : markets.find(name.toUpperCase());
      if (market !== undefined) this.streams.publishMarket(stream, this.event(market, lateMs));
      if (ALL.has(stream)) {
        const events = [...markets.all()].map((each) => this.event(each, lateMs));
        this.streams.publishMarket(stream, events);
      }
    }
  }

  private event(market: Market, lateMs: number): Record<string, unknown> {
    const row = premiumIndex(this.exchange, market);
    return {
      e: 'markPriceUpdate',
      E: this.exchange.nowMs() - lateMs,
      s: row['symbol'],
      p: row['markPrice'],
      i: row['indexPrice'],
      P: row['estimatedSettlePrice'],
      r: row['lastFundingRate'],
      T: row['nextFundingTime'],
    };
  }
}
