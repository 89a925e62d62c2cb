import type { PlanJournal } from '../redis/plan-journal.js';
import type { PlanRecords } from '../redis/plan-records.js';
import type { RedisClock } from '../redis/redis-clock.js';
import type { Logger } from '../telemetry/logger.js';
import type { KeptProposal, ProposalProcessor } from './proposal-processor.js';

/** Tries plans again whose attempt ended for a passing reason, while their proposal is fresh: through every gate anew. */
export class PlanRetries {
  constructor(
    private readonly records: PlanRecords,
    private readonly journal: PlanJournal,
    private readonly processor: ProposalProcessor,
    private readonly clock: RedisClock,
    private readonly logger: Logger,
  ) {}

  async publishDue(): Promise<void> {
    const nowMs = this.clock.nowMs();
    for (const planId of await this.records.dueRetries(nowMs)) {
      const record = await this.records.find(planId);
      if (record !== undefined && record.proposal !== '') {
        const kept = JSON.parse(record.proposal) as KeptProposal;
        const answer = await this.processor.submit(record.symbol, kept.fields, kept.source);
        this.logger.debug(
          { plan_id: planId, symbol: record.symbol, decision: answer.decision, detail: answer.detail },
          'plan due for another attempt',
        );
      }
      await this.journal.dropRetry(planId, nowMs);
    }
  }
}
