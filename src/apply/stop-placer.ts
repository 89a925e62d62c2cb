import { Inject, Injectable } from '@nestjs/common';
import { Decimal, toPlainString } from '../flow/0-decimal.js';
import {
  EXCHANGE,
  type ExchangePort,
  ExchangeUnavailable,
  type MarketRules,
  type NotAccepted,
  type OpenStop,
  type PreparedOrder,
  type StopOutcome,
} from '../exchange/exchange.port.js';
import { evidenceOfAnswer } from '../flow/5-evidence-trace.js';
import { type Logger, ROLE_LOGGER } from '../telemetry/logger.js';
import type { ClaimedTarget } from '../flow/1-standing.js';
import type { Attempt } from './attempt.js';
import { placedStop, type SentOrder } from './outcomes.js';
import { ResultRecorder } from './result-recorder.js';

const OURS = 'pg-';
const RECORD_SETTLE_MS = 60_000;

interface PreparedStop {
  readonly attempt: Attempt;
  readonly rules: MarketRules;
  readonly side: 'BUY' | 'SELL';
  readonly sent: SentOrder & { readonly clientOrderId: string };
  readonly token: string;
  readonly target: ClaimedTarget;
  readonly details: Parameters<typeof placedStop>[3];
  readonly replaced: readonly string[];
}

/** The trigger price rounded to the tick, towards the side that triggers earlier. */
export function triggerOnTick(price: Decimal, tickSize: Decimal, side: 'BUY' | 'SELL'): Decimal {
  const ticks = price.div(tickSize);
  return (side === 'SELL' ? ticks.ceil() : ticks.floor()).mul(tickSize);
}

/** Places protective stops. A new stop replaces the earlier one of this system and leaves all other stops alone. */
@Injectable()
export class StopPlacer {
  constructor(
    @Inject(EXCHANGE) private readonly exchange: ExchangePort,
    private readonly recorder: ResultRecorder,
    @Inject(ROLE_LOGGER) private readonly logger: Logger,
  ) {}

  prepare(prepared: PreparedStop, price: string): Promise<PreparedOrder<StopOutcome> | NotAccepted> {
    const { attempt, side, sent, rules } = prepared;
    const triggerPrice = toPlainString(triggerOnTick(new Decimal(price), rules.tickSize, side));
    return this.exchange.prepareStop({ symbol: attempt.symbol, side, triggerPrice, clientOrderId: sent.clientOrderId });
  }

  /** Call when the new stop is placed: cancels the one it replaces, if the exchange kept both, and reports that. */
  async ended(prepared: PreparedStop, stopId: string, waitMs: number | undefined): Promise<void> {
    const { attempt, sent, token, details, target } = prepared;
    const replaced = [...prepared.replaced, ...(await this.#cancelReplaced(prepared))];
    await this.recorder.record(
      attempt,
      placedStop(
        attempt,
        stopId,
        sent,
        { ...details, replaced, evidence: evidenceOfAnswer(`placed as ${stopId}`) },
        waitMs,
      ),
      {
        from: ['CLAIMED', 'UNKNOWN'],
        claimToken: token,
        claimed: target,
        settleMs: RECORD_SETTLE_MS,
      },
    );
  }

  /**
   * The exchange accepts one closePosition stop per side: cancels the earlier one of this system so that the new one is accepted.
   * If the new stop would trigger at once, the earlier one stays, because the position must not be left without a stop.
   */
  async makeRoom(
    prepared: PreparedStop,
  ): Promise<{ readonly kind: 'made'; readonly replaced: readonly string[] } | StopOutcome> {
    const { attempt, side, rules } = prepared;
    if (attempt.step.step !== 'UPDATE_SL') return { kind: 'made', replaced: [] };
    const trigger = triggerOnTick(new Decimal(attempt.step.price), rules.tickSize, side);
    try {
      const { positions, unreadable } = await this.exchange.positions([attempt.symbol]);
      const why = unreadable.get(attempt.symbol);
      if (why !== undefined) throw new ExchangeUnavailable(why);
      const mark = positions.get(attempt.symbol)?.markPrice;
      if (mark !== undefined && (side === 'SELL' ? mark.lte(trigger) : mark.gte(trigger)))
        return {
          kind: 'would_trigger',
          message: `the mark price ${toPlainString(mark)} has already crossed the trigger`,
        };
    } catch (error) {
      if (!(error instanceof ExchangeUnavailable)) throw error;
      return { kind: 'not_accepted', code: 'mark_unknown', message: error.message, again: 'later', bannedUntilMs: 0 };
    }
    return { kind: 'made', replaced: await this.#cancelReplaced(prepared) };
  }

  /** Client order ids of this system's earlier stops that were cancelled. */
  async #cancelReplaced({ attempt, side, sent }: PreparedStop): Promise<string[]> {
    const replaced: string[] = [];
    try {
      const open: readonly OpenStop[] = await this.exchange.openStops(attempt.symbol);
      for (const stop of open) {
        if (!stop.clientOrderId.startsWith(OURS) || stop.clientOrderId === sent.clientOrderId || stop.side !== side)
          continue;
        await this.exchange.cancelStop(attempt.symbol, stop.clientOrderId);
        replaced.push(stop.clientOrderId);
      }
    } catch (error) {
      // Two stops that can only close are safe; the next UPDATE_SL cancels the older one.
      this.logger.warn(
        { err: error, plan_id: attempt.planId, symbol: attempt.symbol },
        'an earlier stop could not be cancelled',
      );
    }
    return replaced;
  }
}
