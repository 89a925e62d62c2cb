import { Inject, Injectable } from '@nestjs/common';
import { encodeResult } from '../flow/5-result.js';
import { PlanJournal } from '../redis/stores/plan-journal.js';
import { PlanRecords } from '../redis/stores/plan-records.js';
import type { NotStanding } from '../flow/1-standing.js';
import { type Logger, ROLE_LOGGER } from '../telemetry/logger.js';
import { notSent } from './outcomes.js';
import { attemptOf } from './plan-runner.js';
import { ResultRecorder } from './result-recorder.js';

/** The result of a plan that ends between two attempts names none of them. */
const OF_NO_ATTEMPT = 0;

/**
 * Ends the plan of a proposal that no longer stands, or has nothing left to do, as soon as that is seen: while it waits for its
 * permits, or for its next attempt. It only saves time: claim and retry check for themselves. A claimed order is not affected.
 */
@Injectable()
export class Withdrawal {
  constructor(
    private readonly records: PlanRecords,
    private readonly journal: PlanJournal,
    private readonly recorder: ResultRecorder,
    @Inject(ROLE_LOGGER) private readonly logger: Logger,
  ) {}

  /** `onlyFrom`: leaves a plan alone whose proposal came another way. */
  async end(planId: string, reason: NotStanding | 'target_reached', detail: string, onlyFrom?: string): Promise<void> {
    const record = await this.records.find(planId);
    if (record === undefined || (onlyFrom !== undefined && record.plan['source'] !== onlyFrom)) return;
    const attempt = attemptOf(record.plan);
    if (typeof attempt === 'string') {
      this.logger.error({ plan_id: planId, detail: attempt }, 'a plan that is to be ended cannot be read');
      return;
    }
    const outcome = notSent(attempt, reason, detail);
    switch (record.state) {
      case 'PUBLISHED':
      case 'WAITING':
        await this.recorder.record(attempt, outcome, { from: ['PUBLISHED', 'WAITING'] });
        return;
      case 'CLAIMED':
      case 'UNKNOWN':
        return;
      default: {
        const fields = encodeResult({
          ...outcome,
          planId: attempt.planId,
          symbol: record.symbol,
          attempt: OF_NO_ATTEMPT,
        });
        const end = { state: outcome.state, reason: `${reason}: ${detail}`, fields };
        if (await this.journal.endRetry({ planId, attempt: record.attempt }, end))
          this.recorder.tell({ ...attempt, attempt: record.attempt }, outcome);
      }
    }
  }
}
