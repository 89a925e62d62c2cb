import { Inject, Injectable } from '@nestjs/common';
import { toPlainString } from '../flow/0-decimal.js';
import type { ClaimedTarget } from '../flow/1-standing.js';
import type { JsonObject } from '../flow/0-json.js';
import { EXCHANGE, type ExchangePort, type OrderReport } from '../exchange/exchange.port.js';
import { isFinal, statusOf } from '../exchange/order-status.js';
import { redisTimeOf } from '../exchange/exchange-time.js';
import { PlanJournal } from '../redis/stores/plan-journal.js';
import { RedisClock } from '../redis/connection/redis-clock.js';
import { type Logger, ROLE_LOGGER } from '../telemetry/logger.js';
import type { Attempt } from './attempt.js';
import { filled, type FinalOrder, type SentOrder } from './outcomes.js';
import { ResultRecorder } from './result-recorder.js';

const RECORD_SETTLE_MS = 60_000;

export interface FollowContext {
  readonly sent: SentOrder;
  readonly details: JsonObject;
  readonly waitMs: number | undefined;
  readonly claimed: ClaimedTarget;
  /** `""` when the resolver follows the claim of another process. */
  readonly claimToken: string;
}

/** Records the result of an order once the exchange reports it as final. Until then the resolver looks it up again. */
@Injectable()
export class OrderTracker {
  constructor(
    @Inject(EXCHANGE) private readonly exchange: ExchangePort,
    private readonly journal: PlanJournal,
    private readonly recorder: ResultRecorder,
    private readonly clock: RedisClock,
    @Inject(ROLE_LOGGER) private readonly logger: Logger,
  ) {}

  async follow(attempt: Attempt, order: OrderReport, context: FollowContext): Promise<void> {
    if (!isFinal(order.status)) {
      await this.journal.note(attempt, 'answered', statusOf(order), 0);
      return;
    }
    await this.settle(attempt, order, this.#redisTimeOf(order.updateTimeMs), context);
  }

  /** Records the result of a final order. `filledAtMs`: Redis' clock. */
  async settle(attempt: Attempt, order: FinalOrder, filledAtMs: number, context: FollowContext): Promise<void> {
    const outcome = filled(attempt, order, context.sent, filledAtMs, context.details, context.waitMs);
    if (outcome.executed) {
      this.logger.info(
        {
          plan_id: attempt.planId,
          symbol: attempt.symbol,
          order_id: order.orderId,
          executed_qty: toPlainString(order.executedQty),
        },
        `Order ${order.orderId} executed successfully`,
      );
    }
    await this.recorder.record(attempt, outcome, {
      from: ['CLAIMED', 'UNKNOWN'],
      claimToken: context.claimToken,
      claimed: context.claimed,
      settleMs: RECORD_SETTLE_MS,
    });
  }

  /** Converts the exchange's time of a fill to Redis' clock, through the known offsets of both to this host's clock. */
  #redisTimeOf(exchangeTimeMs: number): number {
    const nowMs = this.clock.nowMs();
    if (exchangeTimeMs <= 0) return nowMs;
    return Math.min(nowMs, Math.round(redisTimeOf(this.exchange, nowMs, exchangeTimeMs)));
  }
}
