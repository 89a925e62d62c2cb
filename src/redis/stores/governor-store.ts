import { type Decimal, plain } from '../../flow/0-decimal.js';
import { asRedisError } from '../connection/redis.errors.js';
import { decimalOf, type GovernorEvidence, governorEvidenceOf, type Usage } from './governor-evidence.js';
import type { ControlFence } from './control-fence.js';
import type { Keys } from '../keys/keys.js';
import type { LocalVerdicts } from './local-verdicts.js';
import { eventOf, type Stopped, type VerdictTarget } from './verdicts.js';
import { GROUPS } from '../keys/groups.js';
import type { RedisClock } from '../connection/redis-clock.js';
import type { RedisClient } from '../connection/redis-clients.js';
import type { ScriptRunner } from '../scripts/script-runner.js';

const EVENTS_MAX_LEN = 10_000;
const HOUR_MS = 3_600_000;
const BURST_MS = 300_000;

export interface Reservation {
  readonly planId: string;
  readonly attempt: string;
  readonly symbol: string;
  readonly state: string;
  readonly notionalUsd: Decimal;
  readonly qty: Decimal;
  readonly day: string;
  readonly atMs: number;
  /** Names under which the fill of an execution may become known that was reported without a quantity; `undefined` for none. */
  readonly fillOf: readonly string[] | undefined;
}

export interface GrantRequest {
  readonly symbol: string;
  readonly permit: string;
  readonly ttlMs: number;
  /** A dry run spends nothing. */
  readonly reserve: boolean;
  readonly notionalUsd: Decimal;
  readonly qty: Decimal;
  readonly usageVersion: string;
  /** The day's totals with this reservation in them. */
  readonly day: string;
  readonly dayNotionalUsd: Decimal;
  readonly dayQty: Decimal;
}

export type Granted = 'issued' | 'closed' | 'expired' | 'already_issued' | 'usage_changed' | Stopped;

/** Limits, reserved when a permit is given and settled when its result is known; only the Governor moves them. */
export class GovernorStore {
  constructor(
    private readonly client: RedisClient,
    private readonly runner: ScriptRunner,
    private readonly keys: Keys,
    private readonly clock: RedisClock,
    private readonly fence: ControlFence,
    private readonly verdicts: LocalVerdicts,
  ) {}

  async evidence(symbol: string, planId: string, attempt: number | undefined): Promise<GovernorEvidence> {
    const { keys } = this;
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
      },
      { burstMs: BURST_MS, hourMs: HOUR_MS },
    );
    const evidence = governorEvidenceOf(values);
    this.clock.observe(evidence.nowMs);
    return evidence;
  }

  /** Permit and reservation in one step, if the usage is still what was decided on. */
  async grant(target: VerdictTarget, request: GrantRequest): Promise<Granted> {
    const { keys } = this;
    const attempt = String(target.attempt ?? '');
    const { word } = await this.runner.run(
      'issue_governor_permit',
      {
        journal: keys.journal(target.planId),
        governorPermit: keys.governorPermit(target.planId),
        permitEvents: keys.permitEvents(),
        planStream: keys.planStream(),
        executions: keys.executions(request.symbol),
        usage: keys.usage(request.symbol),
        reservation: keys.reservation(target.planId, attempt),
        openReservations: keys.openReservations(),
        governorDisarm: keys.governorDisarm(),
        killSwitch: keys.killSwitch(),
        arm: keys.arm(),
      },
      {
        planId: target.planId,
        attempt,
        deadlineMs: target.deadlineMs,
        permit: request.permit,
        ttlMs: request.ttlMs,
        group: GROUPS.governor,
        entryId: target.entryId,
        eventsMaxLen: EVENTS_MAX_LEN,
        reserve: request.reserve ? '1' : '0',
        usageVersion: request.usageVersion,
        day: request.day,
        dayNotional: plain(request.dayNotionalUsd),
        dayQty: plain(request.dayQty),
        notional: plain(request.notionalUsd),
        qty: plain(request.qty),
        symbol: request.symbol,
        lastSeenKillSeq: this.fence.lastSeenKillSeq,
        lastSeenDisarmSeq: this.fence.lastSeenDisarmSeq,
      },
    );
    if (word === 'issued') this.verdicts.tell(eventOf(target, 'governor', 'allow', request.permit));
    return word;
  }

  async reservation(planId: string, attempt: string): Promise<Reservation | undefined> {
    const hash = await this.#asking('reading a reservation', () =>
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
    };
  }

  async usage(symbol: string): Promise<Usage> {
    return (await this.evidence(symbol, '-', undefined)).usage;
  }

  /**
   * Commits or releases. `day` holds the totals to write, `undefined` leaves them (the day has turned since). Answers
   * `usage_changed` when they were moved meanwhile: read, compute and ask again.
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
        dayNotional: day === undefined ? '' : plain(day.notionalUsd),
        dayQty: day === undefined ? '' : plain(day.qty),
        group: GROUPS.governor,
        entryId,
        fillOf: '',
      },
    );
    return word;
  }

  /**
   * Keeps what was reserved for an execution whose quantity is not known: it counts against the limits of its day and hour
   * until a fill under one of these names is known. Nothing releases it.
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
        group: GROUPS.governor,
        entryId,
        fillOf: JSON.stringify(fillOf),
      },
    );
  }

  /** Reservations last looked at before `beforeMs` that still await their result or their fill, as `[planId, attempt]`. */
  async openReservations(beforeMs: number): Promise<(readonly [planId: string, attempt: string])[]> {
    const members = await this.#asking('reading the open reservations', () =>
      this.client.zrangebyscore(this.keys.openReservations(), '-inf', beforeMs, 'LIMIT', 0, 500),
    );
    return members.map((member) => {
      const split = member.lastIndexOf(':');
      return [member.slice(0, split), member.slice(split + 1)] as const;
    });
  }

  /** Takes an attempt off the list of open reservations that has none any more. */
  async forgetOpen(planId: string, attempt: string): Promise<void> {
    await this.#asking('forgetting a reservation', () =>
      this.client.zrem(this.keys.openReservations(), `${planId}:${attempt}`),
    );
  }

  /** Counts one evaluation error and tells how many the rolling window holds. */
  async countError(id: string, windowMs: number): Promise<number> {
    const { values } = await this.runner.run(
      'count_governor_error',
      { governorErrors: this.keys.governorErrors() },
      { id, windowMs },
    );
    return Number(values[0]);
  }

  /** Fences the Governor's own disarm; `false` when it was latched before. */
  async disarm(value: string, reason: string, context: string): Promise<boolean> {
    const { word } = await this.runner.run(
      'governor_disarm',
      { governorDisarm: this.keys.governorDisarm(), governorEvents: this.keys.governorEvents() },
      { value, reason, context },
    );
    return word === 'disarmed';
  }

  async #asking<T>(doing: string, ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      throw asRedisError(error, doing);
    }
  }
}
