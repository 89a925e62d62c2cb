import { Inject, Injectable } from '@nestjs/common';
import { Decimal } from '../flow/0-decimal.js';
import type { MarketSymbol } from '../flow/0-primitives.js';
import {
  judgeLostOrder,
  type LookedUp,
  type LostOrder,
  type OrderEvidence,
  type OrderWord,
  type PositionSeen,
  type TradeSeen,
} from '../flow/5-evidence.js';
import { CredentialsRefused, EXCHANGE, type ExchangePort, ExchangeUnavailable } from './exchange.port.js';
import { redisAheadMs } from './exchange-time.js';
import { isFinal, statusOf } from './order-status.js';
import type { PlanRecord } from '../redis/stores/plan-records.js';
import { CLOCK_MARGIN_MS, type Recorded, RecordedEvidence } from '../redis/stores/recorded-evidence.js';
import { RedisClock } from '../redis/connection/redis-clock.js';

/** The order, what became of it, and all that this was judged by. */
export interface Judged {
  readonly order: LostOrder;
  readonly word: OrderWord;
  readonly evidence: OrderEvidence;
}

/** As far as it can be had; `lookedUp` is `undefined` when the exchange could not be asked. */
export interface Available extends Recorded {
  readonly lookedUp: LookedUp | undefined;
}

/** What our own books and, once no late acceptance is possible any more, the exchange say of an order that is not found. */
@Injectable()
export class LostOrderEvidence {
  constructor(
    @Inject(EXCHANGE) private readonly exchange: ExchangePort,
    private readonly recorded: RecordedEvidence,
    private readonly clock: RedisClock,
  ) {}

  /** From Redis alone: enough for the user stream's word. */
  ours(record: PlanRecord): Promise<Recorded> {
    return this.recorded.of(record);
  }

  /**
   * All that can be had. The position is read first, and the trades after it: what others traded until that read is then
   * among them; a read that began when the exchange could still accept the order has no vote. Throws as the exchange's reads do.
   */
  async judge(record: PlanRecord, symbol: MarketSymbol): Promise<Judged> {
    const after = await this.#position(symbol, record.acceptUntilMs);
    const { order, evidence } = await this.recorded.of(record);
    const trades = await this.#trades(record, symbol, evidence.before?.fromMs ?? Infinity);
    const stepSize = evidence.stepSize ?? (await this.exchange.rules(symbol)).stepSize;
    const listed = order.isStop ? undefined : await this.#listed(record, symbol);
    const all = { ...evidence, after, trades, listed, stepSize };
    return { order, word: judgeLostOrder(order, all), evidence: all };
  }

  /**
   * The same for an operator's resolution, and the look-up with it: a source that cannot be had is `undefined`. A process
   * without exchange keys has Redis alone.
   */
  async available(record: PlanRecord, symbol: MarketSymbol): Promise<Available> {
    const recorded = await this.recorded.of(record);
    if (!this.exchange.hasCredentials) return { ...recorded, lookedUp: undefined };
    const { order, evidence } = recorded;
    const lookedUp = await had(() => this.#lookUp(record, symbol));
    const after = (await had(() => this.#position(symbol, record.acceptUntilMs))) ?? evidence.after;
    const trades = await had(() => this.#trades(record, symbol, evidence.before?.fromMs ?? Infinity));
    const listed = order.isStop ? undefined : await had(() => this.#listed(record, symbol));
    return { ...recorded, evidence: { ...evidence, after, trades, listed }, lookedUp };
  }

  async #lookUp({ action, clientOrderId }: PlanRecord, symbol: MarketSymbol): Promise<LookedUp> {
    if (action !== 'UPDATE_SL') {
      const found = await this.exchange.findOrder(symbol, clientOrderId);
      if (found.kind === 'not_found') return found;
      const { order } = found;
      return {
        kind: 'found',
        shown: statusOf(order),
        isFinal: isFinal(order.status),
        executedQty: order.executedQty,
      };
    }
    const isListed = (await this.exchange.openStops(symbol)).some((each) => each.clientOrderId === clientOrderId);
    const stop = isListed ? undefined : await this.exchange.findStop(symbol, clientOrderId);
    if (!isListed && stop === undefined) return { kind: 'not_found' };
    const shown = isListed ? 'the list of open algo orders has it' : 'the look-up finds the stop';
    return { kind: 'found', shown, isFinal: false, executedQty: new Decimal(0) };
  }

  /** Whether the open orders of the symbol contain it. */
  async #listed({ clientOrderId }: PlanRecord, symbol: MarketSymbol): Promise<boolean> {
    const { resting, unreadable } = await this.exchange.restingReductions([symbol]);
    const why = unreadable.get(symbol);
    if (why !== undefined) throw new ExchangeUnavailable(why);
    return (resting.get(symbol) ?? []).some((each) => each.clientOrderId === clientOrderId);
  }

  async #position(symbol: MarketSymbol, acceptUntilMs = Infinity): Promise<PositionSeen | undefined> {
    const beganMs = this.clock.nowMs();
    const reading = (await this.exchange.positions([symbol])).positions.get(symbol);
    if (reading === undefined || !(beganMs > acceptUntilMs)) return undefined;
    const untilMs = this.clock.nowMs() + CLOCK_MARGIN_MS;
    return { amount: reading.amount, fromMs: beganMs - CLOCK_MARGIN_MS, untilMs };
  }

  /** Trades of orders that have another name at the exchange are not ours, nor are those long before the claim. */
  async #trades(record: PlanRecord, symbol: MarketSymbol, fromMs: number): Promise<TradeSeen[]> {
    const claimedMs = (record.claimedMs ?? record.publishedMs) - CLOCK_MARGIN_MS;
    const nowMs = this.clock.nowMs();
    const aheadMs = redisAheadMs(this.exchange, nowMs);
    const sinceMs = Math.min(fromMs, claimedMs) - aheadMs;
    const trades = (await this.exchange.trades(symbol, Math.floor(sinceMs))).map((trade) => ({
      ...trade,
      redisMs: trade.timeMs + aheadMs,
    }));
    const suspects = trades.filter(({ side, redisMs }) => side === record.side && !(redisMs < claimedMs));
    const ours = new Set<string>();
    for (const orderId of new Set(suspects.map((trade) => trade.orderId))) {
      const name = await this.exchange.findClientOrderId(symbol, orderId);
      if (name === undefined || name === record.clientOrderId) ours.add(orderId);
    }
    return trades.map(({ side, quantity, redisMs, orderId }) => ({
      side,
      quantity,
      timeMs: redisMs,
      mayBeOurs: ours.has(orderId),
    }));
  }
}

async function had<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof ExchangeUnavailable || error instanceof CredentialsRefused) return undefined;
    throw error;
  }
}
