import { Inject, Injectable } from '@nestjs/common';
import type { MarketSymbol } from '../flow/0-primitives.js';
import { CredentialsRefused, EXCHANGE, type ExchangePort, ExchangeUnavailable } from '../exchange/exchange.port.js';
import { isFinal, statusOf } from '../exchange/order-status.js';
import { RedisClock } from '../redis/connection/redis-clock.js';
import { ServerIdentity } from '../redis/connection/server-identity.js';
import { ControlStore } from '../redis/stores/control-store.js';
import { PlanRecords } from '../redis/stores/plan-records.js';
import { type Logger, ROLE_LOGGER } from '../telemetry/logger.js';
import { APPLY_SETTINGS, type ApplySettings } from './apply-settings.js';
import { RecentMap } from './recent-map.js';
import { holdForUnknownOrder } from './unknown-order-hold.js';

/** Longer than a demoted primary may go on before its clients notice. */
const REMEMBERED_MS = 120_000;
/** The exchange's look-up by client order id may not see a new order at once. */
const LOOK_UP_LAG_MS = 2_000;

/** An order that this process claimed and sent. */
export interface SentClaim {
  readonly planId: string;
  readonly symbol: MarketSymbol;
  readonly clientOrderId: string;
  readonly side: string;
  readonly quantity: string;
  readonly isStop: boolean;
}

/**
 * The claims that this process made in the last two minutes. A failover may lose some of them, also a planned one: until its clients
 * notice, a demoted primary takes claims that the new primary never gets. After each change of the Redis server every claim is compared
 * with its trace. One that is missing there is looked up at the exchange; if its order exists, the symbol is held until an operator has
 * looked at it.
 */
@Injectable()
export class RecentClaims {
  readonly #remembered = new RecentMap<SentClaim>(REMEMBERED_MS);
  /** By client order id: to be compared since the last change. */
  readonly #suspects = new Map<string, SentClaim>();
  #changedMs: number | undefined;

  constructor(
    @Inject(EXCHANGE) private readonly exchange: ExchangePort,
    private readonly server: ServerIdentity,
    private readonly records: PlanRecords,
    private readonly control: ControlStore,
    private readonly clock: RedisClock,
    @Inject(APPLY_SETTINGS) private readonly settings: Pick<ApplySettings, 'unknownProofMs'>,
    @Inject(ROLE_LOGGER) private readonly logger: Logger,
  ) {}

  /** Call before the order is sent. */
  remember(claim: SentClaim): void {
    this.#remembered.set(claim.clientOrderId, claim);
  }

  /** Called every second. */
  async compare(): Promise<void> {
    const { known } = this.server;
    if (known === undefined) return;
    const settledMs = this.clock.nowMs() - known.settleUntilMs;
    const isNew = this.#changedMs !== undefined && this.#changedMs !== known.changedMs;
    // Also what the old server still answered while the new one was noticed: the new one allows no claim before it has settled.
    if (isNew || settledMs < LOOK_UP_LAG_MS) for (const [id, claim] of this.#remembered) this.#suspects.set(id, claim);
    this.#changedMs = known.changedMs;
    if (this.#suspects.size === 0 || settledMs < LOOK_UP_LAG_MS) return;
    for (const [id, claim] of this.#suspects) {
      try {
        if (await this.#isSettled(claim, settledMs)) this.#suspects.delete(id);
      } catch (error) {
        if (!(error instanceof ExchangeUnavailable) && !(error instanceof CredentialsRefused)) throw error;
        this.logger.warn({ err: error, ...fieldsOf(claim) }, 'an order that Redis lost cannot be looked up yet');
        return;
      }
    }
  }

  async #isSettled(claim: SentClaim, settledMs: number): Promise<boolean> {
    const trace = await this.records.trace(claim.planId);
    if (trace.some((step) => step['step'] === 'claimed' && step['client_order_id'] === claim.clientOrderId))
      return true;
    const found = await this.#lookUp(claim);
    if (found === undefined) return settledMs >= this.settings.unknownProofMs + LOOK_UP_LAG_MS;
    if (found === '') return true;
    const { symbol, clientOrderId, side, quantity } = claim;
    const reason = `order ${clientOrderId} (${side} ${quantity}, ${found} at the exchange) was claimed on a Redis server that was replaced, and the present one has no record of it; the Governor's counts may lack it too`;
    this.logger.error(fieldsOf(claim), reason);
    await holdForUnknownOrder(this.control, symbol, reason, this.clock.nowMs());
    return true;
  }

  /** The status of an order that has or may have an effect; `""` for one without, `undefined` if the exchange does not find it. */
  async #lookUp({ symbol, clientOrderId, isStop }: SentClaim): Promise<string | undefined> {
    if (isStop) return (await this.exchange.findStop(symbol, clientOrderId)) === undefined ? undefined : 'placed';
    const found = await this.exchange.findOrder(symbol, clientOrderId);
    if (found.kind === 'not_found') return undefined;
    const { order } = found;
    return isFinal(order.status) && order.executedQty.isZero() ? '' : statusOf(order);
  }
}

function fieldsOf({ planId, symbol, clientOrderId }: SentClaim) {
  return { plan_id: planId, symbol, client_order_id: clientOrderId };
}
