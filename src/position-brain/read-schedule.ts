import type { MarketSymbol } from '../flow/0-primitives.js';
import { CLOCKS_APART_MS } from '../gates/position/in-flight.js';

/** At least this lies between two reads that nobody waits for. */
const SPACING_MS = 250;
/** Wait before the read after a fill, so that the read clearly began after the fill. */
const DELAY_MS = CLOCKS_APART_MS + 5;

/** Reads that nobody waits for: soon, but spaced, so that a backlog of results or plans does not use up the request weight that orders need. */
export class ReadSchedule {
  #next: { readonly timer: NodeJS.Timeout; readonly atMs: number } | undefined;
  #startedMs = -Infinity;
  /** The symbols that are asked for; `undefined` for all of them. */
  #wanted: Set<MarketSymbol> | undefined = new Set();

  constructor(private readonly read: (symbols: readonly MarketSymbol[] | undefined) => void) {}

  /** Call when a read begins, of whatever. */
  started(): void {
    this.#startedMs = performance.now();
  }

  /** The read begins after this call, and at least `spacingMs` after the read before. Without symbols it is of all of them. */
  soon(symbols?: readonly MarketSymbol[], spacingMs = SPACING_MS): void {
    if (symbols === undefined) this.#wanted = undefined;
    else for (const symbol of symbols) this.#wanted?.add(symbol);
    const nowMs = performance.now();
    const atMs = Math.max(nowMs + DELAY_MS, this.#startedMs + spacingMs);
    if (this.#next !== undefined && this.#next.atMs <= atMs) return;
    clearTimeout(this.#next?.timer);
    this.#next = { atMs, timer: setTimeout(() => this.#now(), atMs - nowMs).unref() };
  }

  stop(): void {
    clearTimeout(this.#next?.timer);
    this.#next = undefined;
  }

  #now(): void {
    const wanted = this.#wanted;
    this.#next = undefined;
    this.#wanted = new Set();
    this.read(wanted && [...wanted]);
  }
}
