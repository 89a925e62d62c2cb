import type { Decimal } from '../flow/0-decimal.js';
import type { MarketSymbol } from '../flow/0-primitives.js';

/** A push comes within milliseconds of the change. After this time it will not come. */
const PATIENCE_MS = 2_000;

interface Known {
  readonly amount: Decimal;
  readonly asOfMs: number;
}

/**
 * Detects a stream that does not deliver events. Every read is compared with the last known amount: a change without a push shows
 * that the stream is broken, even if it answers pings. Times are this process' monotonic clock: Redis' clock may be set.
 */
export class MissedChanges {
  #liveSinceMs = Infinity;
  readonly #known = new Map<MarketSymbol, Known>();
  readonly #undeliveredSinceMs = new Map<MarketSymbol, number>();

  connected(nowMs: number): void {
    this.#liveSinceMs = nowMs;
    this.#undeliveredSinceMs.clear();
  }

  disconnected(): void {
    this.#liveSinceMs = Infinity;
    this.#undeliveredSinceMs.clear();
  }

  pushed(symbol: MarketSymbol, amount: Decimal, asOfMs: number): void {
    this.#known.set(symbol, { amount, asOfMs });
    this.#undeliveredSinceMs.delete(symbol);
  }

  /** `asOfMs` is when the read began. */
  read(symbol: MarketSymbol, amount: Decimal, asOfMs: number, nowMs: number): void {
    const known = this.#known.get(symbol);
    if (known !== undefined && known.asOfMs >= asOfMs) return;
    this.#known.set(symbol, { amount, asOfMs });
    // A change from before the stream was open may legitimately have no push.
    const hadToBeTold = known !== undefined && known.asOfMs >= this.#liveSinceMs && !known.amount.eq(amount);
    if (hadToBeTold && !this.#undeliveredSinceMs.has(symbol)) this.#undeliveredSinceMs.set(symbol, nowMs);
  }

  /** The symbols whose change was not pushed in time; each is returned once. */
  overdue(nowMs: number): MarketSymbol[] {
    const overdue = [...this.#undeliveredSinceMs]
      .filter(([, sinceMs]) => nowMs - sinceMs > PATIENCE_MS)
      .map(([s]) => s);
    for (const symbol of overdue) this.#undeliveredSinceMs.delete(symbol);
    return overdue;
  }
}
