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
import { isAfterFill } from '../gates/position/in-flight.js';
import { PositionStore, type SnapshotWrite } from '../redis/stores/position-store.js';
import { RedisRefused } from '../redis/connection/redis.errors.js';
import { RedisClock } from '../redis/connection/redis-clock.js';
import { type Logger, ROLE_LOGGER } from '../telemetry/logger.js';
import { POSITION_SETTINGS, type PositionSettings } from './position-settings.js';
import { ReadSchedule } from './read-schedule.js';
import { RestingOrders, restingQty } from './resting-orders.js';

export interface SnapshotRead {
  readonly symbol: MarketSymbol;
  readonly amount: Decimal;
  readonly tsMs: number;
  /** The ledger that this system wrote is the same, and there is no hold. */
  readonly agrees: boolean;
}

/** The result of a read of one symbol, stored or older than the stored snapshot. */
export interface LastReading extends Pick<SnapshotRead, 'amount' | 'tsMs'> {
  readonly markPrice: Decimal;
  readonly leverage: string;
  readonly restingReduceQty: Decimal;
  /** When the read began, by `performance.now()`. */
  readonly startedMs: number;
  /** When the mark price was read, by the same clock. */
  readonly pricedMs: number;
}

type Began = Pick<LastReading, 'tsMs' | 'startedMs'>;

/** A push of a fill comes within milliseconds; after this time the positions are read. */
const PUSH_WAIT_MS = 150;

/**
 * Reads the positions of all symbols, or of some, in one call and stores them. One read at a time: whoever asks for all symbols while
 * such a read runs or waits gets that one. A snapshot's time is when its request started, by Redis' clock.
 */
@Injectable()
export class SnapshotReader {
  /** The newest read, begun or waiting for the one before. */
  #current: Promise<readonly SnapshotRead[]> = Promise.resolve([]);
  #isReading = false;
  /** The newest read of all symbols, while it lasts. */
  #all: Promise<readonly SnapshotRead[]> | undefined;
  #fault: string | undefined;
  #faults: ReadonlyMap<MarketSymbol, string> = new Map();
  readonly #ruleFaults = new Map<MarketSymbol, string>();
  readonly #schedule = new ReadSchedule((symbols) => void this.#scheduled(symbols));
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
    this.#all ??= this.#after(this.settings.symbols).finally(() => (this.#all = undefined));
    return this.#all;
  }

  /** As {@link read}, soon, for callers that do not wait for it. A failure is logged and left to the next cycle. */
  refresh(spacingMs?: number): void {
    this.#schedule.soon(undefined, spacingMs);
  }

  /** As {@link refresh}, of this symbol alone: without a stream, the open orders of all symbols weigh much more. */
  refreshOne(symbol: string): void {
    if (this.#isListed(symbol)) this.#schedule.soon([symbol]);
  }

  /** Call when a fill was counted: reads the position, unless a push has stored one of after the fill in a moment. */
  afterFill(symbol: string, filledMs: number): void {
    this.#fills.set(symbol, Math.max(filledMs, this.#fills.get(symbol) ?? 0));
    setTimeout(() => void this.#lookForFill(symbol), PUSH_WAIT_MS).unref();
  }

  stop(): void {
    this.#schedule.stop();
    this.#fills.clear();
  }

  #isListed(symbol: string): symbol is MarketSymbol {
    return this.settings.symbols.includes(symbol as MarketSymbol);
  }

  async #scheduled(symbols: readonly MarketSymbol[] | undefined): Promise<void> {
    try {
      // One that began earlier may be of before what this one is for.
      await this.#current.catch(() => undefined);
      await (symbols === undefined ? this.read() : this.#after(symbols));
    } catch (error) {
      this.logger.warn({ err: error }, 'positions could not be read or stored');
    }
  }

  /** One read at a time. With none before it, it begins at once: the schedule counts from there. */
  #after(symbols: readonly MarketSymbol[]): Promise<readonly SnapshotRead[]> {
    const before = this.#current.catch(() => undefined);
    const read = this.#isReading ? before.then(() => this.#readOnce(symbols)) : this.#readOnce(symbols);
    this.#isReading = true;
    const current: Promise<readonly SnapshotRead[]> = read.finally(() => {
      if (this.#current === current) this.#isReading = false;
    });
    this.#current = current;
    return current;
  }

  async #lookForFill(symbol: string): Promise<void> {
    const filledMs = this.#fills.get(symbol);
    if (filledMs === undefined) return;
    this.#fills.delete(symbol);
    try {
      const { snapshot, ledger } = await this.store.stored(symbol);
      const ledgerAmt = parseDecimal(ledger['last_known_amt'] ?? '');
      if (!isAfterFill(this.store.snapshotIn(snapshot), filledMs, ledgerAmt)) this.refreshOne(symbol);
    } catch (error) {
      this.logger.debug({ err: error, symbol }, 'whether a fill is in the snapshot is not known: the next cycle reads');
    }
  }

  async #readOnce(symbols: readonly MarketSymbol[]): Promise<readonly SnapshotRead[]> {
    const began = { tsMs: this.clock.nowMs(), startedMs: performance.now() };
    this.#schedule.started();
    let read: PositionsReading;
    let resting: RestingReading = { resting: new Map(), unreadable: new Map() };
    try {
      await this.readRules();
      // Without keys the rules are all that can be read; snapshots may still come from another Position Brain.
      if (!this.exchange.hasCredentials) return [];
      read = await this.exchange.positions(symbols);
      const open = symbols.filter((symbol) => read.positions.get(symbol)?.amount.isZero() === false);
      if (open.length > 0) resting = await this.resting.of(open);
    } catch (error) {
      this.#fault = error instanceof Error ? error.message : String(error);
      this.logger.warn({ err: error }, 'positions could not be read');
      return [];
    }
    this.#fault = undefined;
    const faults = new Map([...read.unreadable, ...resting.unreadable]);
    const readings = symbols.flatMap((symbol) => (faults.has(symbol) ? [] : (read.positions.get(symbol) ?? [])));
    const stored = await this.#store(readings, began, resting, faults);
    this.#noteFaults(symbols, faults);
    return stored;
  }

  /** A snapshot that Redis refuses affects only its symbol; an unreachable Redis affects all. */
  async #store(
    readings: readonly PositionReading[],
    began: Began,
    { resting }: RestingReading,
    faults: Map<MarketSymbol, string>,
  ): Promise<SnapshotRead[]> {
    const writes = readings.map((reading) => this.#writeOf(reading, began, restingQty(resting.get(reading.symbol))));
    const outcomes = await this.store.recordSnapshots(writes);
    return readings.flatMap(({ symbol, amount }, at) => {
      const outcome = outcomes[at];
      if (outcome instanceof RedisRefused) faults.set(symbol, outcome.message);
      if (outcome !== 'recorded' && outcome !== 'agreed') return [];
      return [{ symbol, amount, tsMs: began.tsMs, agrees: outcome === 'agreed' }];
    });
  }

  /** Each fault is logged when it comes, not at every read. */
  #noteFaults(read: readonly MarketSymbol[], faults: ReadonlyMap<MarketSymbol, string>): void {
    for (const [symbol, fault] of faults) {
      if (this.#faults.get(symbol) !== fault)
        this.logger.error(
          { symbol, fault },
          `the position of ${symbol} cannot be read or stored: it is stopped, the others go on`,
        );
    }
    const before = [...this.#faults].filter(([symbol]) => !read.includes(symbol));
    for (const symbol of read) {
      if (this.#faults.has(symbol) && !faults.has(symbol))
        this.logger.warn({ symbol }, `the position of ${symbol} can be read again`);
    }
    this.#faults = new Map([...before, ...faults]);
  }

  #writeOf(reading: PositionReading, began: Began, restingReduceQty: Decimal): SnapshotWrite {
    const { symbol, amount, entryPrice, markPrice, markPriceAgeMs, unrealizedPnl, leverage } = reading;
    const pricedMs = began.startedMs - markPriceAgeMs;
    this.#last.set(symbol, { amount, markPrice, pricedMs, leverage, restingReduceQty, ...began });
    const read = { symbol, amount, entryPrice, markPrice, unrealizedPnl, leverage, restingReduceQty };
    return { ...read, tsMs: began.tsMs, source: 'rest' };
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
