import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { toPlainString } from '../flow/0-decimal.js';
import type { MarketSymbol } from '../flow/0-primitives.js';
import { planOfOrder } from '../flow/4-order.js';
import { explanationOf } from '../flow/6-explained.js';
import { EXCHANGE, type ExchangePort } from '../exchange/exchange.port.js';
import type {
  AlgoPush,
  OrderPush,
  PositionPush,
  StreamEnd,
  UserEvent,
  UserStream,
  UserStreamListener,
} from '../exchange/user-stream.port.js';
import { RedisUnavailable } from '../redis/connection/redis.errors.js';
import { RedisClock } from '../redis/connection/redis-clock.js';
import { type Logger, ROLE_LOGGER } from '../telemetry/logger.js';
import { GateMetrics } from '../telemetry/metrics.js';
import { MissedChanges } from './missed-changes.js';
import { POSITION_SETTINGS, type PositionSettings } from './position-settings.js';
import { PushWriter } from './push-writer.js';
import { RestingOrders } from './resting-orders.js';
import { SnapshotReader } from './snapshot-reader.js';
import { StreamLife } from './stream-life.js';

/** Minimum time between two reads after pushes, so that many pushes do not use up the request weight. */
const READ_SPACING_MS = 1_000;
/** The same after pushes that lack nothing: the read only checks them. */
const COMPLETE_SPACING_MS = 5_000;
const REDIS_AGAIN_MS = 200;
/** How many orders of ours may have fills waiting for Redis; further fills are counted from their results. */
const MOST_ORDERS = 1_000;
/** After the first fault, further faults are logged together, at most this often. */
const FAULT_LOG_MS = 10_000;

/**
 * Stores what the user-data stream reports at once, and then starts a read for what it does not report. Without the stream the
 * system works from the snapshot cycle alone.
 */
@Injectable()
export class PushListener implements UserStreamListener {
  #stream: UserStream | undefined;
  readonly #missed = new MissedChanges();
  readonly #symbols: ReadonlySet<MarketSymbol>;
  readonly #declaredPrefixes: readonly string[];
  readonly #stopping = new AbortController();
  /** Only the latest of each, orders by the exchange's id: amounts and executed quantities are told whole every time. */
  readonly #positions = new Map<MarketSymbol, PositionPush>();
  readonly #orders = new Map<string, OrderPush>();
  #draining: Promise<void> | undefined;
  #faults = 0;
  #faultsToldMs = -Infinity;

  constructor(
    @Inject(EXCHANGE) private readonly exchange: ExchangePort,
    private readonly writer: PushWriter,
    private readonly snapshots: SnapshotReader,
    private readonly resting: RestingOrders,
    private readonly life: StreamLife,
    private readonly clock: RedisClock,
    @Inject(POSITION_SETTINGS) { symbols, declaredPrefixes }: Pick<PositionSettings, 'symbols' | 'declaredPrefixes'>,
    private readonly metrics: GateMetrics,
    @Inject(ROLE_LOGGER) private readonly logger: Logger,
  ) {
    this.#symbols = new Set(symbols);
    this.#declaredPrefixes = declaredPrefixes;
  }

  /** Listens from now on. */
  begin(): void {
    this.#stream ??= this.exchange.userStream(this);
    this.#stream.start();
  }

  /** Listens no more; what was received is still stored. May begin again. */
  async end(): Promise<void> {
    const stream = this.#stream;
    this.#stream = undefined;
    this.#silent();
    await stream?.stop();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.end();
    await this.#draining;
  }

  /** Call after each cycle of reads: replaces a stream that missed a change, and removes stale prices. */
  async afterCycle(): Promise<void> {
    for (const symbol of this.#symbols) {
      const last = this.snapshots.last(symbol);
      if (last !== undefined) this.#missed.read(symbol, last.amount, last.startedMs, performance.now());
    }
    const overdue = this.#missed.overdue(performance.now());
    if (overdue.length > 0) {
      this.life.missed();
      this.#stream?.replace(`it did not report that ${overdue.join(', ')} changed`);
    }
    await this.writer.withdrawStalePrices();
  }

  connected(): void {
    const { metrics, logger } = this;
    metrics.userStreamUp.set(1);
    this.#missed.connected(performance.now());
    this.resting.reported();
    this.life.begins();
    logger.info('user-data stream connected; positions are read again');
    this.snapshots.refresh();
  }

  disconnected(cause: StreamEnd, detail: string, retryInMs: number): void {
    const { metrics, logger } = this;
    metrics.userStreamEnds.inc({ cause });
    this.#silent();
    // With the error, so that a line that repeats is written once.
    const fields = { err: new Error(detail), cause, detail, retry_in_ms: retryInMs };
    logger.warn(fields, `user-data stream ${cause}: ${detail}`);
  }

  #silent(): void {
    this.metrics.userStreamUp.set(0);
    this.#missed.disconnected();
    this.resting.unreported();
    this.life.ends();
  }

  /** Only what was alive after everything before it was stored counts. */
  alive(): void {
    this.life.alive(this.#draining);
  }

  keyNotRenewed(error: unknown): void {
    this.logger.warn({ err: error }, 'the listen key could not be renewed yet');
  }

  unreadable(detail: string): void {
    this.metrics.userStreamEvents.inc({ kind: 'unreadable' });
    this.#faults += 1;
    this.life.missed();
    this.resting.reported();
    this.snapshots.refresh(READ_SPACING_MS);
    if (performance.now() - this.#faultsToldMs < FAULT_LOG_MS) return;
    this.#faultsToldMs = performance.now();
    this.logger.warn({ detail, count: this.#faults }, 'the user-data stream sent a message that cannot be read');
    this.#faults = 0;
  }

  event(event: UserEvent): void {
    this.metrics.userStreamEvents.inc({ kind: event.kind });
    switch (event.kind) {
      case 'position':
        this.#position(event);
        return;
      case 'order':
        this.#order(event);
        return;
      case 'algo':
        this.#algo(event);
        return;
      case 'expired':
        return;
    }
    return event satisfies never;
  }

  #position(push: PositionPush): void {
    if (!this.#symbols.has(push.symbol)) return;
    this.#positions.set(push.symbol, push);
    this.#drainSoon();
  }

  #order(push: OrderPush): void {
    const { symbol, clientOrderId, status, executedQty } = push;
    if (!this.#symbols.has(symbol)) return;
    this.resting.order(push);
    const isOwn = planOfOrder(clientOrderId) !== undefined;
    if (!isOwn && explanationOf(clientOrderId, this.#declaredPrefixes) === undefined) {
      const fields = { symbol, client_order_id: clientOrderId, status, executed_qty: toPlainString(executedQty) };
      this.logger.debug(fields, 'an order of others moved');
      return;
    }
    const known = this.#orders.get(push.orderId);
    if (known !== undefined && known.executedQty.gte(executedQty)) return;
    if (known === undefined && this.#orders.size >= MOST_ORDERS) {
      this.life.missed();
      this.logger.error(
        { symbol, client_order_id: clientOrderId },
        'too many fills wait for Redis: this one is left to its result',
      );
      return;
    }
    this.#orders.set(push.orderId, push);
    this.#drainSoon();
  }

  #algo(push: AlgoPush): void {
    if (planOfOrder(push.clientOrderId) === undefined) return;
    const fields = {
      symbol: push.symbol,
      client_order_id: push.clientOrderId,
      status: push.status,
      order_id: push.orderId,
    };
    this.logger.info(fields, `stop ${push.clientOrderId} is ${push.status}`);
  }

  /** In the next tick, so that everything from one message of the exchange is stored together. */
  #drainSoon(): void {
    this.#draining ??= new Promise<void>((resolve) => setImmediate(resolve)).then(() => this.#drain());
  }

  /** Fills before amounts: an amount that is newer than the ledger needs the guard to explain it, the reverse does not. */
  async #drain(): Promise<void> {
    while (this.#orders.size + this.#positions.size > 0) {
      const orders = [...this.#orders.values()];
      const positions = [...this.#positions.values()];
      this.#orders.clear();
      this.#positions.clear();
      const doneOrders = await Promise.all(orders.map((push) => this.#tried(() => this.writer.order(push), push)));
      const donePositions = await Promise.all(positions.map((push) => this.#tried(() => this.#store(push), push)));
      if ([...doneOrders, ...donePositions].every(Boolean)) continue;
      if (this.#stopping.signal.aborted) return;
      await this.#pause(REDIS_AGAIN_MS);
    }
    this.#draining = undefined;
  }

  async #store(push: PositionPush): Promise<void> {
    const { tsMs, outcome, isPriced } = await this.writer.position(push);
    // Not younger than now, whatever Redis' clock showed meanwhile.
    this.#missed.pushed(push.symbol, push.amount, performance.now() - Math.max(0, this.clock.nowMs() - tsMs));
    this.logger.debug(
      { symbol: push.symbol, amount: toPlainString(push.amount), reason: push.reason, outcome },
      `position of ${push.symbol} pushed`,
    );
    this.snapshots.refresh(isPriced ? COMPLETE_SPACING_MS : READ_SPACING_MS);
  }

  /** `false` if Redis is unreachable: the push is kept, unless a newer one has come. Other failures are logged; the next read repairs them. */
  async #tried(step: () => Promise<void>, push: PositionPush | OrderPush): Promise<boolean> {
    try {
      await step();
      return true;
    } catch (error) {
      if (!(error instanceof RedisUnavailable)) {
        this.logger.error({ err: error, symbol: push.symbol, kind: push.kind }, 'a push could not be stored');
        this.life.missed();
        this.snapshots.refresh(READ_SPACING_MS);
        return true;
      }
      if (push.kind === 'position') {
        if (!this.#positions.has(push.symbol)) this.#positions.set(push.symbol, push);
      } else if (!this.#orders.has(push.orderId)) this.#orders.set(push.orderId, push);
      return false;
    }
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
  }
}
