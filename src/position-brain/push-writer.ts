import { Decimal, plain } from '../flow/0-decimal.js';
import type { MarketSymbol } from '../flow/0-primitives.js';
import type { ExchangePort } from '../exchange/exchange.port.js';
import type { OrderPush, PositionPush } from '../exchange/user-stream.port.js';
import type { LedgerStore } from '../redis/stores/ledger-store.js';
import type { PositionStore, SnapshotWrite } from '../redis/stores/position-store.js';
import type { RedisClock } from '../redis/connection/redis-clock.js';
import type { Logger } from '../telemetry/logger.js';
import type { LastReading, SnapshotReader } from './snapshot-reader.js';

/** Client order ids as this system derives them from plan, step and attempt; the plan id may be cut to 24 characters. */
const OWN_ORDER = /^pg-([A-Za-z0-9_-]{1,24})-\d{1,4}-\d{1,9}$/;
const ZERO = new Decimal(0);

export interface PushWriterParts {
  readonly exchange: Pick<ExchangePort, 'clock'>;
  readonly positions: Pick<PositionStore, 'recordSnapshot'>;
  readonly ledgers: Pick<LedgerStore, 'applyFill'>;
  readonly snapshots: Pick<SnapshotReader, 'last'>;
  readonly clock: Pick<RedisClock, 'nowMs'>;
  readonly logger: Logger;
  /** A price read longer ago than this is no price. */
  readonly staleThresholdMs: number;
}

/** The plan an order of this system belongs to; `undefined` for the orders of others. */
export function planOfOrder(clientOrderId: string): string | undefined {
  return OWN_ORDER.exec(clientOrderId)?.[1];
}

/** Pushes become snapshots and ledger steps. */
export class PushWriter {
  /** Snapshots written last that carry a price from an earlier read. */
  readonly #carried = new Map<MarketSymbol, SnapshotWrite>();
  readonly #latestMs = new Map<MarketSymbol, number>();

  constructor(private readonly parts: PushWriterParts) {}

  /**
   * Stores the pushed amount. Its time is when the change happened, never earlier than it really was: a read that began
   * before the change is thrown away, and a push that a later read has overtaken is. What a push does not tell is taken
   * from the last read: resting orders and leverage as they were (the whole amount counts as resting where nothing was
   * ever read), the mark price only while it is fresh.
   */
  async position(push: PositionPush): Promise<{ readonly tsMs: number; readonly outcome: 'recorded' | 'older' }> {
    const { symbol, amount, entryPrice, unrealizedPnl } = push;
    const last = this.parts.snapshots.last(symbol);
    const write: SnapshotWrite = {
      symbol,
      tsMs: this.#changedMs(push),
      amount,
      entryPrice,
      markPrice: this.#freshPrice(last),
      unrealizedPnl,
      leverage: last?.leverage ?? '0',
      source: 'push',
      restingReduceQty: last?.restingReduceQty ?? amount.abs(),
    };
    const outcome = await this.parts.positions.recordSnapshot(write);
    if (outcome === 'recorded' && write.markPrice.gt(0)) this.#carried.set(symbol, write);
    return { tsMs: write.tsMs, outcome };
  }

  /**
   * Counts what filled of an order of ours; by client order id, as results do, so that it counts once. It does not end the
   * in-flight guard: that the attempt is over only its result can say.
   */
  async order(push: OrderPush): Promise<void> {
    const planId = planOfOrder(push.clientOrderId);
    if (planId === undefined || !push.executedQty.gt(0)) return;
    const { symbol, clientOrderId, orderId, side, executedQty } = push;
    const outcome = await this.parts.ledgers.applyFill(
      { symbol, planId, attempt: undefined, orderId, entryId: '' },
      { identity: clientOrderId, side, executedQty, timeMs: this.#redisTimeOf(push.timeMs, 0) },
    );
    if (outcome.kind !== 'applied') return;
    this.parts.logger.info(
      { symbol, plan_id: planId, client_order_id: clientOrderId, side, executed_qty: plain(executedQty) },
      `ledger of ${symbol} is ${plain(outcome.amount)} (told by the stream)`,
    );
  }

  /**
   * Takes the price out of pushed snapshots that no read has replaced before it went stale: pushes alone must not make an
   * old price look fresh to those who compute with it.
   */
  async withdrawStalePrices(): Promise<void> {
    for (const [symbol, write] of this.#carried) {
      const last = this.parts.snapshots.last(symbol);
      const isReplaced = last !== undefined && last.tsMs >= write.tsMs;
      if (!isReplaced) {
        if (this.#freshPrice(last).gt(0)) continue;
        const outcome = await this.parts.positions.recordSnapshot({ ...write, markPrice: ZERO });
        if (outcome === 'recorded')
          this.parts.logger.warn(
            { symbol },
            `the mark price of ${symbol} is too old: its pushed snapshot has none now`,
          );
      }
      if (this.#carried.get(symbol) === write) this.#carried.delete(symbol);
    }
  }

  #freshPrice(last: LastReading | undefined): Decimal {
    const isFresh = last !== undefined && this.parts.clock.nowMs() - last.tsMs <= this.parts.staleThresholdMs;
    return isFresh ? last.markPrice : ZERO;
  }

  /** Pushes of a symbol come in their order; a clock read anew between two of them must not turn it round. */
  #changedMs({ symbol, transactionTimeMs }: PositionPush): number {
    const tsMs = this.#redisTimeOf(transactionTimeMs, this.parts.exchange.clock().uncertaintyMs);
    const latestMs = Math.max(tsMs, this.#latestMs.get(symbol) ?? 0);
    this.#latestMs.set(symbol, latestMs);
    return latestMs;
  }

  /** The exchange's time on Redis' clock, `slackMs` later and never later than now: both are known by their distance to this host's. */
  #redisTimeOf(exchangeTimeMs: number, slackMs: number): number {
    const nowMs = this.parts.clock.nowMs();
    const agoMs = Date.now() + this.parts.exchange.clock().offsetMs - exchangeTimeMs;
    return Math.min(nowMs, Math.round(nowMs - agoMs + slackMs));
  }
}
