import { Inject, Injectable } from '@nestjs/common';
import { Decimal, toPlainString } from '../flow/0-decimal.js';
import type { MarketSymbol } from '../flow/0-primitives.js';
import { planOfOrder } from '../flow/4-order.js';
import { explanationOf } from '../flow/6-explained.js';
import { EXCHANGE, type ExchangePort } from '../exchange/exchange.port.js';
import { redisTimeOf } from '../exchange/exchange-time.js';
import type { OrderPush, PositionPush } from '../exchange/user-stream.port.js';
import { LedgerStore } from '../redis/stores/ledger-store.js';
import { PositionStore, type SnapshotWrite } from '../redis/stores/position-store.js';
import { isWrongType } from '../redis/connection/redis.errors.js';
import { RedisClock } from '../redis/connection/redis-clock.js';
import { type Logger, ROLE_LOGGER } from '../telemetry/logger.js';
import { applyExplained } from './explained-fill.js';
import { POSITION_SETTINGS, type PositionSettings } from './position-settings.js';
import { RestingOrders } from './resting-orders.js';
import { type LastReading, SnapshotReader } from './snapshot-reader.js';

const ZERO = new Decimal(0);

export interface PushOutcome {
  readonly tsMs: number;
  readonly outcome: 'recorded' | 'older';
  /** Whether the snapshot has a price; the Governor denies without one. */
  readonly isPriced: boolean;
}

/** Writes pushes as snapshots and ledger steps. */
@Injectable()
export class PushWriter {
  /** Snapshots from pushes that contain a price from an earlier read. */
  readonly #carried = new Map<MarketSymbol, SnapshotWrite>();
  readonly #latestMs = new Map<MarketSymbol, number>();

  constructor(
    @Inject(EXCHANGE) private readonly exchange: Pick<ExchangePort, 'clock'>,
    @Inject(PositionStore) private readonly positions: Pick<PositionStore, 'recordSnapshot'>,
    @Inject(LedgerStore) private readonly ledgers: Pick<LedgerStore, 'applyFill'>,
    @Inject(SnapshotReader) private readonly snapshots: Pick<SnapshotReader, 'last'>,
    @Inject(RestingOrders) private readonly resting: Pick<RestingOrders, 'knownQty'>,
    @Inject(RedisClock) private readonly clock: Pick<RedisClock, 'nowMs'>,
    @Inject(POSITION_SETTINGS)
    private readonly settings: Pick<PositionSettings, 'staleThresholdSec' | 'declaredPrefixes'>,
    @Inject(ROLE_LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * Stores the pushed amount. Its time is when the change happened, never earlier than it really was: a read that began
   * before the change is thrown away, and a push that a later read has overtaken is. A push lacks some values: resting orders are
   * those that the stream reported (the whole amount counts as resting where nothing was ever read), leverage is that of the last
   * read, and so is the mark price while it is fresh.
   */
  async position(push: PositionPush): Promise<PushOutcome> {
    const { symbol, amount, entryPrice, unrealizedPnl } = push;
    const last = this.snapshots.last(symbol);
    const write: SnapshotWrite = {
      symbol,
      tsMs: this.#changedMs(push),
      amount,
      entryPrice,
      markPrice: this.#freshPrice(last),
      unrealizedPnl,
      leverage: last?.leverage ?? '0',
      source: 'push',
      restingReduceQty: this.resting.knownQty(symbol) ?? last?.restingReduceQty ?? amount.abs(),
    };
    const outcome = await this.positions.recordSnapshot(write);
    if (outcome === 'recorded' && write.markPrice.gt(0)) this.#carried.set(symbol, write);
    return { tsMs: write.tsMs, outcome, isPriced: write.markPrice.gt(0) };
  }

  /**
   * Counts what filled of an order of ours, or of one that is explained; ours by client order id, as results do, so that it
   * counts once. It does not end the in-flight guard: only the result can say that the attempt is over.
   */
  async order(push: OrderPush): Promise<void> {
    if (!push.executedQty.gt(0)) return;
    const planId = planOfOrder(push.clientOrderId);
    if (planId === undefined) return this.#explained(push);
    const { symbol, clientOrderId, orderId, side, executedQty } = push;
    const outcome = await this.ledgers.applyFill(
      { symbol, planId, attempt: undefined, orderId, entryId: '' },
      { identity: clientOrderId, side, executedQty, timeMs: this.#redisTimeOf(push.timeMs, 0) },
    );
    if (outcome.kind !== 'applied') return;
    this.logger.info(
      { symbol, plan_id: planId, client_order_id: clientOrderId, side, executed_qty: toPlainString(executedQty) },
      `ledger of ${symbol} is ${toPlainString(outcome.amount)} (told by the stream)`,
    );
  }

  async #explained(push: OrderPush): Promise<void> {
    const explanation = explanationOf(push.clientOrderId, this.settings.declaredPrefixes);
    if (explanation === undefined) return;
    const timeMs = this.#redisTimeOf(push.timeMs, 0);
    await applyExplained(this.ledgers, this.logger, explanation, { ...push, timeMs });
  }

  /**
   * Removes the price from pushed snapshots that no read has replaced before the price went stale. Otherwise pushes alone would make
   * an old price look fresh.
   */
  async withdrawStalePrices(): Promise<void> {
    for (const [symbol, write] of this.#carried) {
      const last = this.snapshots.last(symbol);
      // One from the time before Redis' clock was set back is too old for both issuers.
      const isReplaced = (last !== undefined && last.tsMs >= write.tsMs) || write.tsMs > this.clock.nowMs();
      if (!isReplaced) {
        if (this.#freshPrice(last).gt(0)) continue;
        const outcome = await this.#withdraw(write);
        if (outcome === 'recorded')
          this.logger.warn({ symbol }, `the mark price of ${symbol} is too old: its pushed snapshot has none now`);
      }
      if (this.#carried.get(symbol) === write) this.#carried.delete(symbol);
    }
  }

  /** A snapshot whose key has another type by now has no price to withdraw. */
  async #withdraw(write: SnapshotWrite): Promise<'recorded' | 'older'> {
    try {
      return await this.positions.recordSnapshot({ ...write, markPrice: ZERO });
    } catch (error) {
      if (isWrongType(error)) return 'older';
      throw error;
    }
  }

  #freshPrice(last: LastReading | undefined): Decimal {
    // An older price is not used.
    const staleMs = this.settings.staleThresholdSec * 1000;
    const isFresh = last !== undefined && performance.now() - last.pricedMs <= staleMs;
    return isFresh ? last.markPrice : ZERO;
  }

  /** Pushes of a symbol come in their order; a clock read anew between two of them must not turn it round. */
  #changedMs({ symbol, transactionTimeMs }: PositionPush): number {
    const tsMs = this.#redisTimeOf(transactionTimeMs, this.exchange.clock().uncertaintyMs);
    const beforeMs = this.#latestMs.get(symbol) ?? 0;
    // A time ahead is from before Redis' clock was set back.
    const latestMs = beforeMs > this.clock.nowMs() ? tsMs : Math.max(tsMs, beforeMs);
    this.#latestMs.set(symbol, latestMs);
    return latestMs;
  }

  /** The exchange's time on Redis' clock, `slackMs` later and never later than now: both are known by their distance to this host's. */
  #redisTimeOf(exchangeTimeMs: number, slackMs: number): number {
    const nowMs = this.clock.nowMs();
    return Math.min(nowMs, Math.round(redisTimeOf(this.exchange, nowMs, exchangeTimeMs) + slackMs));
  }
}
