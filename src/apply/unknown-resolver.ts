import { Inject, Injectable } from '@nestjs/common';
import type { Decimal } from '../flow/0-decimal.js';
import type { JsonObject } from '../flow/0-json.js';
import { CredentialsRefused, EXCHANGE, type ExchangePort, ExchangeUnavailable } from '../exchange/exchange.port.js';
import { clientOrderIdOf } from '../flow/4-order.js';
import { evidenceForTrace, type SaidOfOrder, type SettledBy, settledBy } from '../flow/5-evidence-trace.js';
import { ControlStore } from '../redis/stores/control-store.js';
import { PlanJournal } from '../redis/stores/plan-journal.js';
import { type PlanRecord, PlanRecords } from '../redis/stores/plan-records.js';
import type { Recorded } from '../redis/stores/recorded-evidence.js';
import { RedisClock } from '../redis/connection/redis-clock.js';
import { type Logger, ROLE_LOGGER } from '../telemetry/logger.js';
import { parseDecimal } from '../flow/0-decimal.js';
import { APPLY_SETTINGS, type ApplySettings } from './apply-settings.js';
import type { Attempt } from './attempt.js';
import { GoingAgain } from './going-again.js';
import { LostOrderEvidence } from '../exchange/order-evidence.js';
import { isFinal, statusOf } from '../exchange/order-status.js';
import { OrderTracker } from './order-tracker.js';
import { placedStop, refusedByExchange, type SentOrder } from './outcomes.js';
import { ResultRecorder } from './result-recorder.js';
import { holdForUnknownOrder } from './unknown-order-hold.js';

const NOT_FOUND = 'not found';
const LOOK_AGAIN_MS = 500;
/** A proof reads more than the order alone: where it fails, the request weight that orders need must last. */
const PROVE_AGAIN_MS = 2_000;
const LOOK_AGAIN_HELD_MS = 5_000;
const RECORD_SETTLE_MS = 60_000;
/** This long after the proof time the symbol is held for an operator. */
const PATIENCE_MS = 60_000;

/**
 * What became of an order whose answer was lost: found by client order id and followed until final, executed by the user
 * stream's word, or proven absent by all that is known, at the earliest the proof time after the exchange could last have
 * accepted it (`flow/5-evidence`). Never guessed. Only a full close may go again before that ({@link GoingAgain}).
 */
@Injectable()
export class UnknownResolver {
  constructor(
    @Inject(EXCHANGE) private readonly exchange: ExchangePort,
    private readonly journal: PlanJournal,
    private readonly records: PlanRecords,
    private readonly recorder: ResultRecorder,
    private readonly follower: OrderTracker,
    private readonly evidence: LostOrderEvidence,
    private readonly again: GoingAgain,
    private readonly control: ControlStore,
    private readonly clock: RedisClock,
    @Inject(APPLY_SETTINGS) private readonly settings: Pick<ApplySettings, 'unknownProofMs'>,
    @Inject(ROLE_LOGGER) private readonly logger: Logger,
  ) {}

  /** One look at one order; schedules the next itself. */
  async look(record: PlanRecord, attempt: Attempt): Promise<void> {
    const proofTimePassed = this.#acceptedBefore(record, this.settings.unknownProofMs);
    const acceptancePassed = this.#acceptedBefore(record, 1);
    const isPatient = proofTimePassed || record.repeatedBy !== '';
    await this.journal.note(attempt, 'looking', '', isPatient ? PROVE_AGAIN_MS : LOOK_AGAIN_MS);
    try {
      const settled =
        attempt.step.step === 'UPDATE_SL'
          ? await this.#lookForStop(record, attempt)
          : await this.#lookForOrder(record, attempt);
      if (settled) return;
      if (proofTimePassed) await this.#judge(record, attempt);
      else if (acceptancePassed) await this.again.consider(record, attempt);
    } catch (error) {
      if (!(error instanceof ExchangeUnavailable) && !(error instanceof CredentialsRefused)) throw error;
      this.logger.warn(
        { err: error, plan_id: attempt.planId, symbol: attempt.symbol },
        'the outcome of an order cannot be looked up yet',
      );
    }
  }

  /** `true` when nothing is left to prove: the order is known, at the exchange or by the user stream. */
  async #lookForOrder(record: PlanRecord, attempt: Attempt): Promise<boolean> {
    const found = await this.exchange.findOrder(attempt.symbol, record.clientOrderId);
    if (found.kind === 'found') {
      if (!isFinal(found.order.status)) return true;
      const evidence = await this.#evidenceShown(record, 'look_up', { lookUp: statusOf(found.order) });
      const details = await this.#details(record, 'found by client order id', evidence);
      const context = { sent: sentOf(record), details, waitMs: waitOf(record), claimed: record, claimToken: '' };
      await this.follower.follow(attempt, found.order, context);
      return true;
    }
    if (await this.#lookForEarlierOrder(record, attempt)) return true;
    const ours = await this.evidence.ours(record);
    const { recordedQty } = ours.evidence;
    const { quantity } = ours.order;
    if (quantity === undefined || recordedQty?.gte(quantity) !== true) return false;
    const evidence = evidenceForTrace('user_stream', { lookUp: NOT_FOUND }, ours.evidence);
    await this.#executed(record, attempt, recordedQty, ours.lastFill, evidence);
    return true;
  }

  /** An order of an earlier attempt that was taken for absent or refused, and filled all the same, is what this attempt met. */
  async #lookForEarlierOrder(record: PlanRecord, attempt: Attempt): Promise<boolean> {
    for (let earlier = attempt.attempt - 1; earlier > 0; earlier -= 1) {
      const clientOrderId = clientOrderIdOf(attempt.planId, 0, earlier);
      const found = await this.exchange.findOrder(attempt.symbol, clientOrderId);
      if (found.kind === 'not_found' || (isFinal(found.order.status) && found.order.executedQty.isZero())) continue;
      if (!isFinal(found.order.status)) return true;
      const lookUp = `not found; order ${clientOrderId} of attempt ${earlier}: ${statusOf(found.order)}`;
      const evidence = await this.#evidenceShown(record, 'look_up', { lookUp });
      const details = await this.#details(record, `found by the client order id of attempt ${earlier}`, evidence);
      const { side, quantity } = found.order;
      const sent = { clientOrderId, side, quantity };
      await this.follower.follow(attempt, found.order, {
        sent,
        details,
        waitMs: waitOf(record),
        claimed: record,
        claimToken: '',
      });
      return true;
    }
    return false;
  }

  async #lookForStop(record: PlanRecord, attempt: Attempt): Promise<boolean> {
    const { symbol } = attempt;
    const stop = await this.exchange.findStop(symbol, record.clientOrderId);
    if (stop !== undefined) {
      const evidence = await this.#evidenceShown(record, 'look_up', { lookUp: 'found' });
      await this.#placed(record, attempt, stop.stopId, 'found by client order id', evidence);
      return true;
    }
    const listed = (await this.exchange.openStops(symbol)).find((each) => each.clientOrderId === record.clientOrderId);
    if (listed === undefined) return false;
    const said = { lookUp: NOT_FOUND, openAlgoOrders: 'listed' };
    const evidence = await this.#evidenceShown(record, 'open_algo_orders', said);
    await this.#placed(record, attempt, listed.stopId, 'found in the list of open algo orders', evidence);
    return true;
  }

  /** The proof time is over and the exchange does not find the order. */
  async #judge(record: PlanRecord, attempt: Attempt): Promise<void> {
    const isStop = attempt.step.step === 'UPDATE_SL';
    const { word, evidence } = await this.evidence.judge(record, attempt.symbol);
    const said = { lookUp: NOT_FOUND, ...(isStop ? { openAlgoOrders: 'not listed' } : {}) };
    const shown = evidenceForTrace(settledBy(word), said, evidence);
    switch (word.kind) {
      case 'executed': {
        if (isStop) return this.#placed(record, attempt, '', word.because, shown);
        const { lastFill } = await this.evidence.ours(record);
        return this.#executed(record, attempt, word.executedQty, lastFill, shown);
      }
      case 'absent':
        return this.#absent(record, attempt, word.because, shown);
      case 'contradicted':
      case 'undecided':
        return this.#hold(record, attempt, word.because, shown);
    }
    return word satisfies never;
  }

  /** From the user stream: the exchange reported the fill under our client order id. */
  async #executed(
    record: PlanRecord,
    attempt: Attempt,
    executedQty: Decimal,
    lastFill: Recorded['lastFill'],
    evidence: JsonObject,
  ): Promise<void> {
    const sent = sentOf(record);
    const { side, quantity } = sent;
    if (side === '' || quantity === undefined)
      return this.#hold(record, attempt, 'the journal does not say what it was', evidence);
    const details = await this.#details(record, 'executed by the word of the user stream', evidence);
    const filledAtMs = lastFill?.timeMs ?? Math.min(this.clock.nowMs(), record.acceptUntilMs ?? Infinity);
    const order = {
      orderId: lastFill?.orderId ?? '',
      side,
      quantity,
      executedQty,
      avgPrice: undefined,
      status: 'unknown',
    } as const;
    await this.follower.settle(attempt, order, filledAtMs, {
      sent,
      details,
      waitMs: waitOf(record),
      claimed: record,
      claimToken: '',
    });
  }

  async #placed(
    record: PlanRecord,
    attempt: Attempt,
    stopId: string,
    resolved: string,
    evidence: JsonObject,
  ): Promise<void> {
    const details = { resolved, evidence };
    await this.recorder.record(attempt, placedStop(attempt, stopId, sentOf(record), details, waitOf(record)), {
      from: ['CLAIMED', 'UNKNOWN'],
      claimed: record,
      settleMs: RECORD_SETTLE_MS,
    });
  }

  /** With what our own books say; the exchange was asked for no more than `said`. */
  async #evidenceShown(record: PlanRecord, by: SettledBy, said: SaidOfOrder): Promise<JsonObject> {
    return evidenceForTrace(by, said, (await this.evidence.ours(record)).evidence);
  }

  async #details(record: PlanRecord, resolved: string, evidence: JsonObject): Promise<JsonObject> {
    const { exchangePositionAmt } = await this.records.claimedOn(record.planId);
    return { resolved, exchange_position_amt: exchangePositionAmt, evidence };
  }

  /**
   * Whether the exchange could last accept the order `ms` ago or earlier. Asked before the look-up: an order that was not found
   * earlier than this may still have come.
   */
  #acceptedBefore({ acceptUntilMs }: PlanRecord, ms: number): boolean {
    return acceptUntilMs !== undefined && this.clock.nowMs() >= acceptUntilMs + ms;
  }

  async #absent(record: PlanRecord, attempt: Attempt, because: string, evidence: JsonObject): Promise<void> {
    const sent = sentOf(record);
    const details = {
      message: `proven absent: no order with this client order id, no trade since the claim that may be its own, ${because}`,
      looked_for_ms: this.clock.nowMs() - (record.acceptUntilMs ?? 0),
      evidence,
    };
    const recorded = await this.recorder.record(
      attempt,
      refusedByExchange(attempt, 'order_not_found', sent, details, waitOf(record)),
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

  /** It stays unknown and blocks its symbol; when that lasts, the symbol is held until an operator resolves it. */
  async #hold(record: PlanRecord, attempt: Attempt, because: string, evidence: JsonObject): Promise<void> {
    const nowMs = this.clock.nowMs();
    const reason = `the outcome of order ${record.clientOrderId} is unknown: it is not found, and ${because}`;
    await this.journal.note(attempt, 'looked', reason, LOOK_AGAIN_HELD_MS, evidence);
    if (nowMs < (record.acceptUntilMs ?? nowMs) + this.settings.unknownProofMs + PATIENCE_MS) return;
    if ((await holdForUnknownOrder(this.control, attempt.symbol, reason, nowMs)) === 'held') {
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
