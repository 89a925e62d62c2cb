import type { Decimal } from '../flow/0-decimal.js';
import type { MarketSymbol } from '../flow/0-primitives.js';

/** A push comes within milliseconds of the change; one that is this late will not come. */
const PATIENCE_MS = 2_000;

interface Known {
  readonly amount: Decimal;
  readonly asOfMs: number;
}

/**
 * Whether the stream tells what happens. Every read is compared with what was known before it: a change that the stream
 * had to tell and did not tell shows that it is deaf, however well it answers pings. Times are Redis' clock.
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

  told(symbol: MarketSymbol, amount: Decimal, asOfMs: number): void {
    this.#known.set(symbol, { amount, asOfMs });
    this.#undeliveredSinceMs.delete(symbol);
  }

  /** `asOfMs` is when the read began. */
  read(symbol: MarketSymbol, amount: Decimal, asOfMs: number, nowMs: number): void {
    const known = this.#known.get(symbol);
    if (known !== undefined && known.asOfMs >= asOfMs) return;
    this.#known.set(symbol, { amount, asOfMs });
    // A change since a time at which the stream was not open yet may have gone by undelivered.
    const hadToBeTold = known !== undefined && known.asOfMs >= this.#liveSinceMs && !known.amount.eq(amount);
    if (hadToBeTold && !this.#undeliveredSinceMs.has(symbol)) this.#undeliveredSinceMs.set(symbol, nowMs);
  }

  /** The symbols whose change was not told in time; each is named once. */
  overdue(nowMs: number): MarketSymbol[] {
    const overdue = [...this.#undeliveredSinceMs]
      .filter(([, sinceMs]) => nowMs - sinceMs > PATIENCE_MS)
      .map(([s]) => s);
    for (const symbol of overdue) this.#undeliveredSinceMs.delete(symbol);
    return overdue;
  }
}
