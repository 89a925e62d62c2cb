import { Inject, Injectable } from '@nestjs/common';
import type { MarketSymbol } from '../flow/0-primitives.js';
import { PLAN_ID_IN_ORDER, planOfOrder } from '../flow/4-order.js';
import { EXCHANGE, type ExchangePort, ExchangeUnavailable } from '../exchange/exchange.port.js';
import { exchangeNowMs } from '../exchange/exchange-time.js';
import { RedisClock } from '../redis/connection/redis-clock.js';
import { ServerIdentity } from '../redis/connection/server-identity.js';
import { ComparedStore } from '../redis/stores/compared-store.js';
import { ControlStore } from '../redis/stores/control-store.js';
import { PlanRecords } from '../redis/stores/plan-records.js';
import { RecordedEvidence } from '../redis/stores/recorded-evidence.js';
import { type Logger, ROLE_LOGGER } from '../telemetry/logger.js';
import { APPLY_SETTINGS, type ApplySettings } from './apply-settings.js';
import { holdForUnknownOrder } from './unknown-order-hold.js';

/** Up to this many symbols, one read of trades per symbol weighs less than the income list. */
const FEW_SYMBOLS = 6;
/** Without the income list, so many symbols are read one by one. */
const MOST_SYMBOLS = 60;
const SHOWN_ORDERS = 5;
/** A failover or a crash loses the last writes; what is older than this was not lost by one. */
const LOST_TAIL_MS = 60_000;

interface UnrecordedOrder {
  readonly symbol: MarketSymbol;
  readonly clientOrderId: string;
  /** Exchange's clock. */
  readonly tradedMs: number;
}

/**
 * Compares the exchange with the records: at the start of Apply, and again when another Redis server answers or its data was
 * deleted. Symbols with an order of ours that nothing is recorded of are held. If the process has just started, or the order is
 * older than what a failover can lose, Redis is empty, restored from a backup, or another one: then the system is disarmed too, so
 * that nothing that was carried out is carried out again. No order is sent before the comparison was made.
 */
@Injectable()
export class UnrecordedOrders {
  /** The change of servers (Redis' clock, 0 for none) as of which the last comparison was made. */
  #comparedForMs: number | undefined;
  #comparing: Promise<void> | undefined;

  constructor(
    @Inject(EXCHANGE) private readonly exchange: ExchangePort,
    private readonly server: ServerIdentity,
    private readonly records: PlanRecords,
    private readonly recorded: RecordedEvidence,
    private readonly control: ControlStore,
    private readonly compared: ComparedStore,
    private readonly clock: RedisClock,
    @Inject(APPLY_SETTINGS)
    private readonly settings: Pick<ApplySettings, 'mode' | 'symbols' | 'allowlist' | 'dedupeTtlMs'>,
    @Inject(ROLE_LOGGER) private readonly logger: Logger,
  ) {}

  /** False until the exchange was compared with the Redis server that answers now. Always true where no order can be sent. */
  get isCompared(): boolean {
    if (this.settings.mode === 'dry_run' || !this.exchange.hasCredentials) return true;
    const { known } = this.server;
    return known !== undefined && known.changedMs === this.#comparedForMs;
  }

  /** Compares, unless it was done. Throws as the reads of the exchange and of Redis do; may be called again then. */
  async compare(): Promise<void> {
    if (this.isCompared) return;
    this.#comparing ??= this.#compare().finally(() => (this.#comparing = undefined));
    await this.#comparing;
  }

  async #compare(): Promise<void> {
    const { changedMs } = await this.server.confirm();
    const nowMs = Math.floor(exchangeNowMs(this.exchange));
    const sinceMs = Math.max(nowMs - this.settings.dedupeTtlMs, (await this.compared.untilMs()) ?? 0);
    const unrecorded = await this.#since(sinceMs);
    await this.#hold(unrecorded);
    const isStart = this.#comparedForMs === undefined;
    const tailFromMs = nowMs - (this.clock.nowMs() - changedMs) - LOST_TAIL_MS;
    const older = unrecorded.filter(({ tradedMs }) => isStart || tradedMs < tailFromMs);
    if (older.length > 0) await this.#disarm(older);
    await this.compared.write(nowMs);
    this.#comparedForMs = changedMs;
  }

  async #since(sinceMs: number): Promise<UnrecordedOrder[]> {
    const found: UnrecordedOrder[] = [];
    for (const symbol of await this.#symbols(sinceMs)) {
      const trades = await this.exchange.trades(symbol, sinceMs);
      const tradedAt = new Map(trades.map(({ orderId, timeMs }) => [orderId, timeMs]));
      const names = await this.exchange.clientOrderIds(symbol, new Set(tradedAt.keys()), sinceMs);
      for (const [orderId, clientOrderId] of names)
        if (!(await this.#isRecorded(symbol, clientOrderId)))
          found.push({ symbol, clientOrderId, tradedMs: tradedAt.get(orderId) ?? 0 });
    }
    return found;
  }

  async #symbols(sinceMs: number): Promise<MarketSymbol[]> {
    const own = [...new Set([...this.settings.symbols, ...this.settings.allowlist])] as MarketSymbol[];
    if (own.length <= FEW_SYMBOLS) return own;
    try {
      const traded = await this.exchange.tradedSymbols(sinceMs);
      return own.filter((symbol) => traded.has(symbol));
    } catch (error) {
      if (!(error instanceof ExchangeUnavailable) || own.length > MOST_SYMBOLS) throw error;
      this.logger.warn({ err: error }, 'the income list of the account cannot be read; the trades of every symbol are');
      return own;
    }
  }

  /** True for the orders of others. A fill that the stream has reported meanwhile is no record of the plan. */
  async #isRecorded(symbol: MarketSymbol, clientOrderId: string): Promise<boolean> {
    const planId = planOfOrder(clientOrderId);
    if (planId === undefined || (await this.records.find(planId)) !== undefined) return true;
    if (planId.length < PLAN_ID_IN_ORDER) return false;
    return (await this.recorded.filledQty(symbol, clientOrderId))?.isZero() !== true;
  }

  /** Before anything is disarmed: a hold stays when somebody arms again. */
  async #hold(unrecorded: readonly UnrecordedOrder[]): Promise<void> {
    const at_ms = this.clock.nowMs();
    for (const symbol of new Set(unrecorded.map((order) => order.symbol))) {
      const names = unrecorded.filter((order) => order.symbol === symbol).map((order) => order.clientOrderId);
      const reason = `${ordersNamed(names)} of ours traded at the exchange, and nothing is recorded of it: Redis lost it, is restored from a backup, or is another one`;
      this.logger.error({ symbol, orders: names.slice(0, SHOWN_ORDERS), count: names.length }, reason);
      await holdForUnknownOrder(this.control, symbol, reason, at_ms);
    }
  }

  async #disarm(unrecorded: readonly UnrecordedOrder[]): Promise<void> {
    const names = unrecorded.map(({ symbol, clientOrderId }) => `${clientOrderId} (${symbol})`);
    const reason = `unrecorded_orders: ${ordersNamed(names)} of ours traded at the exchange, and Redis has no record of it. Check positions and holds, then arm`;
    const context = { orders: names.slice(0, SHOWN_ORDERS), count: names.length };
    await this.control.disarmAsRole({ reason, at_ms: this.clock.nowMs(), context }, 'apply');
    this.logger.error(context, `disarmed: ${reason}`);
  }
}

function ordersNamed(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN_ORDERS).join(', ');
  if (names.length === 1) return `order ${shown}`;
  return `${names.length} orders (${shown}${names.length > SHOWN_ORDERS ? ', …' : ''})`;
}
