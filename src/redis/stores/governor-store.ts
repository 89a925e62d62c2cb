import { Inject, Injectable } from '@nestjs/common';
import { type Decimal, toPlainString } from '../../flow/0-decimal.js';
import { askRedis, RedisRefused } from '../connection/redis.errors.js';
import { carriedRows } from './carried-evidence.js';
import {
  decimalOf,
  GOVERNOR_ROWS,
  type GovernorEvidence,
  governorEvidenceOf,
  type GovernorRows,
  type Usage,
} from './governor-evidence.js';
import { journalOf } from './journal-state.js';
import type { Keys } from '../keys/keys.js';
import { orderParts } from '../keys/order-parts.js';
import { GROUPS } from '../keys/groups.js';
import { RedisClock } from '../connection/redis-clock.js';
import type { RedisClient } from '../connection/redis-clients.js';
import { ScriptRunner } from '../scripts/script-runner.js';
import { COMMANDS, KEYS } from '../redis.tokens.js';

export interface Reservation {
  readonly planId: string;
  readonly attempt: string;
  readonly symbol: string;
  readonly state: string;
  readonly notionalUsd: Decimal;
  readonly qty: Decimal;
  readonly day: string;
  readonly atMs: number;
  /** For an execution without a known quantity: the order ids under which its fill may become known. Otherwise `undefined`. */
  readonly fillOf: readonly string[] | undefined;
  /** What it reserved counts with the order that repeats this one. */
  readonly isTakenOver: boolean;
}

/** The usage of limits: reserved with a permit ({@link PermitStore.issue}), settled with its result. Only the Governor changes it. */
@Injectable()
export class GovernorStore {
  /** The steps of Redis' clock that the times of a symbol's executions include. */
  readonly #stepsOf = new Map<string, number>();

  constructor(
    @Inject(COMMANDS) private readonly client: RedisClient,
    private readonly runner: ScriptRunner,
    @Inject(KEYS) private readonly keys: Keys,
    private readonly clock: RedisClock,
  ) {}

  /** `continues`, `repeats`: `plan_id:attempt` of the first order of the close that the plan continues, and of the one that it sends again. */
  async evidence(
    symbol: string,
    planId: string,
    attempt: number | undefined,
    continues = '',
    repeats = '',
  ): Promise<GovernorEvidence> {
    const { keys } = this;
    await this.#followClock(symbol);
    const { values } = await this.runner.run(
      'read_governor_evidence',
      {
        journal: keys.journal(planId),
        snapshot: keys.snapshot(symbol),
        executions: keys.executions(symbol),
        usage: keys.usage(symbol),
        killSwitch: keys.killSwitch(),
        arm: keys.arm(),
        governorDisarm: keys.governorDisarm(),
        reservation: keys.reservation(planId, String(attempt ?? '')),
        repeatedReservation: keys.reservation(...orderParts(repeats)),
        suspended: keys.suspended(symbol),
      },
      { continues, repeats },
    );
    const nowMs = Number(values[0]);
    this.clock.observe(nowMs);
    const ofPlan = {
      nowMs,
      journal: journalOf(values[1]),
      decidedBefore: values[3] === '1',
      isCounted: values[4] === '1',
      repeated: values[5] as readonly (string | null)[],
    };
    return governorEvidenceOf(values[2] as GovernorRows, ofPlan, this.runner.clockStepsMs);
  }

  /** The evidence that a plan carries, judged at `nowMs`; `undefined` if it must be read instead. */
  carried(symbol: string, text: string, nowMs: number): GovernorEvidence | undefined {
    const rows = carriedRows(text, GOVERNOR_ROWS) as GovernorRows | undefined;
    // Times of executions from before Redis' clock was set are moved first.
    if (rows === undefined || this.runner.clockStepsMs !== (this.#stepsOf.get(symbol) ?? 0)) return undefined;
    const ofPlan = { nowMs, journal: undefined, decidedBefore: false, isCounted: false, repeated: [] };
    try {
      return governorEvidenceOf(rows, ofPlan, this.runner.clockStepsMs);
    } catch (error) {
      // A usage that is no number: what is stored says more, and decides.
      if (error instanceof RedisRefused) return undefined;
      throw error;
    }
  }

  /** Moves the times of the executions with Redis' clock; asks Redis only after the clock was set. */
  async #followClock(symbol: string): Promise<void> {
    const steps = this.runner.clockStepsMs;
    if (steps === (this.#stepsOf.get(symbol) ?? 0)) return;
    const { keys } = this;
    await this.runner.run('rebase_limits', { server: keys.server(), executions: keys.executions(symbol) }, { symbol });
    this.#stepsOf.set(symbol, steps);
  }

  async reservation(planId: string, attempt: string): Promise<Reservation | undefined> {
    const hash = await askRedis('reading a reservation', () =>
      this.client.hgetall(this.keys.reservation(planId, attempt)),
    );
    const { state, symbol } = hash;
    if (state === undefined || symbol === undefined) return undefined;
    return {
      planId,
      attempt,
      symbol,
      state,
      notionalUsd: decimalOf(hash['notional'], 'a reserved notional'),
      qty: decimalOf(hash['qty'], 'a reserved quantity'),
      day: hash['day'] ?? '',
      atMs: Number(hash['at_ms'] ?? '0'),
      fillOf: hash['fill_of'] === undefined ? undefined : (JSON.parse(hash['fill_of']) as string[]),
      isTakenOver: hash['taken_over'] !== undefined,
    };
  }

  /** When the executions after `sinceMs` were reserved or committed, oldest first. Read {@link usage} before: it follows Redis' clock. */
  async executionTimes(symbol: string, sinceMs: number): Promise<number[]> {
    const found = await askRedis('reading the executions', () =>
      this.client.zrangebyscore(this.keys.executions(symbol), `(${sinceMs}`, '+inf', 'WITHSCORES'),
    );
    return found.filter((_, at) => at % 2 === 1).map(Number);
  }

  async usage(symbol: string): Promise<Usage> {
    return (await this.evidence(symbol, '-', undefined)).usage;
  }

  /**
   * Commits or releases. `day` holds the totals to write; `undefined` leaves them, because the day is over. Returns `usage_changed`
   * if they changed since they were read: read, compute and call again.
   */
  async settle(
    reservation: Reservation,
    outcome: 'committed' | 'released',
    usageVersion: string,
    day: { readonly notionalUsd: Decimal; readonly qty: Decimal } | undefined,
    entryId: string,
  ): Promise<'settled' | 'nothing' | 'usage_changed'> {
    const { keys } = this;
    const { word } = await this.runner.run(
      'settle_reservation',
      {
        reservation: keys.reservation(reservation.planId, reservation.attempt),
        openReservations: keys.openReservations(),
        executions: keys.executions(reservation.symbol),
        usage: keys.usage(reservation.symbol),
        resultStream: keys.resultStream(),
      },
      {
        planId: reservation.planId,
        attempt: reservation.attempt,
        outcome,
        usageVersion,
        dayNotional: day === undefined ? '' : toPlainString(day.notionalUsd),
        dayQty: day === undefined ? '' : toPlainString(day.qty),
        isTakenOver: reservation.isTakenOver ? '1' : '0',
        group: GROUPS.governor,
        entryId,
        fillOf: '',
      },
    );
    return word;
  }

  /**
   * Keeps the reservation of an execution with an unknown quantity. It counts against the limits of its day and hour until a fill
   * under one of these order ids is known. Nothing releases it.
   */
  async keep({ planId, attempt, symbol }: Reservation, fillOf: readonly string[], entryId: string): Promise<void> {
    const { keys } = this;
    await this.runner.run(
      'settle_reservation',
      {
        reservation: keys.reservation(planId, attempt),
        openReservations: keys.openReservations(),
        executions: keys.executions(symbol),
        usage: keys.usage(symbol),
        resultStream: keys.resultStream(),
      },
      {
        planId,
        attempt,
        outcome: 'kept',
        usageVersion: '',
        dayNotional: '',
        dayQty: '',
        isTakenOver: '',
        group: GROUPS.governor,
        entryId,
        fillOf: JSON.stringify(fillOf),
      },
    );
  }

  /** Reservations that still wait for their result or their fill, last checked before `beforeMs`, as `[planId, attempt]`. */
  async openReservations(beforeMs: number): Promise<(readonly [planId: string, attempt: string])[]> {
    const members = await askRedis('reading the open reservations', () =>
      this.client.zrangebyscore(this.keys.openReservations(), '-inf', beforeMs, 'LIMIT', 0, 500),
    );
    return members.map(orderParts);
  }

  /** Removes an attempt without a reservation from the list of open reservations. */
  async forgetOpen(planId: string, attempt: string): Promise<void> {
    await askRedis('forgetting a reservation', () =>
      this.client.zrem(this.keys.openReservations(), `${planId}:${attempt}`),
    );
  }

  /** Counts one evaluation error and returns the count of the rolling window. */
  async countError(id: string, windowMs: number): Promise<number> {
    const { values } = await this.runner.run(
      'count_governor_error',
      { governorErrors: this.keys.governorErrors() },
      { id, windowMs },
    );
    return Number(values[0]);
  }
}
