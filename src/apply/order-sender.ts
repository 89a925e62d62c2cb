import { Inject, Injectable } from '@nestjs/common';
import { toPlainString } from '../flow/0-decimal.js';
import { encodeResult } from '../flow/5-result.js';
import {
  EXCHANGE,
  type ExchangePort,
  type NotAccepted,
  type OrderOutcome,
  type PreparedOrder,
  type StopOutcome,
} from '../exchange/exchange.port.js';
import type { Claimed } from '../redis/stores/claim.js';
import { LocalOrders } from '../redis/stores/local-orders.js';
import { reportLater } from '../telemetry/report-later.js';
import { type Logger, ROLE_LOGGER } from '../telemetry/logger.js';
import { GateMetrics } from '../telemetry/metrics.js';
import type { Attempt } from './attempt.js';
import { OrderClaim, type Tried } from './order-claim.js';
import { OutcomeHandler } from './outcome-handler.js';
import { orderByNewRules } from './new-rules.js';
import { OrderPreparer, type Permitted, type Prepared } from './order-preparer.js';
import { dryRun } from './outcomes.js';
import { RecentClaims } from './recent-claims.js';
import { ResultRecorder } from './result-recorder.js';
import { StopPlacer } from './stop-placer.js';

const MAX_SENDS = 3;
/** The exchange accepts one closePosition stop per side, so the stop to be replaced must be cancelled first. */
const STOP_EXISTS = '-4130';

/** Builds and signs the request, claims both permits, then writes exactly those bytes. */
@Injectable()
export class OrderSender {
  readonly #busy = new Set<string>();

  constructor(
    @Inject(EXCHANGE) private readonly exchange: ExchangePort,
    private readonly claim: OrderClaim,
    private readonly preparer: OrderPreparer,
    private readonly recorder: ResultRecorder,
    private readonly stops: StopPlacer,
    private readonly ending: OutcomeHandler,
    private readonly local: LocalOrders,
    private readonly recent: RecentClaims,
    private readonly metrics: GateMetrics,
    @Inject(ROLE_LOGGER) private readonly logger: Logger,
  ) {}

  /** True while this process is sending an order of the plan; the resolver then skips the plan. */
  isBusy(planId: string): boolean {
    return this.#busy.has(planId);
  }

  get busyCount(): number {
    return this.#busy.size;
  }

  /** The permits of this attempt may come soon: what its order has to wait for is asked for now. */
  expect({ mode }: Attempt): void {
    if (mode !== 'dry_run') this.exchange.lookAhead();
  }

  /** `onClaimed` is called once, when the attempt is claimed. */
  async send(permitted: Permitted, onClaimed: () => void): Promise<void> {
    const { attempt, governor } = permitted;
    if (governor.manual) {
      this.logger.warn(
        { plan_id: attempt.planId, symbol: attempt.symbol, manual: true },
        'Governor permit written by an operator',
      );
    }
    this.#busy.add(attempt.planId);
    try {
      const prepared = await this.preparer.prepare(permitted);
      if ('error' in prepared) await this.recorder.record(attempt, prepared, { from: ['WAITING'] });
      else if (attempt.mode === 'dry_run') await this.#dryRun(prepared, onClaimed);
      else await this.#real(prepared, onClaimed);
    } finally {
      this.#busy.delete(attempt.planId);
      this.local.end(attempt.planId);
    }
  }

  async #dryRun(prepared: Prepared, onClaimed: () => void): Promise<void> {
    const { attempt } = prepared;
    const outcome = dryRun(attempt, prepared.sent, prepared.details);
    const { wait_ms: _waitMs, ...fields } = encodeResult({
      ...outcome,
      planId: attempt.planId,
      symbol: attempt.symbol,
      attempt: attempt.attempt,
    });
    const claimed = await this.claim.dryRun(prepared, outcome.state, fields);
    if (claimed.kind !== 'claimed') {
      await this.ending.refused(prepared, claimed.kind);
      return;
    }
    onClaimed();
    this.#ready(prepared, claimed.waitMs);
    this.recorder.report(attempt, outcome);
  }

  /**
   * One order from start to end: prepare, claim, send, outcome, record. The request is complete and its connection open before the
   * claim, so that only the write of its bytes follows the claim. If the exchange definitely did not accept the order, because of
   * its timestamp or of changed market rules, it is sent again: with a new signature, the same client order id, never a larger
   * quantity, and after the conditions of the claim were checked again.
   */
  async #real(first: Prepared, onClaimed: () => void): Promise<void> {
    let order = first;
    let waitMs: number | undefined;
    let refusal: NotAccepted | undefined;
    let stopsCleared = false;
    let killSeq = 0;
    for (let sends = 1; ; sends += 1) {
      const request = await this.#prepared(order);
      if (request === undefined) return;
      let outcome: OrderOutcome | StopOutcome;
      if (request.kind === 'prepared') {
        const claimed = await this.#claimed(order, request, waitMs, refusal);
        if (claimed === undefined) return;
        killSeq = claimed.killSeq;
        if (this.claim.isStoppedSince(killSeq)) {
          request.drop();
          await this.ending.stopped(order);
          return;
        }
        this.#remember(order);
        const answer = request.send();
        if (waitMs === undefined) {
          waitMs = claimed.waitMs;
          onClaimed();
          this.#ready(order, waitMs);
        }
        outcome = await answer;
      } else {
        outcome = request;
      }
      if (outcome.kind === 'not_accepted' && outcome.again !== 'later' && sends < MAX_SENDS) {
        refusal = outcome;
        const next = await this.#again(order, outcome, waitMs);
        if (next === undefined) return;
        order = next;
        continue;
      }
      if (outcome.kind === 'rejected' && outcome.code === STOP_EXISTS && !stopsCleared) {
        stopsCleared = true;
        if (this.claim.isStoppedSince(killSeq)) {
          await this.ending.stopped(order);
          return;
        }
        const room = await this.stops.makeRoom(order);
        if (room.kind === 'made') {
          const { replaced } = room;
          order = { ...order, replaced, details: { ...order.details, replaced } };
          continue;
        }
        outcome = room;
      }
      await this.ending.answered(order, outcome, waitMs, sends > 1);
      return;
    }
  }

  /** The order to send again after the exchange did not accept it. `undefined` when the attempt has ended. */
  async #again(order: Prepared, refusal: NotAccepted, waitMs: number | undefined): Promise<Prepared | undefined> {
    const { attempt, details } = order;
    const fields = { plan_id: attempt.planId, symbol: attempt.symbol, code: refusal.code };
    if (refusal.again === 'newly_signed') {
      this.logger.warn(fields, `the exchange did not accept the order (${refusal.message}); signing it again`);
      return order;
    }
    this.logger.warn(
      fields,
      `the exchange refused the order by its market rules (${refusal.message}); reading the rules again`,
    );
    const found = await orderByNewRules(this.exchange, order, refusal);
    switch (found.kind) {
      case 'changed':
        return found.order;
      case 'nothing_left':
        await this.ending.nothingLeft(order, found.outcome);
        return undefined;
      case 'same':
        await this.ending.answered({ ...order, details: { ...details, ...found.details } }, refusal, waitMs);
        return undefined;
    }
    return found satisfies never;
  }

  /** The signed request on its open connection. `undefined` when the attempt ended because it could not be signed. */
  async #prepared(order: Prepared): Promise<PreparedOrder<OrderOutcome | StopOutcome> | NotAccepted | undefined> {
    const { attempt, sent, side } = order;
    try {
      if (attempt.step.step === 'UPDATE_SL') return await this.stops.prepare(order, attempt.step.price);
      return await this.exchange.prepareReduceOnly({
        symbol: attempt.symbol,
        side,
        quantity: toPlainString(order.quantity),
        clientOrderId: sent.clientOrderId,
      });
    } catch (error) {
      await this.ending.notWritten(order, error);
      return undefined;
    }
  }

  /**
   * Claims both permits, or, before another send, checks the conditions of the claim again. `undefined` when that is refused or
   * Redis does not answer: the request is dropped and the attempt has ended. If only the window is over, it ends with `refusal`.
   */
  async #claimed(
    order: Prepared,
    request: PreparedOrder<unknown>,
    waitMs: number | undefined,
    refusal: NotAccepted | undefined,
  ): Promise<Extract<Claimed, { kind: 'claimed' }> | undefined> {
    const first = waitMs === undefined;
    let claimed: Tried;
    try {
      claimed = await this.claim.real(order, request, first);
    } catch (error) {
      request.drop();
      await this.ending.notWritten(order, error);
      return undefined;
    }
    if (claimed.kind === 'claimed') return claimed;
    request.drop();
    if (claimed.kind === 'expired' && !first && refusal !== undefined)
      await this.ending.answered(order, refusal, waitMs);
    else await this.ending.refused(order, claimed.kind, !first);
    return undefined;
  }

  #remember({ attempt, sent, side, quantity: amount }: Prepared): void {
    const { planId, symbol } = attempt;
    const { clientOrderId } = sent;
    const quantity = toPlainString(amount);
    this.local.begin({ planId, symbol, attempt: attempt.attempt, clientOrderId, side, quantity });
    const isStop = attempt.step.step === 'UPDATE_SL';
    this.recent.remember({ planId, symbol, clientOrderId, side, quantity, isStop });
  }

  /** Reported only after the order was written to the socket. */
  #ready({ attempt }: Prepared, waitMs: number): void {
    reportLater(() => {
      this.metrics.permitWaitSeconds.observe(waitMs / 1000);
      this.logger.info(
        { plan_id: attempt.planId, symbol: attempt.symbol, attempt: attempt.attempt, wait_ms: waitMs },
        `Both permits ready after ${waitMs}ms (Governor + P3.3)`,
      );
    });
  }
}
