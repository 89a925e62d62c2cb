import { Inject, Injectable } from '@nestjs/common';
import { encodeResult } from '../flow/5-result.js';
import { PlanJournal } from '../redis/stores/plan-journal.js';
import { type PlanRecord, PlanRecords } from '../redis/stores/plan-records.js';
import type { NotStanding } from '../flow/1-standing.js';
import { type Logger, ROLE_LOGGER } from '../telemetry/logger.js';
import type { Attempt } from './attempt.js';
import { approvalOver, notSent, type Outcome } from './outcomes.js';
import { attemptOf } from './plan-runner.js';
import { ResultRecorder } from './result-recorder.js';

/** A plan that ends between two attempts has a result of attempt 0. */
const OF_NO_ATTEMPT = 0;
const MAX_TRIES = 5;

/**
 * Ends the plan of a proposal that no longer stands or has nothing left to close, while the plan waits for its permits or for its
 * next attempt. This only saves time: claim and retry check the same. A claimed order is not affected.
 */
@Injectable()
export class Withdrawal {
  constructor(
    private readonly records: PlanRecords,
    private readonly journal: PlanJournal,
    private readonly recorder: ResultRecorder,
    @Inject(ROLE_LOGGER) private readonly logger: Logger,
  ) {}

  /** Ends the plan of an operator's proposal, also one whose next attempt is published at the same moment. */
  async byOperator(planId: string, reason: string): Promise<'withdrawn' | 'claimed' | 'none'> {
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const state = await this.end(planId, 'proposal_withdrawn', `an operator withdrew it: ${reason}`);
      if (state === 'claimed') await this.#noOther(planId);
      if (state !== 'open') return state;
    }
    throw new Error(`plan ${planId} was published anew ${MAX_TRIES} times while it was withdrawn`);
  }

  /** The order that was sent cannot be taken back; no other order of the plan is sent. */
  async #noOther(planId: string): Promise<void> {
    const record = await this.records.find(planId);
    if (record !== undefined) await this.journal.note(record, 'withdrawn', 'an operator withdrew it');
  }

  /** `onlyFrom`: leaves a plan alone whose proposal came another way. `open`: it changed at the same moment. */
  async end(
    planId: string,
    reason: NotStanding | 'target_reached',
    detail: string,
    onlyFrom?: string,
  ): Promise<'withdrawn' | 'claimed' | 'none' | 'open'> {
    const record = await this.records.find(planId);
    if (record === undefined || (onlyFrom !== undefined && record.plan['source'] !== onlyFrom)) return 'none';
    const attempt = attemptOf(record.plan);
    if (typeof attempt === 'string') {
      this.logger.error({ plan_id: planId, detail: attempt }, 'a plan that should end cannot be read');
      return 'none';
    }
    const outcome = notSent(attempt, reason, detail);
    switch (record.state) {
      case 'PUBLISHED':
      case 'WAITING': {
        const { kind } = await this.recorder.record(attempt, outcome, { from: ['PUBLISHED', 'WAITING'] });
        return kind === 'recorded' ? 'withdrawn' : 'open';
      }
      case 'CLAIMED':
      case 'UNKNOWN':
        return 'claimed';
      default:
        return this.#endRetry(record, attempt, outcome, `${reason}: ${detail}`);
    }
  }

  /** Ends a plan that waits for the approval of a person, unless its next attempt is due after `dueMs`: then it goes on waiting. */
  async endWaiting(record: PlanRecord, why: string, detail: string, dueMs: number): Promise<void> {
    const attempt = attemptOf(record.plan);
    if (typeof attempt === 'string') {
      this.logger.error({ plan_id: record.planId, detail: attempt }, 'a plan that should end cannot be read');
      return;
    }
    const outcome = approvalOver(attempt, why, detail);
    await this.#endRetry(record, attempt, outcome, detail, dueMs);
  }

  async #endRetry(
    record: PlanRecord,
    attempt: Attempt,
    outcome: Outcome,
    reason: string,
    dueMs?: number,
  ): Promise<'withdrawn' | 'none' | 'open'> {
    const { planId, symbol } = record;
    const fields = encodeResult({ ...outcome, planId: attempt.planId, symbol, attempt: OF_NO_ATTEMPT });
    const end = { state: outcome.state, reason, fields, dueMs };
    const word = await this.journal.endRetry({ planId, attempt: record.attempt }, end);
    switch (word) {
      case 'ended':
        this.recorder.report({ ...attempt, attempt: record.attempt }, outcome);
        return 'withdrawn';
      case 'continuation_dropped':
        return 'withdrawn';
      case 'closed': {
        const state = (await this.records.find(planId))?.state;
        return state === 'PUBLISHED' || state === 'WAITING' ? 'open' : 'none';
      }
    }
    return word satisfies never;
  }
}
