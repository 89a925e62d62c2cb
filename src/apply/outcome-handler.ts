import { Inject, Injectable } from '@nestjs/common';
import type { JsonObject } from '../flow/0-json.js';
import { isReduceOnlyRefusal } from '../exchange/refusals.js';
import { CredentialsRefused, type OrderOutcome, type StopOutcome } from '../exchange/exchange.port.js';
import { PlanJournal } from '../redis/stores/plan-journal.js';
import { PlanRecords } from '../redis/stores/plan-records.js';
import { RedisRefused, RedisUnavailable } from '../redis/connection/redis.errors.js';
import { type Logger, ROLE_LOGGER } from '../telemetry/logger.js';
import { statusOf } from '../exchange/order-status.js';
import { OrderTracker } from './order-tracker.js';
import type { Prepared } from './order-preparer.js';
import { evidenceOfAnswer } from '../flow/5-evidence-trace.js';
import { notSent, type Outcome, refusedByExchange } from './outcomes.js';
import { type Refusal, refusedClaim } from './refused-claim.js';
import { ResultRecorder } from './result-recorder.js';
import { StopPlacer } from './stop-placer.js';

const GIVE_UP_SETTLE_MS = 60_000;

/**
 * Ends an attempt with one result, from its claim, its call or the answer of the exchange. An unknown outcome is left to the
 * resolver. `waitMs` is that of the claim, `undefined` without a claim.
 */
@Injectable()
export class OutcomeHandler {
  constructor(
    private readonly journal: PlanJournal,
    private readonly records: PlanRecords,
    private readonly recorder: ResultRecorder,
    private readonly follower: OrderTracker,
    private readonly stops: StopPlacer,
    @Inject(ROLE_LOGGER) private readonly logger: Logger,
  ) {}

  /** Preparing or claiming threw: the request of this send was not written. An earlier send was definitely not accepted. */
  async notWritten(prepared: Prepared, error: unknown): Promise<void> {
    const { attempt } = prepared;
    if (error instanceof CredentialsRefused)
      return this.#giveUp(prepared, notSent(attempt, 'missing_credentials', error.message));
    if (error instanceof RedisUnavailable || error instanceof RedisRefused) {
      return this.#giveUp(prepared, notSent(attempt, 'permit_check_redis_error', error.message));
    }
    throw error;
  }

  async #endClaimed({ attempt, token }: Prepared, outcome: Outcome): Promise<void> {
    await this.recorder.record(attempt, outcome, {
      // Another process may have asked what became of the claim meanwhile; a definite answer to its owner settles it.
      from: ['CLAIMED', 'UNKNOWN'],
      claimToken: token,
      settleMs: GIVE_UP_SETTLE_MS,
    });
  }

  /** Nothing was written, but the claim may have been made: end the attempt from either side of it. */
  async #giveUp({ attempt, token }: Prepared, outcome: Outcome): Promise<void> {
    const settleMs = GIVE_UP_SETTLE_MS;
    const waiting = await this.recorder.record(attempt, outcome, { from: ['WAITING'], settleMs });
    if (waiting.kind === 'closed')
      await this.recorder.record(attempt, outcome, { from: ['CLAIMED'], claimToken: token, settleMs });
  }

  async refused(prepared: Prepared, refusal: Refusal, claimedBefore = false): Promise<void> {
    const { attempt, token } = prepared;
    if (refusal === 'taken') {
      this.logger.info(
        { plan_id: attempt.planId, attempt: attempt.attempt },
        `plan ${attempt.planId} is taken by another process`,
      );
      return;
    }
    const options = claimedBefore
      ? ({ from: ['CLAIMED'], claimToken: token } as const)
      : ({ from: ['WAITING'] } as const);
    const { replaced } = prepared;
    const details: JsonObject = replaced.length === 0 ? {} : { replaced };
    await this.recorder.record(attempt, refusedClaim(attempt, refusal, details), options);
  }

  /** This process was stopped between the claim and its send: nothing was written, whatever becomes of Redis. */
  async stopped(prepared: Prepared): Promise<void> {
    const { attempt, replaced } = prepared;
    const details: JsonObject = replaced.length === 0 ? {} : { replaced };
    await this.#endClaimed(prepared, refusedClaim(attempt, 'kill_switch_active', details));
  }

  /** The exchange refused the order by its rules, and by those of now nothing can be sent. */
  async nothingLeft(prepared: Prepared, outcome: Outcome): Promise<void> {
    await this.#endClaimed(prepared, outcome);
  }

  /** `sentBefore`: an earlier request of this attempt was written. */
  async answered(
    prepared: Prepared,
    outcome: OrderOutcome | StopOutcome,
    waitMs: number | undefined,
    sentBefore = false,
  ): Promise<void> {
    const { attempt, sent, token, details } = prepared;
    const refused = (error: 'order_rejected' | 'exchange_unavailable', said: JsonObject): Promise<void> => {
      const evidence = evidenceOfAnswer(`${outcome.kind}: ${textOf(said['code'])} ${textOf(said['message'])}`);
      const ended = refusedByExchange(attempt, error, sent, { ...details, ...said, evidence }, waitMs);
      // Some refusals come before the claim was made: a ban, a spent budget, a connection that could not be had.
      return waitMs === undefined ? this.#giveUp(prepared, ended) : this.#endClaimed(prepared, ended);
    };
    switch (outcome.kind) {
      case 'accepted':
        return this.follower.follow(attempt, outcome.order, {
          sent,
          details: { ...details, evidence: evidenceOfAnswer(statusOf(outcome.order)) },
          waitMs,
          claimed: prepared.target,
          claimToken: token,
        });
      case 'placed':
        await this.stops.ended(prepared, outcome.stopId, waitMs);
        return;
      case 'rejected':
        if (isReduceOnlyRefusal(outcome.code) && (sentBefore || (await this.#followsAnOrder(attempt))))
          return this.#unknown(
            prepared,
            `${outcome.code} ${outcome.message}: an earlier request of the plan may have arrived`,
            true,
          );
        return refused('order_rejected', { code: outcome.code, message: outcome.message });
      case 'would_trigger':
        return refused('order_rejected', { message: outcome.message });
      case 'not_accepted':
        return refused('exchange_unavailable', { code: outcome.code, message: outcome.message });
      case 'duplicate':
        return this.#unknown(prepared, outcome.message, true);
      case 'unknown':
        return this.#unknown(prepared, outcome.detail);
    }
    return outcome satisfies never;
  }

  /** `isAnswered`: the order never goes again before its proof. */
  async #unknown({ attempt, sent }: Prepared, detail: string, isAnswered = false): Promise<void> {
    this.logger.error(
      { plan_id: attempt.planId, symbol: attempt.symbol, client_order_id: sent.clientOrderId, detail },
      'Order outcome unknown: looking it up before anything else is sent',
    );
    await this.journal.note(attempt, 'unknown', detail, 0);
    if (isAnswered) await this.journal.note(attempt, 'answered', detail);
  }

  /** An earlier order of the close was sent: by the plan that this one continues, or by an earlier attempt that was claimed. */
  async #followsAnOrder({ planId, attempt, continues }: Prepared['attempt']): Promise<boolean> {
    if (continues !== undefined) return true;
    if (attempt === 1) return false;
    try {
      return (await this.records.trace(planId)).some(
        (each) => each['step'] === 'claimed' && each['attempt'] !== attempt,
      );
    } catch (error) {
      if (!(error instanceof RedisUnavailable) && !(error instanceof RedisRefused)) throw error;
      this.logger.warn(
        { err: error, plan_id: planId },
        'the earlier attempts of a plan cannot be read: one may have been sent',
      );
      return true;
    }
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
