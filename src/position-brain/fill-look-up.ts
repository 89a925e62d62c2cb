import { Inject, Injectable } from '@nestjs/common';
import { toPlainString } from '../flow/0-decimal.js';
import { parseMarketSymbol } from '../flow/0-primitives.js';
import { countedUnder } from '../flow/6-ledger.js';
import { EXCHANGE, type ExchangePort } from '../exchange/exchange.port.js';
import { isFinal } from '../exchange/order-status.js';
import { redisTimeOf } from '../exchange/exchange-time.js';
import { RedisClock } from '../redis/connection/redis-clock.js';
import { FILL_MEMORY_MS, LedgerStore } from '../redis/stores/ledger-store.js';
import { type UnknownFill, UnknownFills } from '../redis/stores/unknown-fills.js';
import { type Logger, ROLE_LOGGER } from '../telemetry/logger.js';
import { SnapshotReader } from './snapshot-reader.js';

/** Orders looked up in one cycle: each costs request weight that orders need too. */
const ASKED_A_CYCLE = 10;
/** An exchange shows a new order after seconds; one that it does not show after this is asked about seldom. */
const YOUNG_MS = 60_000;
const SELDOM_MS = 60_000;

/** Looks up, at the exchange, how much of an order filled whose result does not say it; then the ledger counts it. */
@Injectable()
export class FillLookUp {
  /** Redis' clock. */
  readonly #askedMs = new Map<string, number>();
  #running: Promise<void> | undefined;

  constructor(
    @Inject(EXCHANGE) private readonly exchange: ExchangePort,
    private readonly fills: UnknownFills,
    private readonly ledgers: LedgerStore,
    private readonly snapshots: SnapshotReader,
    private readonly clock: RedisClock,
    @Inject(ROLE_LOGGER) private readonly logger: Logger,
  ) {}

  /** Keeps the fill until it is looked up; the first look is now. */
  async add(fill: UnknownFill): Promise<void> {
    await this.fills.add(fill);
    this.look().catch((error: unknown) => this.logger.warn({ err: error }, 'fills could not be looked up yet'));
  }

  /** One look at what is due. Call in each cycle. */
  look(): Promise<void> {
    this.#running ??= this.#look().finally(() => (this.#running = undefined));
    return this.#running;
  }

  async #look(): Promise<void> {
    if (!this.exchange.hasCredentials) return;
    const nowMs = this.clock.nowMs();
    const all = await this.fills.all();
    const due = all.filter((fill) => this.#isDue(fill, nowMs));
    for (const fill of due.slice(0, ASKED_A_CYCLE)) {
      this.#askedMs.set(fill.identity, nowMs);
      try {
        await this.#ask(fill, nowMs);
      } catch (error) {
        this.logger.warn(
          { err: error, symbol: fill.symbol, order_id: fill.orderId },
          `the fill of order ${fill.orderId} could not be looked up yet`,
        );
      }
    }
  }

  #isDue({ identity, timeMs }: UnknownFill, nowMs: number): boolean {
    return nowMs - timeMs < YOUNG_MS || nowMs - (this.#askedMs.get(identity) ?? -Infinity) >= SELDOM_MS;
  }

  async #ask(fill: UnknownFill, nowMs: number): Promise<void> {
    const { symbol, planId, attempt, orderId } = fill;
    const market = parseMarketSymbol(symbol);
    if (market === undefined || nowMs - fill.timeMs > FILL_MEMORY_MS) {
      this.logger.error(
        { plan_id: planId, symbol, order_id: orderId },
        `the exchange does not show order ${orderId}: what filled of it stays unknown. Reconcile ${symbol}`,
      );
      await this.#done(fill);
      return;
    }
    const found = await this.exchange.findOrderById(market, orderId);
    if (found.kind === 'not_found') return;
    const { clientOrderId, side, executedQty, status, updateTimeMs } = found.order;
    const identity = countedUnder(clientOrderId, orderId);
    if (executedQty.gt(0)) {
      const outcome = await this.ledgers.applyFill(
        { symbol, planId, attempt, orderId, entryId: '' },
        { identity, side, executedQty, timeMs: this.#redisTimeOf(updateTimeMs, fill.timeMs), clockStepsMs: 'unknown' },
      );
      if (outcome.kind === 'applied') this.snapshots.afterFill(symbol, fill.timeMs);
    }
    if (!isFinal(status)) return;
    await this.#done(fill);
    this.logger.info(
      { plan_id: planId, symbol, order_id: orderId, side, executed_qty: toPlainString(executedQty), status },
      `order ${orderId} was looked up: ${status}, executed ${toPlainString(executedQty)}`,
    );
  }

  async #done(fill: UnknownFill): Promise<void> {
    await this.fills.remove(fill);
    this.#askedMs.delete(fill.identity);
  }

  /** When the order last changed, by Redis' clock; never later than its result said it had filled. */
  #redisTimeOf(exchangeTimeMs: number, latestMs: number): number {
    if (exchangeTimeMs <= 0) return latestMs;
    return Math.min(latestMs, Math.round(redisTimeOf(this.exchange, this.clock.nowMs(), exchangeTimeMs)));
  }
}
