import { Inject, Injectable } from '@nestjs/common';
import { Decimal, toPlainString } from '../flow/0-decimal.js';
import { parseResult } from '../flow/5-result.js';
import type { Fields } from '../flow/0-primitives.js';
import { GROUPS } from '../redis/keys/groups.js';
import type { Keys } from '../redis/keys/keys.js';
import { KEYS } from '../redis/redis.tokens.js';
import { GovernorStore, type Reservation } from '../redis/stores/governor-store.js';
import { type PlanRecord, PlanRecords } from '../redis/stores/plan-records.js';
import { RecordedEvidence } from '../redis/stores/recorded-evidence.js';
import { isWrongType } from '../redis/connection/redis.errors.js';
import { RedisClock } from '../redis/connection/redis-clock.js';
import { DeadLetters } from '../redis/streams/dead-letters.js';
import type { Handled } from '../redis/streams/stream-consumer.js';
import type { StreamEntry } from '../redis/streams/stream-entry.js';
import { type Logger, ROLE_LOGGER } from '../telemetry/logger.js';
import { GateMetrics } from '../telemetry/metrics.js';

/** Results are normally consumed at once. If the attempt of a reservation this old has ended, its result was missed. */
const MISSED_RESULT_MS = 60_000;
/** A foreign Apply keeps no journal. After this time an unused permit has expired, and a used one has its result. */
const FOREIGN_FORGOTTEN_MS = 300_000;

type Ended = Extract<ReturnType<typeof parseResult>, { ok: true }>;

/** The input of a settlement. */
interface Use extends Pick<Ended, 'executed' | 'avgPrice'> {
  readonly fills: readonly Pick<Ended['fills'][number], 'executedQty'>[];
}

/** Commits the reservations of executed attempts and releases the others: by result, and by a sweep for missed results. */
@Injectable()
export class ReservationSettler {
  constructor(
    private readonly store: GovernorStore,
    private readonly records: PlanRecords,
    private readonly recorded: RecordedEvidence,
    private readonly metrics: GateMetrics,
    private readonly clock: RedisClock,
    private readonly dead: DeadLetters,
    @Inject(KEYS) private readonly keys: Keys,
    @Inject(ROLE_LOGGER) private readonly logger: Logger,
  ) {}

  async handle(entry: StreamEntry): Promise<Handled> {
    const result = parseResult(entry.fields);
    if (!result.ok) {
      await this.dead.deadLetter(this.keys.resultStream(), GROUPS.governor, entry, result.detail, 1);
      return 'acknowledged';
    }
    const reservation = await this.store.reservation(result.planId, String(result.attempt ?? ''));
    if (reservation === undefined) return 'done';
    if (isFillUnknown(reservation, result)) await this.#keep(reservation, result, entry.id);
    else await this.#settle(reservation, result, entry.id);
    return 'acknowledged';
  }

  /** Executed with an unknown quantity: the reservation still counts against the limits, and that is logged once. */
  async #keep(reservation: Reservation, { unknownFills }: Ended, entryId: string): Promise<void> {
    const { planId, attempt, symbol, qty, fillOf = [] } = reservation;
    const names = unknownFills.flatMap(({ identity, orderId }) => [identity, orderId]).filter((name) => name !== '');
    await this.store.keep(reservation, [...new Set([...fillOf, ...names])], entryId);
    if (reservation.fillOf !== undefined) return;
    this.metrics.governFillUnknown.inc({ symbol: this.metrics.symbol(symbol) });
    this.logger.error(
      { plan_id: planId, attempt, symbol, orders: names, reserved_qty: toPlainString(qty) },
      `plan ${planId} was executed, and its result does not say how much: what was reserved for it counts against the limits ` +
        'until a fill of it is known, at the longest until its UTC day and hour are over',
    );
  }

  /** Leaves attempts that are open or unknown alone. */
  async sweep(): Promise<void> {
    const nowMs = this.clock.nowMs();
    for (const [planId, attempt] of await this.store.openReservations(nowMs - MISSED_RESULT_MS)) {
      try {
        await this.#lookAt(planId, attempt, nowMs);
      } catch (error) {
        // One symbol's or plan's key must not keep the sweep from the others.
        if (!isWrongType(error)) throw error;
        this.logger.warn({ err: error, plan_id: planId, attempt }, 'a reservation cannot be settled');
      }
    }
  }

  async #lookAt(planId: string, attempt: string, nowMs: number): Promise<void> {
    const reservation = await this.store.reservation(planId, attempt);
    if (reservation === undefined || reservation.state !== 'reserved') return this.store.forgetOpen(planId, attempt);
    if (reservation.fillOf !== undefined) return this.#lookForFill(reservation, reservation.fillOf);
    const outcome = this.#missed(reservation, await this.records.find(planId), nowMs);
    if (outcome === undefined) return;
    this.logger.warn(
      { plan_id: planId, attempt, symbol: reservation.symbol },
      'a reservation ended without its result being read',
    );
    if (outcome !== 'released' && isFillUnknown(reservation, outcome)) await this.#keep(reservation, outcome, '');
    else await this.#settle(reservation, outcome, '');
  }

  async #lookForFill(reservation: Reservation, fillOf: readonly string[]): Promise<void> {
    const recorded = await Promise.all(fillOf.map((name) => this.recorded.filledQty(reservation.symbol, name)));
    const qty = recorded.find((each) => each?.gt(0) === true);
    if (qty === undefined) await this.store.keep(reservation, fillOf, '');
    else await this.#settle(reservation, { executed: true, fills: [{ executedQty: qty }], avgPrice: undefined }, '');
  }

  /** How the attempt of an overdue reservation ended; `undefined` if that is not known yet. */
  #missed(reservation: Reservation, plan: PlanRecord | undefined, nowMs: number): Ended | 'released' | undefined {
    if (plan === undefined) return nowMs - reservation.atMs > FOREIGN_FORGOTTEN_MS ? 'released' : undefined;
    // A later attempt exists only if this one did not trade.
    if (plan.attempt > Number(reservation.attempt)) return 'released';
    if (String(plan.attempt) !== reservation.attempt || plan.result === undefined) return undefined;
    return readEnded(plan.result);
  }

  async #settle(known: Reservation, ended: Use | 'released', entryId: string): Promise<void> {
    let reservation = known;
    const executed = ended !== 'released' && ended.executed;
    for (;;) {
      const usage = await this.store.usage(reservation.symbol);
      const nothing = { qty: new Decimal(0), notionalUsd: new Decimal(0) };
      const reserved = reservation.isTakenOver ? nothing : reservation;
      const actual = executed ? actualUse(reservation, ended) : nothing;
      const day =
        usage.day === reservation.day
          ? {
              qty: Decimal.max(0, usage.dayQty.minus(reserved.qty).plus(actual.qty)),
              notionalUsd: Decimal.max(0, usage.dayNotionalUsd.minus(reserved.notionalUsd).plus(actual.notionalUsd)),
            }
          : undefined;
      const settled = await this.store.settle(
        reservation,
        executed ? 'committed' : 'released',
        usage.version,
        day,
        entryId,
      );
      if (settled !== 'usage_changed') return;
      // Another plan may have taken it over.
      reservation = (await this.store.reservation(reservation.planId, reservation.attempt)) ?? reservation;
    }
  }
}

/** An executed close without a reported fill, as a foreign Apply reports it after an ACK answer. A stop reserves nothing. */
function isFillUnknown({ qty }: Reservation, { executed, fills, unknownFills }: Ended): boolean {
  return executed && fills.length === 0 && (unknownFills.length > 0 || qty.gt(0));
}

function readEnded(result: Fields): Ended | undefined {
  const reading = parseResult(result);
  return reading.ok ? reading : undefined;
}

/** The quantity and notional really reduced. A stop reduces nothing now; without a price the reserved notional is kept. */
function actualUse(reservation: Reservation, ended: Use): { readonly qty: Decimal; readonly notionalUsd: Decimal } {
  const qty = ended.fills.reduce((sum, fill) => sum.plus(fill.executedQty), new Decimal(0));
  const reservedPrice = reservation.qty.isZero() ? new Decimal(0) : reservation.notionalUsd.div(reservation.qty);
  const price = ended.avgPrice?.gt(0) === true ? ended.avgPrice : reservedPrice;
  return { qty, notionalUsd: qty.mul(price) };
}
