import { setTimeout as sleep } from 'node:timers/promises';
import type { Decimal } from '../flow/0-decimal.js';
import type { MarketSymbol } from '../flow/0-primitives.js';
import { ExchangeCalls, type ExchangeCallsOptions } from './exchange-calls.js';
import { type PublishedPrice, readMarkPriceMessage, readMarkPrices } from './mark-price-answers.js';
import type { MarkPrice, MarkPriceListener, MarkPrices, MarkPriceSource } from './mark-prices.port.js';
import { StreamLoop } from './stream-loop.js';
import { StreamSocket, type StreamTimings } from './stream-socket.js';

export interface MarkPricesOptions extends Pick<ExchangeCallsOptions, 'restUrl' | 'addressLimits' | 'onRequest'> {
  /** Origin of the streams, such as `wss://fstream.binance.com`. */
  readonly wsUrl: string;
  readonly symbols: readonly MarketSymbol[];
  readonly listener: MarkPriceListener;
}

/** The exchange sends a message each second: one that is silent for longer is asked by REST, and its connection replaced. */
const SILENT_MS = 3_000;
const STREAM_TIMINGS: StreamTimings = {
  connectMs: 5_000,
  pingMs: 1_000,
  pongMs: 5_000,
  silenceMs: SILENT_MS,
  backOffFirstMs: 100,
  backOffMaxMs: 30_000,
};
const LOOK_MS = 500;
/** Between two questions by REST while the stream is silent; doubled after each that brought nothing. */
const ASK_MS = 5_000;
const ASK_MAX_MS = 30_000;
const READ_TIMEOUT_MS = 3_000;
const CLOCK_SYNC_MS = 180_000;
/** At the earliest, after a message whose time does not fit the clock. */
const CLOCK_DOUBT_MS = 5_000;
const FIRST_PRICES_MS = 500;
/** Below this number of symbols, one call per symbol weighs less than one call for all. */
const SINGLE = 10;

interface Held {
  readonly price: Decimal;
  /** When the exchange published it, by this process's monotonic clock. */
  readonly atMs: number;
}

/** Has no key; its calls, sockets and clock are its own, so that it neither slows nor reports for those that trade. */
export class ExchangeMarkPrices implements MarkPrices {
  readonly #calls: ExchangeCalls;
  readonly #symbols: ReadonlySet<MarketSymbol>;
  readonly #held = new Map<string, Held>();
  readonly #stream: StreamLoop;
  #watch: NodeJS.Timeout | undefined;
  #asking: Promise<unknown> | undefined;
  /** When a silent symbol is asked for again, and after how long. */
  readonly #asks = new Map<MarketSymbol, { readonly atMs: number; readonly everyMs: number }>();
  #syncAtMs = 0;
  #syncedMs = 0;
  #streamFault = 'not connected yet';
  #restFault = '';

  constructor(options: MarkPricesOptions) {
    const { wsUrl, listener } = options;
    this.#symbols = new Set(options.symbols);
    this.#calls = new ExchangeCalls({
      ...options,
      apiKey: undefined,
      apiSecret: undefined,
      recvWindowMs: READ_TIMEOUT_MS,
      orderTimeoutMs: READ_TIMEOUT_MS,
      readTimeoutMs: READ_TIMEOUT_MS,
    });
    this.#stream = new StreamLoop({
      timings: STREAM_TIMINGS,
      open: () =>
        new StreamSocket(`${wsUrl}/market/ws/!markPrice@arr@1s`, STREAM_TIMINGS, {
          opened: () => listener.connected(),
          // Only prices count: an open connection proves nothing.
          alive: () => undefined,
          message: (text) => this.#received(text),
        }),
      disconnected: ({ cause, detail }, retryInMs) => {
        this.#streamFault = `${cause}: ${detail}`;
        listener.disconnected(cause, detail, retryInMs);
      },
    });
  }

  async start(): Promise<void> {
    this.#stream.start();
    this.#watch ??= setInterval(() => this.#look(), LOOK_MS).unref();
    this.#look();
    await Promise.race([this.#asking, sleep(FIRST_PRICES_MS, undefined, { ref: false })]);
  }

  of(symbol: string): MarkPrice | undefined {
    const held = this.#held.get(symbol);
    return held && { price: held.price, ageMs: Math.max(0, performance.now() - held.atMs) };
  }

  source(): MarkPriceSource {
    return { streamFault: this.#streamFault, restFault: this.#restFault };
  }

  async stop(): Promise<void> {
    clearInterval(this.#watch);
    await this.#stream.stop();
    await this.#asking;
    await this.#calls.close();
  }

  #received(text: string | undefined): void {
    const prices: ReadonlyMap<MarketSymbol, PublishedPrice> =
      text === undefined ? new Map() : readMarkPriceMessage(text, this.#symbols);
    for (const [symbol, published] of prices) this.#take(symbol, published);
    for (const symbol of prices.keys()) if (this.#isFresh(symbol)) this.#asks.delete(symbol);
    this.#streamFault = prices.size > 0 ? '' : 'its messages have no price of these symbols';
  }

  /** A price counts from when it was published: a stream that lags behind brings old prices. An older one changes nothing. */
  #take(symbol: MarketSymbol, { price, timeMs }: PublishedPrice): void {
    const { clock } = this.#calls;
    const lateMs = clock.isSet ? clock.nowMs() - timeMs : 0;
    // Or the exchange's clock was set, and the estimate of it is wrong.
    if (!(Math.abs(lateMs) <= SILENT_MS)) this.#syncAtMs = Math.min(this.#syncAtMs, this.#syncedMs + CLOCK_DOUBT_MS);
    const atMs = performance.now() - Math.max(0, lateMs);
    const held = this.#held.get(symbol);
    if (held === undefined || atMs >= held.atMs) this.#held.set(symbol, { price, atMs });
  }

  #look(): void {
    if (this.#asking !== undefined) return;
    const nowMs = performance.now();
    const due = this.#silent().filter((symbol) => nowMs >= (this.#asks.get(symbol)?.atMs ?? 0));
    const tasks = [...(nowMs >= this.#syncAtMs ? [this.#sync()] : []), ...(due.length > 0 ? [this.#ask(due)] : [])];
    if (tasks.length > 0) this.#asking = Promise.all(tasks).finally(() => (this.#asking = undefined));
  }

  #isFresh(symbol: MarketSymbol): boolean {
    return (this.of(symbol)?.ageMs ?? Infinity) <= SILENT_MS;
  }

  #silent(): MarketSymbol[] {
    return [...this.#symbols].filter((symbol) => !this.#isFresh(symbol));
  }

  async #sync(): Promise<void> {
    this.#syncedMs = performance.now();
    this.#syncAtMs = this.#syncedMs + CLOCK_SYNC_MS;
    try {
      await this.#calls.syncClock();
    } catch (error) {
      this.#restFault = textOf(error);
      this.#syncAtMs = performance.now() + ASK_MAX_MS;
    }
  }

  async #ask(due: readonly MarketSymbol[]): Promise<void> {
    const queries = due.length < SINGLE ? due.map((symbol) => ({ symbol })) : [{}];
    const answers = await Promise.allSettled(
      queries.map(async (query) => {
        const prices = await this.#calls.read('markPrice', query, readMarkPrices);
        for (const [symbol, published] of prices) if (this.#symbols.has(symbol)) this.#take(symbol, published);
      }),
    );
    const failed = answers.find((answer) => answer.status === 'rejected');
    this.#restFault = failed === undefined ? '' : textOf(failed.reason);
    const silent = new Set(this.#silent());
    for (const symbol of due) {
      const lastMs = this.#asks.get(symbol)?.everyMs ?? ASK_MS;
      const everyMs = silent.has(symbol) ? Math.min(lastMs * 2, ASK_MAX_MS) : ASK_MS;
      this.#asks.set(symbol, { atMs: performance.now() + everyMs, everyMs });
    }
  }
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
