import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { Decimal, parseDecimal, toPlainString } from '../flow/0-decimal.js';
import type { JsonObject } from '../flow/0-json.js';
import { type MarketSymbol, parsePlanId } from '../flow/0-primitives.js';
import type { UsablePermit } from '../flow/3-permit-reading.js';
import { clientOrderIdOf, orderQuantity, reducingSide, type Side } from '../flow/4-order.js';
import {
  CredentialsRefused,
  EXCHANGE,
  type ExchangePort,
  ExchangeUnavailable,
  type MarketRules,
  type OrderReport,
} from '../exchange/exchange.port.js';
import { isFinal } from '../exchange/order-status.js';
import { orderParts } from '../redis/keys/order-parts.js';
import { ControlStore } from '../redis/stores/control-store.js';
import { PositionStore } from '../redis/stores/position-store.js';
import { RecordedEvidence } from '../redis/stores/recorded-evidence.js';
import type { TargetAtClaim } from '../redis/stores/claim.js';
import type { AttemptStanding } from '../redis/stores/journal-requests.js';
import { RedisRefused } from '../redis/connection/redis.errors.js';
import { RedisClock } from '../redis/connection/redis-clock.js';
import { ServerIdentity } from '../redis/connection/server-identity.js';
import { AccountPreflight } from '../runtime/account-preflight.js';
import { UnrecordedOrders } from './unrecorded-orders.js';
import { APPLY_SETTINGS, type ApplySettings } from './apply-settings.js';
import { encodeTakenUp } from '../flow/1-standing.js';
import type { Attempt } from './attempt.js';
import { targetOf, targetReached } from './order-target.js';
import { notSent, type Outcome, type SentOrder } from './outcomes.js';
import { holdForUnknownOrder } from './unknown-order-hold.js';

/** An attempt with both its permits, and the standing proposal behind it. */
export interface Permitted {
  readonly attempt: Attempt;
  readonly standing: AttemptStanding;
  readonly governor: UsablePermit;
  readonly p33: UsablePermit;
}

export interface Prepared extends Permitted {
  /** Identifies the claim: after a lost reply the same token says whether it is ours. */
  readonly token: string;
  readonly side: Side;
  readonly quantity: Decimal;
  readonly rules: MarketRules;
  readonly target: TargetAtClaim;
  readonly sent: SentOrder & { readonly side: Side; readonly quantity: Decimal };
  readonly details: JsonObject;
  /** Client order ids of earlier stops that were cancelled for this one. */
  readonly replaced: readonly string[];
}

/** Of `plan_id:attempt`. */
function clientOrderIdOfOrder(order: string): string | undefined {
  const [plan, attempt] = orderParts(order);
  const planId = parsePlanId(plan);
  return planId && clientOrderIdOf(planId, 0, Number(attempt));
}

/** The order ended without a fill, so it did not change the position. */
function hasEndedEmpty({ status, executedQty }: OrderReport): boolean {
  return isFinal(status) && executedQty.isZero();
}

/** Computes side and quantity of the order that both permits allow, or the reason why there is nothing to send. Sends nothing. */
@Injectable()
export class OrderPreparer {
  constructor(
    @Inject(EXCHANGE) private readonly exchange: ExchangePort,
    private readonly positions: PositionStore,
    private readonly recorded: RecordedEvidence,
    private readonly control: ControlStore,
    private readonly clock: RedisClock,
    private readonly server: ServerIdentity,
    @Inject(APPLY_SETTINGS) private readonly settings: Pick<ApplySettings, 'maxAttempts' | 'dedupeTtlMs'>,
    private readonly preflight: AccountPreflight,
    private readonly unrecorded: UnrecordedOrders,
  ) {}

  async prepare(permitted: Permitted): Promise<Prepared | Outcome> {
    const { attempt } = permitted;
    if (attempt.mode !== 'dry_run' && this.exchange.hasCredentials && !this.preflight.confirmed) {
      return notSent(attempt, 'exchange_unavailable', 'the exchange has not confirmed the account yet');
    }
    if (attempt.mode !== 'dry_run' && !this.unrecorded.isCompared) {
      const reason = 'the orders of the exchange were not compared with the records in Redis yet';
      return notSent(attempt, 'exchange_unavailable', reason);
    }
    try {
      const rules = await this.exchange.rules(attempt.symbol);
      const traded =
        attempt.mode === 'dry_run'
          ? undefined
          : ((await this.#repeatedOrder(permitted)) ?? (await this.#earlierOrder(attempt)));
      return traded ?? (await this.#sized(permitted, rules));
    } catch (error) {
      if (error instanceof CredentialsRefused) return notSent(attempt, 'missing_credentials', error.message);
      if (error instanceof ExchangeUnavailable) return notSent(attempt, 'exchange_unavailable', error.message);
      if (error instanceof RedisRefused) return notSent(attempt, 'permit_check_redis_error', error.message);
      throw error;
    }
  }

  async #sized(permitted: Permitted, rules: MarketRules): Promise<Prepared | Outcome> {
    const { attempt, standing, governor, p33 } = permitted;
    const amount = p33.exchangePositionAmt ?? (await this.#storedAmount(attempt.symbol));
    if (amount === undefined) return notSent(attempt, 'permit_invalid', 'the side of the position is not known');
    if (amount.isZero()) return notSent(attempt, 'no_position', 'the position is flat');
    const safe = p33.maxQty ?? new Decimal(0);
    if (!safe.lte(amount.abs())) {
      const reason = `safe_close_qty ${toPlainString(safe)} is more than the position of ${toPlainString(amount)}`;
      return notSent(attempt, 'permit_invalid', reason, { issuer: 'p33' });
    }
    const permits = Decimal.min(safe, governor.maxQty ?? safe);
    const isStop = attempt.step.step === 'UPDATE_SL';
    const smallest = Decimal.max(rules.stepSize, rules.minQty);
    const target = targetOf(attempt, standing, amount, rules, this.clock.nowMs());
    if ('error' in target) return target;
    if (!isStop && !target.left.gte(smallest))
      return targetReached(attempt, standing.identity, target, amount, smallest);
    const allowed = isStop ? permits : Decimal.min(permits, target.left);
    const quantity = isStop
      ? { kind: 'sendable' as const, quantity: allowed, cutTo: undefined }
      : orderQuantity(allowed, rules);
    if (quantity.kind === 'below_step' || !quantity.quantity.gt(0)) {
      const reason = `the quantity that both permits allow, ${toPlainString(allowed)}, is less than one step of ${toPlainString(rules.stepSize)}`;
      return notSent(attempt, 'permit_invalid', reason);
    }
    const side = reducingSide(amount);
    const other = [governor, p33].find((permit) => permit.side !== undefined && permit.side !== side);
    if (other !== undefined) {
      const reason = `side of the permit is ${JSON.stringify(other.side)}, and the order is a ${side}`;
      return notSent(attempt, 'permit_invalid', reason, { issuer: other.issuer });
    }
    const clientOrderId = clientOrderIdOf(attempt.planId, 0, attempt.attempt);
    return {
      ...permitted,
      rules,
      target: {
        identity: standing.identity,
        expected: standing.takenUp,
        takenUp: encodeTakenUp(target.takenUp),
        left: isStop ? '' : toPlainString(target.left),
        smallest: toPlainString(smallest),
      },
      side,
      token: randomUUID(),
      quantity: quantity.quantity,
      sent: { clientOrderId, side, quantity: quantity.quantity },
      replaced: [],
      details: {
        exchange_position_amt: amount,
        safe_close_qty: p33.maxQty,
        governor_qty: governor.maxQty,
        target: target.takenUp.target,
        left_to_target: isStop ? undefined : target.left,
        cut_to_market_max: quantity.cutTo,
        manual_permit: governor.manual ? true : undefined,
      },
    };
  }

  async #storedAmount(symbol: string): Promise<Decimal | undefined> {
    return parseDecimal((await this.positions.stored(symbol)).snapshot['position_amt'] ?? '');
  }

  /**
   * Looks for an order of this plan at the exchange that the journal does not show. If there is one, nothing more is sent and the
   * symbol is held for an operator. Earlier attempts are always checked. This one and later ones are checked while Redis may have
   * lost the dedupe key of a plan that already traded.
   */
  async #earlierOrder(attempt: Attempt): Promise<Outcome | undefined> {
    const { symbol, planId } = attempt;
    if (attempt.step.step === 'UPDATE_SL') return undefined;
    const last = this.#mayBeForgotten() ? Math.max(attempt.attempt, this.settings.maxAttempts) : attempt.attempt - 1;
    const earlier = Array.from({ length: last }, (_, index) => clientOrderIdOf(planId, 0, index + 1));
    const traces = await Promise.all(earlier.map((clientOrderId) => this.#traceOf(symbol, clientOrderId)));
    const traced = traces.find((trace) => trace !== undefined);
    if (traced === undefined) return undefined;
    const { reason, details } = traced;
    await holdForUnknownOrder(this.control, symbol, reason, this.clock.nowMs());
    return notSent(attempt, 'order_outcome_unknown', reason, details);
  }

  /** An order that this one repeats is there after all. Its own plan is looked after and gets its result. */
  async #repeatedOrder({ attempt, standing }: Permitted): Promise<Outcome | undefined> {
    const repeated = standing.repeats.split(',').flatMap((order) => clientOrderIdOfOrder(order) ?? []);
    const traces = await Promise.all(repeated.map((clientOrderId) => this.#traceOf(attempt.symbol, clientOrderId)));
    const traced = traces.find((trace) => trace !== undefined);
    return traced && notSent(attempt, 'in_flight', traced.reason, traced.details);
  }

  /** The look-up may miss an order for minutes after the user stream reported its fill, so both are checked. */
  async #traceOf(
    symbol: MarketSymbol,
    clientOrderId: string,
  ): Promise<{ readonly reason: string; readonly details: JsonObject } | undefined> {
    const [found, recordedQty] = await Promise.all([
      this.exchange.findOrder(symbol, clientOrderId),
      this.recorded.filledQty(symbol, clientOrderId),
    ]);
    if (found.kind === 'found' && !(hasEndedEmpty(found.order) && recordedQty?.isZero() === true)) {
      const { status, executedQty } = found.order;
      const reason = `order ${clientOrderId} of this plan is already at the exchange: ${status}, executed ${toPlainString(executedQty)}`;
      return { reason, details: { client_order_id: clientOrderId, status, executed_qty: executedQty } };
    }
    if (recordedQty?.isZero() === true) return undefined;
    const filled =
      recordedQty === undefined ? 'has a recorded fill that cannot be read' : `filled ${toPlainString(recordedQty)}`;
    const reason = `order ${clientOrderId} of this plan ${filled} according to the user stream, but the exchange does not find it`;
    return { reason, details: { client_order_id: clientOrderId, executed_qty: recordedQty } };
  }

  #mayBeForgotten(): boolean {
    const server = this.server.known;
    return (
      server === undefined ||
      (server.changedMs > 0 && this.clock.nowMs() < server.changedMs + this.settings.dedupeTtlMs)
    );
  }
}
