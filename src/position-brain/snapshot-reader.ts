import { Inject, Injectable } from '@nestjs/common';
import { type Decimal, parseDecimal } from '../flow/0-decimal.js';
import type { MarketSymbol } from '../flow/0-primitives.js';
import {
  EXCHANGE,
  type ExchangePort,
  type MarketRules,
  type PositionReading,
  type PositionsReading,
  type RestingReading,
} from '../exchange/exchange.port.js';
import { CLOCKS_APART_MS, isAfterFill } from '../gates/position/in-flight.js';
import { PositionStore } from '../redis/stores/position-store.js';
import { RedisRefused } from '../redis/connection/redis.errors.js';
import { RedisClock } from '../redis/connection/redis-clock.js';
import { type Logger, ROLE_LOGGER } from '../telemetry/logger.js';
import { POSITION_SETTINGS, type PositionSettings } from './position-settings.js';
import { RestingOrders, restingQty } from './resting-orders.js';

export interface SnapshotRead {
  readonly symbol: MarketSymbol;
  readonly amount: Decimal;
  readonly tsMs: number;
}

/** The result of a read of one symbol, stored or older than the stored snapshot. */
export interface LastReading extends Omit<SnapshotRead, 'symbol'> {
  readonly markPrice: Decimal;
  readonly leverage: string;
  readonly restingReduceQty: Decimal;
  /** When the read began, by `performance.now()`. */
  readonly startedMs: number;
  /** When the mark price was read, by the same clock. */
  readonly pricedMs: number;
}

type Began = Pick<LastReading, 'tsMs' | 'startedMs'>;

/** At least this lies between two reads that nobody waits for. */
const REFRESH_SPACING_MS = 250;
/** A push of a fill comes within milliseconds; after this time the positions are read. */
const PUSH_WAIT_MS = 150;
/** Wait before the read after a fill, so that the read clearly began after the fill. */
const REFRESH_DELAY_MS = CLOCKS_APART_MS + 5;

/**
 * Reads all positions in one call for all symbols and stores them. One read at a time: whoever asks while one runs gets
 * that one. A snapshot's time is when its request started, by Redis' clock.
 */
@Injectable()
export class SnapshotReader {
  #current: Promise<readonly SnapshotRead[]> | undefined;
  #fault: string | undefined;
  #faults: ReadonlyMap<MarketSymbol, string> = new Map();
  readonly #ruleFaults = new Map<MarketSymbol, string>();
  #refreshing: { readonly timer: NodeJS.Timeout; readonly atMs: number } | undefined;
  #startedMs = -Infinity;
  /** The last fill of each symbol that no stored snapshot is known to include; Redis' clock. */
  readonly #fills = new Map<string, number>();
  readonly #last = new Map<MarketSymbol, LastReading>();
  readonly #rules = new Map<MarketSymbol, MarketRules>();

  constructor(
    @Inject(EXCHANGE) private readonly exchange: ExchangePort,
    private readonly store: PositionStore,
    private readonly resting: RestingOrders,
    private readonly clock: RedisClock,
    @Inject(POSITION_SETTINGS) private readonly settings: PositionSettings,
    @Inject(ROLE_LOGGER) private readonly logger: Logger,
  ) {}

  /** Why the last read has no data of this symbol; `undefined` while reads work. */
  faultOf(symbol: string): string | undefined {
    return this.#fault ?? this.#faults.get(symbol as MarketSymbol);
  }

  /** The symbols that the last read which worked says nothing of, and why: they are stopped, the others are not. */
  get stopped(): ReadonlyMap<string, string> {
    return new Map([...this.#ruleFaults, ...this.#faults]);
  }

  get hasFault(): boolean {
    return this.#fault !== undefined || this.#faults.size > 0;
  }

  /** Market rules read so far; never waits. */
  rules(symbol: MarketSymbol): MarketRules | undefined {
    return this.#rules.get(symbol);
  }

  /** The last good read of the symbol by this process. */
  last(symbol: MarketSymbol): LastReading | undefined {
    return this.#last.get(symbol);
  }

  /** Resolves with what was read and stored; nothing when the exchange could not be read (see {@link fault}). */
  read(): Promise<readonly SnapshotRead[]> {
    this.#current ??= this.#readOnce().finally(() => (this.#current = undefined));
    return this.#current;
  }

  /**
   * As {@link read}, for callers that do not wait for it: soon, but at least `spacingMs` after the read before, so that a
   * backlog of results or plans does not use up the request weight that orders need. It begins after this call. A failure is
   * logged and left to the next cycle.
   */
  refresh(spacingMs = REFRESH_SPACING_MS): void {
    const nowMs = performance.now();
    const atMs = Math.max(nowMs + REFRESH_DELAY_MS, this.#startedMs + spacingMs);
    if (this.#refreshing !== undefined && this.#refreshing.atMs <= atMs) return;
    clearTimeout(this.#refreshing?.timer);
    this.#refreshing = { atMs, timer: setTimeout(() => void this.#refreshNow(), atMs - nowMs).unref() };
  }

  /** Call when a fill was counted: reads the positions, unless a push has stored one of after the fill in a moment. */
  afterFill(symbol: string, filledMs: number): void {
    this.#fills.set(symbol, Math.max(filledMs, this.#fills.get(symbol) ?? 0));
    setTimeout(() => void this.#lookForFill(symbol), PUSH_WAIT_MS).unref();
  }

  stop(): void {
    clearTimeout(this.#refreshing?.timer);
    this.#refreshing = undefined;
    this.#fills.clear();
  }

  async #refreshNow(): Promise<void> {
    this.#refreshing = undefined;
    try {
      await this.#current?.catch(() => undefined);
      await this.read();
    } catch (error) {
      this.logger.warn({ err: error }, 'positions could not be read or stored');
    }
  }

  async #lookForFill(symbol: string): Promise<void> {
    const filledMs = this.#fills.get(symbol);
    if (filledMs === undefined) return;
    this.#fills.delete(symbol);
    try {
      const { snapshot, ledger } = await this.store.stored(symbol);
      const ledgerAmt = parseDecimal(ledger['last_known_amt'] ?? '');
      if (!isAfterFill(this.store.snapshotIn(snapshot), filledMs, ledgerAmt)) this.refresh();
    } catch (error) {
      this.logger.debug({ err: error, symbol }, 'whether a fill is in the snapshot is not known: the next cycle reads');
    }
  }

  async #readOnce(): Promise<readonly SnapshotRead[]> {
    const began = { tsMs: this.clock.nowMs(), startedMs: performance.now() };
    this.#startedMs = began.startedMs;
    let read: PositionsReading;
    let resting: RestingReading = { resting: new Map(), unreadable: new Map() };
    try {
      await this.readRules();
      // Without keys the rules are all that can be read; snapshots may still come from another Position Brain.
      if (!this.exchange.hasCredentials) return [];
      read = await this.exchange.positions(this.settings.symbols);
      const open = this.settings.symbols.filter((symbol) => read.positions.get(symbol)?.amount.isZero() === false);
      if (open.length > 0) resting = await this.resting.of(open);
    } catch (error) {
      this.#fault = error instanceof Error ? error.message : String(error);
      this.logger.warn({ err: error }, 'positions could not be read');
      return [];
    }
    this.#fault = undefined;
    const faults = new Map([...read.unreadable, ...resting.unreadable]);
    const readings = this.settings.symbols.flatMap((symbol) =>
      faults.has(symbol) ? [] : (read.positions.get(symbol) ?? []),
    );
    const stored = await Promise.all(
      readings.map((reading) =>
        this.#storeOrTell(reading, began, restingQty(resting.resting.get(reading.symbol)), faults),
      ),
    );
    this.#noteFaults(faults);
    return stored.flatMap((each) => each ?? []);
  }

  /** A snapshot that Redis refuses affects only its symbol; an unreachable Redis affects all. */
  async #storeOrTell(
    reading: PositionReading,
    began: Began,
    restingReduceQty: Decimal,
    faults: Map<MarketSymbol, string>,
  ): Promise<SnapshotRead | undefined> {
    try {
      return await this.#store(reading, began, restingReduceQty);
    } catch (error) {
      if (!(error instanceof RedisRefused)) throw error;
      faults.set(reading.symbol, error.message);
      return undefined;
    }
  }

  /** Each fault is logged when it comes, not at every read. */
  #noteFaults(faults: ReadonlyMap<MarketSymbol, string>): void {
    for (const [symbol, fault] of faults) {
      if (this.#faults.get(symbol) !== fault)
        this.logger.error(
          { symbol, fault },
          `the position of ${symbol} cannot be read or stored: it is stopped, the others go on`,
        );
    }
    for (const symbol of this.#faults.keys()) {
      if (!faults.has(symbol)) this.logger.warn({ symbol }, `the position of ${symbol} can be read again`);
    }
    this.#faults = faults;
  }

  async #store(reading: PositionReading, began: Began, restingReduceQty: Decimal): Promise<SnapshotRead | undefined> {
    const { tsMs } = began;
    const { symbol, amount, entryPrice, markPrice, markPriceAgeMs, unrealizedPnl, leverage } = reading;
    const pricedMs = began.startedMs - markPriceAgeMs;
    this.#last.set(symbol, { amount, markPrice, pricedMs, leverage, restingReduceQty, ...began });
    const write = {
      symbol,
      tsMs,
      amount,
      entryPrice,
      markPrice,
      unrealizedPnl,
      leverage,
      source: 'rest',
      restingReduceQty,
    };
    return (await this.store.recordSnapshot(write)) === 'recorded' ? { symbol, amount, tsMs } : undefined;
  }

  /** Cached by the adapter; a symbol whose rules cannot be read keeps none, and blocks alone. */
  async readRules(): Promise<void> {
    await Promise.all(
      this.settings.symbols.map(async (symbol) => {
        try {
          this.#rules.set(symbol, await this.exchange.rules(symbol));
          this.#ruleFaults.delete(symbol);
        } catch (error) {
          this.#rules.delete(symbol);
          this.#ruleFaults.set(symbol, error instanceof Error ? error.message : String(error));
          this.logger.warn({ err: error, symbol }, 'market rules could not be read');
        }
      }),
    );
  }
}
