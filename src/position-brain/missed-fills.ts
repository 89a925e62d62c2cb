import { Inject, Injectable } from '@nestjs/common';
import { type Decimal, toPlainString } from '../flow/0-decimal.js';
import type { MarketSymbol } from '../flow/0-primitives.js';
import { type Explanation, explanationOf } from '../flow/6-explained.js';
import {
  CredentialsRefused,
  EXCHANGE,
  type ExchangePort,
  ExchangeUnavailable,
  type OrderReport,
} from '../exchange/exchange.port.js';
import { redisAheadMs } from '../exchange/exchange-time.js';
import { LedgerStore } from '../redis/stores/ledger-store.js';
import type { PositionEvidence } from '../redis/stores/position-evidence.js';
import { type Logger, ROLE_LOGGER } from '../telemetry/logger.js';
import { applyExplained } from './explained-fill.js';
import { POSITION_SETTINGS, type PositionSettings } from './position-settings.js';
import type { SnapshotRead } from './snapshot-reader.js';

const DAY_MS = 24 * 3_600_000;
/** How far the clocks of Redis and the exchange may be apart. */
const MARGIN_MS = 2_000;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;
/** Each look-up costs request weight that orders need too. */
const MOST_ORDERS = 20;

interface Missed {
  readonly order: OrderReport;
  readonly explanation: Explanation;
  readonly change: Decimal;
}

/**
 * Fills of explained sources that the user stream did not report: where the ledger differs from the exchange and nothing is in
 * flight, the account's trades are looked up. They are counted only when they explain the whole difference.
 */
@Injectable()
export class MissedFills {
  #looking: Promise<void> = Promise.resolve();
  readonly #agreedMs = new Map<string, number>();
  readonly #next = new Map<string, { readonly atMs: number; readonly waitMs: number }>();

  constructor(
    @Inject(EXCHANGE) private readonly exchange: ExchangePort,
    private readonly ledgers: LedgerStore,
    @Inject(POSITION_SETTINGS) private readonly settings: PositionSettings,
    @Inject(ROLE_LOGGER) private readonly logger: Logger,
  ) {}

  /** `asOfMs`: when the read began that the ledger agrees with. */
  agreed(symbol: string, asOfMs: number): void {
    this.#agreedMs.set(symbol, asOfMs);
    this.#next.delete(symbol);
  }

  /** Call when a read and the ledger differ, with nothing in flight. Nobody waits: one symbol after the other is looked up beside the reads. */
  look(read: SnapshotRead, evidence: PositionEvidence): void {
    const { symbol } = read;
    const { ledger, nowMs } = evidence;
    if (ledger.kind !== 'present') return;
    const next = this.#next.get(symbol);
    // Later than it can be: Redis' clock was set back.
    if (next !== undefined && nowMs < next.atMs && nowMs >= next.atMs - next.waitMs) return;
    const waitMs = Math.min(LONGEST_WAIT_MS, next === undefined ? FIRST_WAIT_MS : next.waitMs * 2);
    this.#next.set(symbol, { atMs: nowMs + waitMs, waitMs });
    const agreedMs = this.#agreedMs.get(symbol) ?? 0;
    const fromMs = Math.max(ledger.ledger.asOfMs, agreedMs > nowMs ? 0 : agreedMs, nowMs - DAY_MS) - MARGIN_MS;
    const aheadMs = redisAheadMs(this.exchange, nowMs);
    this.#looking = this.#looking
      .then(() => this.#seek(read, ledger.ledger.amount, fromMs, aheadMs))
      .catch((error: unknown) =>
        this.logger.warn({ err: error, symbol }, `the trades of ${symbol} could not be counted`),
      );
  }

  /** `aheadMs`: Redis' clock minus the exchange's. */
  async #seek({ symbol, amount }: SnapshotRead, ledgerAmt: Decimal, fromMs: number, aheadMs: number): Promise<void> {
    try {
      const missed = await this.#missed(symbol, Math.floor(fromMs - aheadMs));
      const explained = missed.reduce((sum, { change }) => sum.plus(change), ledgerAmt);
      if (missed.length === 0 || !explained.eq(amount)) return;
      for (const { order, explanation } of missed) {
        await applyExplained(this.ledgers, this.logger, explanation, {
          ...order,
          timeMs: Math.round(order.updateTimeMs + aheadMs),
        });
      }
    } catch (error) {
      if (!(error instanceof ExchangeUnavailable) && !(error instanceof CredentialsRefused)) throw error;
      this.logger.warn(
        { err: error, symbol },
        `what moved ${symbol} to ${toPlainString(amount)} cannot be looked up yet`,
      );
    }
  }

  /** Orders of explained sources that traded since, and what of them the ledger has not counted. */
  async #missed(symbol: MarketSymbol, sinceMs: number): Promise<Missed[]> {
    const trades = await this.exchange.trades(symbol, sinceMs);
    const missed: Missed[] = [];
    for (const orderId of [...new Set(trades.map((trade) => trade.orderId))].slice(-MOST_ORDERS)) {
      const found = await this.exchange.findOrderById(symbol, orderId);
      if (found.kind === 'not_found') continue;
      const { order } = found;
      const explanation = explanationOf(order.clientOrderId, this.settings.declaredPrefixes);
      if (explanation === undefined) continue;
      const left = order.executedQty.minus(await this.ledgers.counted(symbol, orderId));
      if (left.gt(0)) missed.push({ order, explanation, change: order.side === 'BUY' ? left : left.neg() });
    }
    return missed;
  }
}
