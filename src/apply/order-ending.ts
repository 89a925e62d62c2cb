import type { JsonObject } from '../flow/0-json.js';
import { CredentialsRefused, type OrderOutcome, type StopOutcome } from '../exchange/exchange.port.js';
import type { PlanJournal } from '../redis/plan-journal.js';
import { RedisRefused, RedisUnavailable } from '../redis/redis.errors.js';
import type { Logger } from '../telemetry/logger.js';
import type { OrderFollower } from './order-follower.js';
import type { Prepared } from './order-preparer.js';
import { notSent, type Outcome, refusedByVenue } from './outcomes.js';
import { ClaimRefused, type Refusal, refusedClaim } from './refused-claim.js';
import type { ResultRecorder } from './result-recorder.js';
import type { StopPlacer } from './stop-placer.js';

const GIVE_UP_SETTLE_MS = 60_000;

/**
 * How an attempt ends that was to be sent: what its claim, its call or the venue said becomes its one result. What nobody knows
 * the outcome of is left to the resolver. `waitMs` is that of the claim, `undefined` where none was made.
 */
export class OrderEnding {
  constructor(
    private readonly journal: PlanJournal,
    private readonly recorder: ResultRecorder,
    private readonly follower: OrderFollower,
    private readonly stops: StopPlacer,
    private readonly logger: Logger,
  ) {}

  /** The call threw: the request of this send was not written. An earlier send was definitely not accepted. */
  async notWritten(prepared: Prepared, error: unknown, waitMs: number | undefined): Promise<void> {
    const { attempt, token } = prepared;
    if (error instanceof ClaimRefused) return this.refused(prepared, error.refusal, waitMs !== undefined);
    if (error instanceof CredentialsRefused)
      return this.#giveUp(prepared, notSent(attempt, 'missing_credentials', error.message), token);
    if (error instanceof RedisUnavailable || error instanceof RedisRefused) {
      return this.#giveUp(prepared, notSent(attempt, 'permit_check_redis_error', error.message), token);
    }
    throw error;
  }

  #endClaimed(prepared: Prepared, outcome: Outcome): Promise<unknown> {
    const { attempt, token } = prepared;
    return this.recorder.record(attempt, outcome, {
      // Another process may have asked what became of the claim meanwhile; a definite answer to its owner settles it.
      from: ['CLAIMED', 'UNKNOWN'],
      claimToken: token,
      settleMs: GIVE_UP_SETTLE_MS,
    });
  }

  /** Nothing was written, but the claim may have been made: end the attempt from either side of it. */
  async #giveUp(prepared: Prepared, outcome: Outcome, claimToken: string): Promise<void> {
    const { attempt } = prepared;
    const settleMs = GIVE_UP_SETTLE_MS;
    const waiting = await this.recorder.record(attempt, outcome, { from: ['WAITING'], settleMs });
    if (waiting.kind === 'closed')
      await this.recorder.record(attempt, outcome, { from: ['CLAIMED'], claimToken, settleMs });
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

  async answered(prepared: Prepared, outcome: OrderOutcome | StopOutcome, waitMs: number | undefined): Promise<void> {
    const { attempt, sent, token, details } = prepared;
    // Some refusals come before the claim was made: a ban, a spent budget, a connection that could not be had.
    const end = (ended: Outcome): Promise<unknown> =>
      waitMs === undefined ? this.#giveUp(prepared, ended, token) : this.#endClaimed(prepared, ended);
    switch (outcome.kind) {
      case 'accepted':
        return this.follower.follow(attempt, outcome.order, { sent, details, waitMs, claimToken: token });
      case 'placed':
        await this.stops.ended(prepared, outcome.stopId, waitMs);
        return;
      case 'rejected':
        await end(
          refusedByVenue(
            attempt,
            'order_rejected',
            sent,
            { ...details, code: outcome.code, message: outcome.message },
            waitMs,
          ),
        );
        return;
      case 'would_trigger':
        await end(refusedByVenue(attempt, 'order_rejected', sent, { ...details, message: outcome.message }, waitMs));
        return;
      case 'not_accepted':
        await end(
          refusedByVenue(
            attempt,
            'exchange_unavailable',
            sent,
            { ...details, code: outcome.code, message: outcome.message },
            waitMs,
          ),
        );
        return;
      case 'duplicate':
      case 'unknown': {
        const detail = outcome.kind === 'unknown' ? outcome.detail : outcome.message;
        this.logger.error(
          { plan_id: attempt.planId, symbol: attempt.symbol, client_order_id: sent.clientOrderId, detail },
          'Order outcome unknown: looking it up, never sending it again',
        );
        await this.journal.note(attempt, 'unknown', detail, 0);
        return;
      }
    }
    return outcome satisfies never;
  }
}
