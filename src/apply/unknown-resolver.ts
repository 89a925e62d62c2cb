import { Decimal, plain } from '../flow/0-decimal.js';
import type { JsonObject } from '../flow/0-json.js';
import {
  ExchangeUnavailable,
  CredentialsRefused,
  type ExchangePort,
  type TradeReport,
} from '../exchange/exchange.port.js';
import type { ControlStore } from '../redis/control-store.js';
import type { PlanJournal } from '../redis/plan-journal.js';
import type { PlanRecord, PlanRecords } from '../redis/plan-records.js';
import type { RedisClock } from '../redis/redis-clock.js';
import type { Logger } from '../telemetry/logger.js';
import { parseDecimal } from '../flow/0-decimal.js';
import type { Attempt } from './attempt.js';
import { isFinal, type OrderFollower } from './order-follower.js';
import { placedStop, refusedByVenue, type SentOrder } from './outcomes.js';
import type { ResultRecorder } from './result-recorder.js';

const LOOK_AGAIN_MS = 500;
const LOOK_AGAIN_HELD_MS = 5_000;
const RECORD_SETTLE_MS = 60_000;
/** Trades this much before the claim are looked at too: the venue's clock and ours are known to about a second. */
const TRADES_MARGIN_MS = 2_000;
/** After so long beyond the proof time the symbol is held and a person is asked. */
const PATIENCE_MS = 60_000;

/**
 * What became of an order whose answer was lost: found by client order id and followed until final, or proven absent by
 * order id and trades for at least the proof time after the venue could last have accepted it. Never guessed, never re-sent.
 */
export class UnknownResolver {
  constructor(
    private readonly exchange: ExchangePort,
    private readonly journal: PlanJournal,
    private readonly records: PlanRecords,
    private readonly recorder: ResultRecorder,
    private readonly follower: OrderFollower,
    private readonly control: ControlStore,
    private readonly clock: RedisClock,
    private readonly proofMs: number,
    private readonly logger: Logger,
  ) {}

  /** One look at one order; schedules the next itself. */
  async look(record: PlanRecord, attempt: Attempt): Promise<void> {
    await this.journal.note(attempt, 'looking', '', LOOK_AGAIN_MS);
    try {
      await (attempt.step.step === 'UPDATE_SL'
        ? this.#lookForStop(record, attempt)
        : this.#lookForOrder(record, attempt));
    } catch (error) {
      if (!(error instanceof ExchangeUnavailable) && !(error instanceof CredentialsRefused)) throw error;
      this.logger.warn(
        { err: error, plan_id: attempt.planId, symbol: attempt.symbol },
        'the outcome of an order cannot be looked up yet',
      );
    }
  }

  async #lookForOrder(record: PlanRecord, attempt: Attempt): Promise<void> {
    const sent = sentOf(record);
    const proofTimePassed = this.#proofTimePassed(record);
    const found = await this.exchange.findOrder(attempt.symbol, record.clientOrderId);
    if (found.kind === 'found') {
      if (!isFinal(found.order.status)) return;
      const details: JsonObject = {
        resolved: 'found by client order id',
        exchange_position_amt: await this.#amountBefore(record),
      };
      await this.follower.follow(attempt, found.order, { sent, details, waitMs: waitOf(record), claimToken: '' });
      return;
    }
    if (!proofTimePassed) return;
    const trades = await this.#tradesPerhapsOurs(record, attempt);
    if (trades.length > 0) return this.#hold(record, attempt, trades);
    await this.#absent(record, attempt, sent);
  }

  async #lookForStop(record: PlanRecord, attempt: Attempt): Promise<void> {
    const sent = sentOf(record);
    const proofTimePassed = this.#proofTimePassed(record);
    const stop = await this.exchange.findStop(attempt.symbol, record.clientOrderId);
    if (stop !== undefined) {
      await this.recorder.record(
        attempt,
        placedStop(attempt, stop.stopId, sent, { resolved: 'found by client order id' }, waitOf(record)),
        {
          from: ['CLAIMED', 'UNKNOWN'],
          settleMs: RECORD_SETTLE_MS,
        },
      );
    } else if (proofTimePassed) {
      await this.#absent(record, attempt, sent);
    }
  }

  /** The position the claim was made on, for the episode: a whole close says it by its quantity where the permit did not. */
  async #amountBefore(record: PlanRecord): Promise<Decimal | undefined> {
    const { exchangePositionAmt } = await this.records.claimedOn(record.planId);
    if (exchangePositionAmt !== undefined || record.action !== 'FULL_CLOSE_PROPOSED') return exchangePositionAmt;
    const quantity = parseDecimal(record.quantity);
    return record.side === 'SELL' ? quantity : quantity?.neg();
  }

  /** Asked before the look-up: an order that was not found earlier than this may still have come. */
  #proofTimePassed(record: PlanRecord): boolean {
    return record.acceptUntilMs !== undefined && this.clock.nowMs() >= record.acceptUntilMs + this.proofMs;
  }

  /** Trades on the order's side since the claim, but for those of orders that have another name at the venue. */
  async #tradesPerhapsOurs(record: PlanRecord, attempt: Attempt): Promise<TradeReport[]> {
    const claimedAgoMs = this.clock.nowMs() - (record.claimedMs ?? record.publishedMs);
    const venueNowMs = Date.now() + this.exchange.clock().offsetMs;
    const trades = await this.exchange.trades(attempt.symbol, Math.floor(venueNowMs - claimedAgoMs - TRADES_MARGIN_MS));
    const onItsSide = trades.filter((trade) => trade.side === record.side);
    const others = new Set<string>();
    for (const orderId of new Set(onItsSide.map((trade) => trade.orderId))) {
      const name = await this.exchange.findClientOrderId(attempt.symbol, orderId);
      if (name !== undefined && name !== record.clientOrderId) others.add(orderId);
    }
    return onItsSide.filter((trade) => !others.has(trade.orderId));
  }

  async #absent(record: PlanRecord, attempt: Attempt, sent: SentOrder): Promise<void> {
    const details = {
      message: 'proven absent: no order with this client order id and no trade since the claim',
      looked_for_ms: this.clock.nowMs() - (record.acceptUntilMs ?? 0),
    };
    const recorded = await this.recorder.record(
      attempt,
      refusedByVenue(attempt, 'order_not_found', sent, details, waitOf(record)),
      {
        from: ['CLAIMED', 'UNKNOWN'],
        settleMs: RECORD_SETTLE_MS,
      },
    );
    this.logger.warn(
      {
        plan_id: attempt.planId,
        symbol: attempt.symbol,
        client_order_id: record.clientOrderId,
        recorded: recorded.kind,
      },
      'Order proven absent',
    );
  }

  /** Trades that might be ours: stays unknown, the symbol is held, a person settles it. */
  async #hold(record: PlanRecord, attempt: Attempt, trades: readonly TradeReport[]): Promise<void> {
    const nowMs = this.clock.nowMs();
    const traded = trades.reduce((sum, trade) => sum.plus(trade.quantity), new Decimal(0));
    const reason = `the outcome of order ${record.clientOrderId} is unknown: it is not found, and ${plain(traded)} traded on its side`;
    await this.journal.note(attempt, 'looked', reason, LOOK_AGAIN_HELD_MS);
    if (nowMs < (record.acceptUntilMs ?? nowMs) + this.proofMs + PATIENCE_MS) return;
    const hold = { symbol: attempt.symbol, cause: 'order_outcome_unknown', reason, by: 'apply', at_ms: nowMs };
    if ((await this.control.setHold(hold, 'role', true)) === 'held') {
      this.logger.error(
        { plan_id: attempt.planId, symbol: attempt.symbol },
        `${reason}. The symbol is on hold until an operator resolves the plan`,
      );
    }
  }
}

function sentOf(record: PlanRecord): SentOrder {
  const side = record.side === 'BUY' || record.side === 'SELL' ? record.side : '';
  return { clientOrderId: record.clientOrderId, side, quantity: parseDecimal(record.quantity) };
}

function waitOf(record: PlanRecord): number | undefined {
  return record.claimedMs === undefined ? undefined : record.claimedMs - record.publishedMs;
}
