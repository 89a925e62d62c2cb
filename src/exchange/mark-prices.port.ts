import type { Decimal } from '../flow/0-decimal.js';
import type { StreamEnd } from './user-stream.port.js';

/** Nest token of the {@link MarkPrices}. */
export const MARK_PRICES = Symbol('MARK_PRICES');

/** A mark price as the exchange published it. */
export interface MarkPrice {
  readonly price: Decimal;
  /** Since the exchange published it. Never below zero. */
  readonly ageMs: number;
}

/** Where the prices come from at present, and what is wrong with it; `""` when nothing is. */
export interface MarkPriceSource {
  readonly streamFault: string;
  readonly restFault: string;
}

/** The listener. None of its calls may throw or block. */
export interface MarkPriceListener {
  connected(): void;
  /** The stream tries again by itself after `retryInMs`. */
  disconnected(cause: StreamEnd, detail: string, retryInMs: number): void;
}

/**
 * Mark prices from the exchange's public stream, without a key, held in memory. REST is asked where the stream is silent. It
 * never throws and never gives up; an old price stays, with its age.
 */
export interface MarkPrices {
  /** Resolves when the first prices are there, and at the latest after half a second. */
  start(): Promise<void>;
  of(symbol: string): MarkPrice | undefined;
  source(): MarkPriceSource;
  stop(): Promise<void>;
}
