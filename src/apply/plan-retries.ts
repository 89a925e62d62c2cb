import { Inject, Injectable } from '@nestjs/common';
import { PlanJournal } from '../redis/stores/plan-journal.js';
import { type PlanRecord, PlanRecords } from '../redis/stores/plan-records.js';
import { RedisClock } from '../redis/connection/redis-clock.js';
import type { ProposalAnswer } from '../runtime/proposal-intake.js';
import { type Logger, ROLE_LOGGER } from '../telemetry/logger.js';
import { GoingAgain } from './going-again.js';
import { ProposalProcessor } from './proposal-processor.js';
import { Withdrawal } from './withdrawal.js';

/** Makes the next attempt of plans whose last attempt ended for a passing reason, while their proposal is fresh and stands. */
@Injectable()
export class PlanRetries {
  /** Plans that wait for a slot. */
  readonly #queued = new Set<string>();

  constructor(
    private readonly records: PlanRecords,
    private readonly journal: PlanJournal,
    private readonly processor: ProposalProcessor,
    private readonly again: GoingAgain,
    private readonly withdrawal: Withdrawal,
    private readonly clock: RedisClock,
    @Inject(ROLE_LOGGER) private readonly logger: Logger,
  ) {}

  /** An error of one plan does not stop the others. */
  async publishDue(): Promise<void> {
    const nowMs = this.clock.nowMs();
    for (const planId of await this.records.dueRetries(nowMs)) {
      if (this.#queued.has(planId)) continue;
      try {
        await this.#attend(planId, nowMs);
      } catch (error) {
        this.#failed(planId, error);
      }
    }
  }

  async #attend(planId: string, dueMs: number): Promise<void> {
    const record = await this.records.find(planId);
    if (record === undefined || record.proposal === '') return this.journal.dropRetry(planId, dueMs);
    if (await this.again.goesOnElsewhere(record)) {
      this.logger.debug({ plan_id: planId }, 'a later order of the same close is open or filled');
      return this.journal.dropRetry(planId, dueMs);
    }
    if (isWaiting(record) && record.freshUntilMs <= dueMs) {
      const detail = 'nobody approved it before its proposal was too old (APPLY_PROPOSAL_MAX_AGE_SEC)';
      return this.withdrawal.endWaiting(record, 'proposal_stale', detail, dueMs);
    }
    const intake = await this.processor.retry(record);
    if (intake.kind === 'answered') return this.#attended(record, dueMs, intake.answer);
    this.#queued.add(planId);
    void intake.answer
      .then((answer) => this.#attended(record, dueMs, answer))
      .catch((error: unknown) => this.#failed(planId, error))
      .finally(() => this.#queued.delete(planId));
  }

  async #attended(record: PlanRecord, dueMs: number, answer: ProposalAnswer): Promise<void> {
    const { planId } = record;
    const { decision, detail, reasonCodes } = answer;
    this.logger.debug({ plan_id: planId, decision, detail }, 'plan due for another attempt');
    if (isWaiting(record) && decision !== 'EXECUTE') {
      const [why = 'duplicate_plan'] = reasonCodes;
      await this.withdrawal.endWaiting(record, why, `it was approved, and then not published: ${why} ${detail}`, dueMs);
    }
    await this.journal.dropRetry(planId, dueMs);
  }

  #failed(planId: string, error: unknown): void {
    this.logger.warn({ err: error, plan_id: planId }, 'the next attempt of a plan failed to start; it is tried again');
  }
}

const isWaiting = ({ state }: PlanRecord): boolean => state === 'WAITING_APPROVAL';
