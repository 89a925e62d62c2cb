import { Inject, Injectable } from '@nestjs/common';
import { parsePlan, PLAN_DECISIONS } from '../flow/2-plan.js';
import { planHashFault } from '../flow/2-plan-hash.js';
import { TERMINAL_STATES } from '../flow/5-result.js';
import { GROUPS } from '../redis/keys/groups.js';
import type { Keys } from '../redis/keys/keys.js';
import { LeaseKeeper } from '../redis/stores/lease-keeper.js';
import { PlanJournal } from '../redis/stores/plan-journal.js';
import type { AttemptStanding, Taken } from '../redis/stores/journal-requests.js';
import { DeadLetters } from '../redis/streams/dead-letters.js';
import type { Handled } from '../redis/streams/stream-consumer.js';
import type { StreamEntry } from '../redis/streams/stream-entry.js';
import type { Fields } from '../flow/0-primitives.js';
import { type Logger, ROLE_LOGGER } from '../telemetry/logger.js';
import { APPLY_SETTINGS, type ApplySettings } from './apply-settings.js';
import type { Attempt } from './attempt.js';
import { OrderSender } from './order-sender.js';
import { deniedBy, missingPermits, notSent, type Outcome } from './outcomes.js';
import { PermitWaiter, type WaitingPlan, type WaitOutcome } from './permit-waiter.js';
import { PlanSlots } from './plan-slots.js';
import { ResultRecorder } from './result-recorder.js';
import { KEYS } from '../redis/redis.tokens.js';

/** The attempt in a stream entry or journal, or a sentence that says what is missing when this system did not publish it. */
export function attemptOf(fields: Fields): Attempt | string {
  const reading = parsePlan(fields);
  if (!reading.ok) return reading.detail;
  const { attempt, mode, planHash } = reading.plan;
  if (attempt === undefined || mode === undefined || planHash === undefined) {
    return 'attempt, mode and plan_hash are missing: the plan was not published by this system';
  }
  return {
    ...reading.plan,
    attempt,
    mode,
    planHash,
    disarmed: (fields['reason_codes'] ?? '').split(',').includes('disarmed'),
    newSl: fields['new_sl_proposed'] ?? '',
  };
}

/** What only our entries have. */
const OURS = ['schema', 'attempt', 'mode', 'plan_hash'];

/** A whole plan of another implementation of Apply, which also carries it out. */
function isOfAnotherApply(fields: Fields): boolean {
  return OURS.every((name) => fields[name] === undefined) && parsePlan(fields).ok;
}

/** Stages 3 to 5 of one attempt: take it, wait for its permits, then send its order or end it. */
@Injectable()
export class PlanRunner {
  #hasReportedAnother = false;

  constructor(
    private readonly journal: PlanJournal,
    private readonly waiter: PermitWaiter,
    private readonly slots: PlanSlots,
    private readonly sender: OrderSender,
    private readonly recorder: ResultRecorder,
    private readonly deadLetters: DeadLetters,
    @Inject(KEYS) private readonly keys: Keys,
    private readonly lease: LeaseKeeper,
    @Inject(APPLY_SETTINGS) private readonly settings: Pick<ApplySettings, 'accountFingerprint'>,
    @Inject(ROLE_LOGGER) private readonly logger: Logger,
  ) {}

  async handle(entry: StreamEntry): Promise<Handled> {
    const decision = entry.fields['decision'];
    if (decision !== 'EXECUTE') {
      if (PLAN_DECISIONS.some((known) => known === decision)) return 'done';
      return this.#reject(
        entry,
        `decision is ${JSON.stringify(decision ?? '')}; one of ${PLAN_DECISIONS.join(', ')} is needed`,
      );
    }
    const attempt = attemptOf(entry.fields);
    if (typeof attempt === 'string')
      return isOfAnotherApply(entry.fields) ? this.#leave(entry) : this.#reject(entry, attempt);
    const { accountFingerprint: account } = this.settings;
    const { planHash, symbol, mode, planId, action } = attempt;
    const expected = { planId, symbol, attempt: attempt.attempt, mode, planHash, account, action };
    const waiting = this.waiter.wait(expected, entry.id);
    this.sender.expect(attempt);
    let taken: Taken;
    try {
      taken = await this.journal.take(planId, attempt.attempt, entry.id, this.lease.token);
    } catch (error) {
      waiting.close();
      throw error;
    }
    // What is sent is what was read here, so its hash is computed here, for the account that the order goes to.
    const changed = taken.kind === 'waiting' ? planHashFault(entry.fields, account) : undefined;
    if (taken.kind !== 'waiting' || changed !== undefined) waiting.close();
    switch (taken.kind) {
      case 'waiting':
        if (changed !== undefined) return this.#end(attempt, notSent(attempt, 'permit_invalid', changed));
        waiting.offer({
          governor: taken.governorBytes,
          p33: taken.positionBytes,
          block: taken.blockBytes,
        });
        return this.#run(attempt, taken.standing, taken.deadlineMs - taken.nowMs, waiting);
      case 'no_journal':
        return this.#reject(entry, `the journal knows no plan ${planId}: it was not published by this system`);
      case 'superseded':
        return 'done';
      case 'other_entry':
        return this.#reject(
          entry,
          `plan ${planId} was published as entry ${taken.entryId}: this one was not written by this system`,
        );
      case 'expired':
        await this.recorder.record(attempt, notSent(attempt, 'plan_expired', 'found after its window'), {
          from: ['PUBLISHED', 'WAITING'],
          onlyAfterDeadline: true,
        });
        return 'acknowledged';
      case 'closed':
        return TERMINAL_STATES.some((state) => state === taken.state) ? 'done' : 'later';
    }
    return taken satisfies never;
  }

  async #run(attempt: Attempt, standing: AttemptStanding, remainingMs: number, waiting: WaitingPlan): Promise<Handled> {
    this.slots.occupy(attempt.planId, attempt.attempt, Math.max(0, remainingMs));
    try {
      return await this.#untilEnd(attempt, standing, remainingMs, waiting);
    } finally {
      this.#underWayNoMore(attempt);
    }
  }

  #underWayNoMore({ planId, attempt }: Attempt): void {
    this.slots.release(planId, attempt);
  }

  async #untilEnd(
    attempt: Attempt,
    standing: AttemptStanding,
    remainingMs: number,
    waiting: WaitingPlan,
  ): Promise<Handled> {
    const timer = setTimeout(() => waiting.close(), Math.max(0, remainingMs));
    const outcome = await waiting.outcome.finally(() => clearTimeout(timer));
    switch (outcome.kind) {
      case 'ready':
        await this.sender.send({ ...outcome, attempt, standing }, () => this.#underWayNoMore(attempt));
        return 'acknowledged';
      case 'denied':
        return this.#end(attempt, deniedBy(outcome.issuer, attempt, outcome.reason, outcome.context));
      case 'invalid':
        this.logger.warn(
          { plan_id: attempt.planId, symbol: attempt.symbol, issuer: outcome.issuer },
          `Permit refused: ${outcome.detail}`,
        );
        return this.#end(attempt, notSent(attempt, 'permit_invalid', outcome.detail, { issuer: outcome.issuer }));
      case 'window_over':
        return this.#timeOut(attempt, outcome);
      case 'stopped':
        return 'later';
    }
    return outcome satisfies never;
  }

  async #end(attempt: Attempt, outcome: Outcome): Promise<Handled> {
    await this.recorder.record(attempt, outcome, { from: ['WAITING'] });
    return 'acknowledged';
  }

  async #timeOut(attempt: Attempt, over: Extract<WaitOutcome, { kind: 'window_over' }>): Promise<Handled> {
    const outcome = missingPermits(attempt, over.missing, over.redisFault);
    for (;;) {
      const recorded = await this.recorder.record(attempt, outcome, { from: ['WAITING'], onlyAfterDeadline: true });
      if (recorded.kind === 'recorded') {
        const missing = outcome.reason;
        this.logger.warn(
          { plan_id: attempt.planId, symbol: attempt.symbol, attempt: attempt.attempt },
          `Permit timeout after ${recorded.nowMs - recorded.publishedMs}ms (${missing})`,
        );
      }
      if (recorded.kind !== 'early') return 'acknowledged';
      // The local timer was this far ahead of Redis' clock.
      await new Promise((resolve) => setTimeout(resolve, recorded.remainingMs + 1));
    }
  }

  /** Nothing for us to do, and no fault: the other one ran before us, or was started again meanwhile. */
  #leave({ id, fields }: StreamEntry): Handled {
    const about = { plan_id: fields['plan_id'], symbol: fields['symbol'], entry_id: id };
    this.logger.debug(about, 'a plan of another implementation of Apply is left to it');
    if (!this.#hasReportedAnother)
      this.logger.warn(
        about,
        'plans of another implementation of Apply are in the stream: they are left to it. Two must not run at once',
      );
    this.#hasReportedAnother = true;
    return 'done';
  }

  async #reject(entry: StreamEntry, reason: string): Promise<Handled> {
    const isLetter = await this.deadLetters.deadLetter(this.keys.planStream(), GROUPS.apply, entry, reason, 1);
    if (isLetter) this.logger.warn({ entry_id: entry.id, reason }, 'plan entry dead-lettered');
    return 'acknowledged';
  }
}
