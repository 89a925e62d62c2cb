import { plain } from '../flow/0-decimal.js';
import type { JsonObject } from '../flow/0-json.js';
import { isStillTrusted, type UsablePermit } from '../flow/3-permit-reading.js';
import type { PermitTrust } from '../flow/3-permit-signature.js';
import { CLOCK_SKEW_MS } from '../flow/4-order.js';
import { encodeResult } from '../flow/5-result.js';
import {
  CredentialsRefused,
  type ExchangePort,
  type OrderOutcome,
  type SignedRequest,
  type StopOutcome,
} from '../exchange/exchange.port.js';
import type { Claimed, ClaimRefusal, ClaimRequest } from '../redis/claim.js';
import type { PermitStore } from '../redis/permit-store.js';
import type { PlanJournal } from '../redis/plan-journal.js';
import { RedisRefused, RedisUnavailable } from '../redis/redis.errors.js';
import { atEndOfTurn } from '../redis/turns.js';
import type { Logger } from '../telemetry/logger.js';
import type { GateMetrics } from '../telemetry/metrics.js';
import type { Attempt } from './attempt.js';
import type { OrderFollower } from './order-follower.js';
import type { OrderPreparer, Prepared } from './order-preparer.js';
import { dryRun, notSent, type Outcome, refusedByVenue } from './outcomes.js';
import type { ResultRecorder } from './result-recorder.js';
import type { StopPlacer } from './stop-placer.js';

const MAX_SENDS = 3;
/** The venue takes one closePosition stop a side: the one to be replaced must go first. */
const STOP_EXISTS = '-4130';
/** How long a claim whose reply was lost is asked about before the attempt is given up unsent. */
const CLAIM_SETTLE_MS = 500;
const GIVE_UP_SETTLE_MS = 60_000;

/** Why nothing was claimed: the claim's own word, or that the key of one of the permits was revoked meanwhile. */
type Refusal = ClaimRefusal | 'key_revoked';
type Tried = Claimed | { readonly kind: 'key_revoked' };

/** The claim did not happen: the request was not written. */
class ClaimRefused extends Error {
  constructor(readonly refusal: Refusal) {
    super(refusal);
  }
}

/** Claims and sends: the request is built and signed, then claimed, then exactly those bytes are written. */
export class OrderSender {
  readonly #busy = new Set<string>();

  constructor(
    private readonly exchange: ExchangePort,
    private readonly permits: PermitStore,
    private readonly trust: PermitTrust,
    private readonly preparer: OrderPreparer,
    private readonly journal: PlanJournal,
    private readonly recorder: ResultRecorder,
    private readonly follower: OrderFollower,
    private readonly stops: StopPlacer,
    private readonly metrics: GateMetrics,
    private readonly logger: Logger,
  ) {}

  /** True while this process is between claim and answer of the plan: nobody here resolves it meanwhile. */
  isBusy(planId: string): boolean {
    return this.#busy.has(planId);
  }

  get busyCount(): number {
    return this.#busy.size;
  }

  async send(attempt: Attempt, governor: UsablePermit, p33: UsablePermit): Promise<void> {
    if (governor.manual) {
      this.logger.warn(
        { plan_id: attempt.planId, symbol: attempt.symbol, manual: true },
        'Governor permit written by hand',
      );
    }
    this.#busy.add(attempt.planId);
    try {
      const prepared = await this.preparer.prepare(attempt, governor, p33);
      if ('error' in prepared) await this.recorder.record(attempt, prepared, { from: ['WAITING'] });
      else if (attempt.mode === 'dry_run') await this.#dryRun(prepared);
      else await this.#real(prepared);
    } finally {
      this.#busy.delete(attempt.planId);
    }
  }

  async #dryRun(prepared: Prepared): Promise<void> {
    const { attempt } = prepared;
    const outcome = dryRun(attempt, prepared.sent, prepared.details);
    const { wait_ms: _waitMs, ...fields } = encodeResult({
      ...outcome,
      planId: attempt.planId,
      symbol: attempt.symbol,
      attempt: attempt.attempt,
    });
    const claimed = await this.#ifTrusted(prepared, () =>
      this.permits.claimDryRun(
        { ...this.#claimRequest(prepared), state: outcome.state, fields },
        performance.now() + CLAIM_SETTLE_MS,
      ),
    );
    if (claimed.kind !== 'claimed') {
      await this.#refused(prepared, claimed.kind);
      return;
    }
    this.#ready(prepared, claimed.waitMs);
    this.recorder.tell(attempt, outcome);
  }

  async #real(first: Prepared): Promise<void> {
    const { attempt } = first;
    let prepared = first;
    let waitMs: number | undefined;
    let stopsCleared = false;
    for (let sends = 1; ; sends += 1) {
      const claim = async (signed: SignedRequest): Promise<void> => {
        const isFirst = waitMs === undefined;
        const claimed = await this.#claim(prepared, signed, isFirst);
        if (claimed.kind !== 'claimed') throw new ClaimRefused(claimed.kind);
        if (!isFirst) return;
        waitMs = claimed.waitMs;
        this.#ready(prepared, claimed.waitMs);
      };
      let outcome: OrderOutcome | StopOutcome;
      try {
        outcome = await this.#write(prepared, claim);
      } catch (error) {
        await this.#notWritten(prepared, error, waitMs);
        return;
      }
      if (outcome.kind === 'not_accepted' && outcome.resend && sends < MAX_SENDS) {
        this.logger.warn(
          { plan_id: attempt.planId, code: outcome.code },
          `the venue did not take the order (${outcome.message}); signing it anew`,
        );
        continue;
      }
      if (outcome.kind === 'rejected' && outcome.code === STOP_EXISTS && !stopsCleared) {
        stopsCleared = true;
        const room = await this.stops.makeRoom(prepared);
        if (room.kind === 'made') {
          const { replaced } = room;
          prepared = { ...prepared, replaced, details: { ...prepared.details, replaced } };
          continue;
        }
        outcome = room;
      }
      await this.#answered(prepared, outcome, waitMs);
      return;
    }
  }

  #write(prepared: Prepared, claim: (signed: SignedRequest) => Promise<void>): Promise<OrderOutcome | StopOutcome> {
    const { attempt, sent, side } = prepared;
    if (attempt.step.step === 'UPDATE_SL') {
      return this.stops.place(prepared, attempt.step.price, claim);
    }
    const order = {
      symbol: attempt.symbol,
      side,
      quantity: plain(prepared.quantity),
      clientOrderId: sent.clientOrderId,
    };
    return this.exchange.placeReduceOnly(order, claim);
  }

  /** The last look at the keys: one that was revoked since its permit was verified stops the claim, and a sending anew. */
  async #ifTrusted({ governor, p33 }: Prepared, claim: () => Promise<Claimed>): Promise<Tried> {
    return [governor, p33].every((permit) => isStillTrusted(permit, this.trust)) ? claim() : { kind: 'key_revoked' };
  }

  #claim(prepared: Prepared, signed: SignedRequest, first: boolean): Promise<Tried> {
    const request: ClaimRequest = {
      ...this.#claimRequest(prepared),
      clientOrderId: prepared.sent.clientOrderId,
      signedMs: signed.signedTimestampMs,
      acceptMs: signed.recvWindowMs + CLOCK_SKEW_MS + Math.ceil(this.exchange.clock().uncertaintyMs),
    };
    const until = performance.now() + CLAIM_SETTLE_MS;
    return this.#ifTrusted(prepared, () =>
      first ? this.permits.claim(request, until) : this.permits.recheck(request, until),
    );
  }

  #claimRequest(prepared: Prepared): Omit<ClaimRequest, 'clientOrderId' | 'signedMs' | 'acceptMs'> {
    const { attempt, governor, p33, token, side, quantity } = prepared;
    return {
      planId: attempt.planId,
      symbol: attempt.symbol,
      attempt: attempt.attempt,
      token,
      governor,
      p33,
      side,
      quantity: plain(quantity),
    };
  }

  /** Told when the order is on its way. */
  #ready({ attempt }: Prepared, waitMs: number): void {
    atEndOfTurn('reports', () => {
      this.metrics.permitWaitSeconds.observe(waitMs / 1000);
      this.logger.info(
        { plan_id: attempt.planId, symbol: attempt.symbol, attempt: attempt.attempt, wait_ms: waitMs },
        `Both permits ready after ${waitMs}ms (Governor + P3.3)`,
      );
    });
  }

  /** The call threw: the request of this send was not written. An earlier send was definitely not accepted. */
  async #notWritten(prepared: Prepared, error: unknown, waitMs: number | undefined): Promise<void> {
    const { attempt, token } = prepared;
    if (error instanceof ClaimRefused) return this.#refused(prepared, error.refusal, waitMs !== undefined);
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

  async #refused(prepared: Prepared, refusal: Refusal, claimedBefore = false): Promise<void> {
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

  async #answered(prepared: Prepared, outcome: OrderOutcome | StopOutcome, waitMs: number | undefined): Promise<void> {
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

/** The result of an attempt whose claim was refused; `details` say what was done before. */
function refusedClaim(attempt: Attempt, refusal: Exclude<Refusal, 'taken'>, details: JsonObject): Outcome {
  switch (refusal) {
    case 'expired':
      return notSent(attempt, 'permit_timeout', 'the window passed before the claim', details);
    case 'settling':
      return notSent(
        attempt,
        'position_changed',
        'Redis was restarted, failed over or emptied: an order it has forgotten may still be on its way',
        details,
      );
    case 'kill_switch_active':
      return notSent(attempt, refusal, 'the kill switch was engaged before the order was sent', details);
    case 'disarmed':
      return {
        ...notSent(
          attempt,
          refusal,
          'the system was disarmed before the order was sent; both permits were given',
          details,
        ),
        wouldExecute: true,
      };
    case 'on_hold':
      return notSent(attempt, 'p33_denied', 'reconcile_hold_active', {
        ...details,
        cause: 'put on hold after the permit was given',
      });
    case 'in_flight':
      return notSent(attempt, refusal, 'another order of this system is open on the symbol');
    case 'position_changed':
      return notSent(attempt, refusal, 'the position or ledger moved after the permit was given');
    case 'permit_gone':
      return notSent(attempt, 'permit_invalid', 'a permit expired or was withdrawn before the claim');
    case 'permit_changed':
      return notSent(attempt, 'permit_invalid', 'a permit was replaced after it was verified');
    case 'key_revoked':
      return notSent(attempt, 'permit_invalid', 'the key of a permit was revoked after the permit was verified');
  }
  return refusal satisfies never;
}
