import { Injectable } from '@nestjs/common';
import { Environment } from '../../config/environment.js';
import { SymbolSettings } from '../../config/symbols/symbol-settings.js';
import { Decimal, toPlainString } from '../../flow/0-decimal.js';
import { BURST_MS, dayEndsMs, executionFreeAtMs, HOUR_MS } from '../../gates/governor/free-at.js';
import { limitDay } from '../../gates/governor/index.js';
import { GovernorStore, type Reservation } from '../../redis/stores/governor-store.js';
import { isWrongType, unlessWrongType } from '../../redis/connection/redis.errors.js';
import type { LimitAnswer, SymbolLimitsAnswer } from './limits.dto.js';

const ZERO = new Decimal(0);

export const LIMIT_NAMES = [
  'executions_per_hour',
  'executions_per_5min',
  'reduce_notional_per_day_usd',
  'reduce_qty_per_day',
] as const;
export type LimitName = (typeof LIMIT_NAMES)[number];
function limitUse(
  limit: Decimal | undefined,
  used: Decimal,
  reserved: Decimal,
  freeAtMs: number | undefined,
): LimitAnswer {
  const left = limit === undefined ? undefined : Decimal.max(limit.minus(used), ZERO);
  return {
    limit: limit === undefined ? null : toPlainString(limit),
    used: toPlainString(used),
    reserved: toPlainString(reserved),
    left: left === undefined ? null : toPlainString(left),
    free_at_ms: left?.isZero() === true ? (freeAtMs ?? null) : null,
  };
}

/** Reads how much of every limit is used. */
@Injectable()
export class LimitUsage {
  constructor(
    private readonly environment: Environment,
    private readonly settings: SymbolSettings,
    private readonly store: GovernorStore,
  ) {}

  async read(nowMs: number): Promise<SymbolLimitsAnswer[]> {
    const reservations = await this.#open(nowMs);
    return Promise.all(this.environment.applyAllowlist.map((symbol) => this.#readable(symbol, nowMs, reservations)));
  }

  async #open(nowMs: number): Promise<Reservation[]> {
    const open = await this.store.openReservations(nowMs + 60_000);
    const read = await Promise.all(open.map(([planId, attempt]) => this.#reservation(planId, attempt)));
    return read.filter((reservation) => reservation?.state === 'reserved') as Reservation[];
  }

  #reservation(planId: string, attempt: string): Promise<Reservation | undefined> {
    return unlessWrongType(() => this.store.reservation(planId, attempt));
  }

  /** A symbol whose keys are of another type has a fault in place of its figures, and hides no other. */
  async #readable(symbol: string, nowMs: number, reservations: readonly Reservation[]): Promise<SymbolLimitsAnswer> {
    try {
      return await this.#symbol(symbol, nowMs, reservations);
    } catch (error) {
      if (isWrongType(error)) return { symbol, fault: error.message };
      throw error;
    }
  }

  async #symbol(symbol: string, nowMs: number, reservations: readonly Reservation[]): Promise<SymbolLimitsAnswer> {
    const usage = await this.store.usage(symbol);
    const executionsMs = await this.store.executionTimes(symbol, nowMs - HOUR_MS);
    const freeAt = (limit: number, windowMs: number): number | undefined =>
      executionFreeAtMs(
        executionsMs.filter((atMs) => atMs > nowMs - windowMs),
        limit,
        windowMs,
      );
    const { maxExecPerHour, maxExecPer5Min, maxReduceNotionalPerDayUsd, maxReduceQtyPerDay } =
      this.settings.forSymbol(symbol);
    const today = limitDay(usage.day, nowMs);
    const isToday = usage.day === today;
    const own = reservations.filter((reservation) => reservation.symbol === symbol);
    const ownToday = own.filter(({ day }) => day === today);
    const within = (ms: number): Decimal => new Decimal(own.filter(({ atMs }) => atMs > nowMs - ms).length);
    const sum = (of: (reservation: Reservation) => Decimal): Decimal =>
      ownToday.reduce((total, each) => total.plus(of(each)), ZERO);
    return {
      symbol,
      executions_per_hour: limitUse(
        new Decimal(maxExecPerHour),
        new Decimal(usage.execHour),
        within(HOUR_MS),
        freeAt(maxExecPerHour, HOUR_MS),
      ),
      executions_per_5min: limitUse(
        new Decimal(maxExecPer5Min),
        new Decimal(usage.exec5Min),
        within(BURST_MS),
        freeAt(maxExecPer5Min, BURST_MS),
      ),
      reduce_notional_per_day_usd: limitUse(
        new Decimal(maxReduceNotionalPerDayUsd),
        isToday ? usage.dayNotionalUsd : ZERO,
        sum(({ notionalUsd }) => notionalUsd),
        dayEndsMs(nowMs),
      ),
      reduce_qty_per_day: limitUse(
        maxReduceQtyPerDay === null ? undefined : new Decimal(maxReduceQtyPerDay),
        isToday ? usage.dayQty : ZERO,
        sum(({ qty }) => qty),
        dayEndsMs(nowMs),
      ),
    };
  }
}
