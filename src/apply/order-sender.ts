import { plain } from '../flow/0-decimal.js';
import { isStillTrusted, type UsablePermit } from '../flow/3-permit-reading.js';
import type { PermitTrust } from '../flow/3-permit-signature.js';
import { CLOCK_SKEW_MS } from '../flow/4-order.js';
import { encodeResult } from '../flow/5-result.js';
import type { ExchangePort, OrderOutcome, SignedRequest, StopOutcome } from '../exchange/exchange.port.js';
import type { Claimed, ClaimRequest } from '../redis/claim.js';
import type { PermitStore } from '../redis/permit-store.js';
import { atEndOfTurn } from '../redis/turns.js';
import type { Logger } from '../telemetry/logger.js';
import type { GateMetrics } from '../telemetry/metrics.js';
import type { Attempt } from './attempt.js';
import type { OrderEnding } from './order-ending.js';
import type { OrderPreparer, Prepared } from './order-preparer.js';
import { dryRun } from './outcomes.js';
import { ClaimRefused } from './refused-claim.js';
import type { ResultRecorder } from './result-recorder.js';
import type { StopPlacer } from './stop-placer.js';

const MAX_SENDS = 3;
/** The venue takes one closePosition stop a side: the one to be replaced must go first. */
const STOP_EXISTS = '-4130';
/** How long a claim whose reply was lost is asked about before the attempt is given up unsent. */
const CLAIM_SETTLE_MS = 500;

type Tried = Claimed | { readonly kind: 'key_revoked' };

/** Claims and sends: the request is built and signed, then claimed, then exactly those bytes are written. */
export class OrderSender {
  readonly #busy = new Set<string>();

  constructor(
    private readonly exchange: ExchangePort,
    private readonly permits: PermitStore,
    private readonly trust: PermitTrust,
    private readonly preparer: OrderPreparer,
    private readonly recorder: ResultRecorder,
    private readonly stops: StopPlacer,
    private readonly ending: OrderEnding,
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

  /** `onClaimed` is called once, when the attempt is claimed. */
  async send(attempt: Attempt, governor: UsablePermit, p33: UsablePermit, onClaimed: () => void): Promise<void> {
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
      else if (attempt.mode === 'dry_run') await this.#dryRun(prepared, onClaimed);
      else await this.#real(prepared, onClaimed);
    } finally {
      this.#busy.delete(attempt.planId);
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
    const claimed = await this.#ifTrusted(prepared, () =>
      this.permits.claimDryRun(
        { ...this.#claimRequest(prepared), state: outcome.state, fields },
        performance.now() + CLAIM_SETTLE_MS,
      ),
    );
    if (claimed.kind !== 'claimed') {
      await this.ending.refused(prepared, claimed.kind);
      return;
    }
    onClaimed();
    this.#ready(prepared, claimed.waitMs);
    this.recorder.tell(attempt, outcome);
  }

  async #real(first: Prepared, onClaimed: () => void): Promise<void> {
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
        onClaimed();
        this.#ready(prepared, claimed.waitMs);
      };
      let outcome: OrderOutcome | StopOutcome;
      try {
        outcome = await this.#write(prepared, claim);
      } catch (error) {
        await this.ending.notWritten(prepared, error, waitMs);
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
      await this.ending.answered(prepared, outcome, waitMs);
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
}
