import { Controller, Get } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Environment } from '../../config/environment.js';
import { SymbolSettings } from '../../config/symbols/symbol-settings.js';
import { Decimal, toPlainString } from '../../flow/0-decimal.js';
import { limitDay } from '../../gates/governor/index.js';
import { GovernorStore, type Reservation } from '../../redis/stores/governor-store.js';
import { isWrongType, unlessWrongType } from '../../redis/connection/redis.errors.js';
import { Needs } from '../access/caller.js';
import { RedisTime } from './redis-time.js';
import { type LimitAnswer, LimitsAnswer, type SymbolLimitsAnswer } from './limits.dto.js';

const ZERO = new Decimal(0);

/** One limit: `used` counts what is reserved as well, `reserved` is the part of it that awaits its result. */
function limitView(limit: Decimal | undefined, used: Decimal, reserved: Decimal): LimitAnswer {
  return {
    limit: limit === undefined ? null : toPlainString(limit),
    used: toPlainString(used),
    reserved: toPlainString(reserved),
    left: limit === undefined ? null : toPlainString(Decimal.max(limit.minus(used), ZERO)),
  };
}

@ApiTags('limits')
@ApiBearerAuth()
@Controller('api/v1/limits')
export class LimitsController {
  constructor(
    private readonly environment: Environment,
    private readonly settings: SymbolSettings,
    private readonly store: GovernorStore,
    private readonly time: RedisTime,
  ) {}

  @Get()
  @Needs('viewer')
  @ApiOperation({ summary: 'Every limit per symbol: its value, and how much is used, reserved and left' })
  @ApiOkResponse({ type: LimitsAnswer })
  async list(): Promise<LimitsAnswer> {
    const nowMs = await this.time.nowMs();
    const reservations = await this.#open(nowMs);
    const limits = this.environment.applyAllowlist.map((symbol) => this.#readable(symbol, nowMs, reservations));
    return { day_utc: new Date(nowMs).toISOString().slice(0, 10), limits: await Promise.all(limits) };
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
      executions_per_hour: limitView(new Decimal(maxExecPerHour), new Decimal(usage.execHour), within(3_600_000)),
      executions_per_5min: limitView(new Decimal(maxExecPer5Min), new Decimal(usage.exec5Min), within(300_000)),
      reduce_notional_per_day_usd: limitView(
        new Decimal(maxReduceNotionalPerDayUsd),
        isToday ? usage.dayNotionalUsd : ZERO,
        sum(({ notionalUsd }) => notionalUsd),
      ),
      reduce_qty_per_day: limitView(
        maxReduceQtyPerDay === null ? undefined : new Decimal(maxReduceQtyPerDay),
        isToday ? usage.dayQty : ZERO,
        sum(({ qty }) => qty),
      ),
    };
  }
}
