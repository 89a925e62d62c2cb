import { Inject, Injectable } from '@nestjs/common';
import { PlanJournal } from '../redis/stores/plan-journal.js';
import { type PlanRecord, PlanRecords } from '../redis/stores/plan-records.js';
import { RedisRefused } from '../redis/connection/redis.errors.js';
import { RedisClock } from '../redis/connection/redis-clock.js';
import { type Logger, ROLE_LOGGER } from '../telemetry/logger.js';
import type { Attempt } from './attempt.js';
import { notSent } from './outcomes.js';
import { OrderSender } from './order-sender.js';
import { attemptOf } from './plan-runner.js';
import { ResultRecorder } from './result-recorder.js';
import { UnknownResolver } from './unknown-resolver.js';

/** The owner of an attempt ends it. This long after the window, any process does. */
const GRACE_MS = 1_000;

/**
 * Walks the set of open plans instead of a pending list, so that it also finds plans of a trimmed stream or a deleted group.
 * Plans past their time end in the same way as on the normal path.
 */
@Injectable()
export class PlanRecovery {
  constructor(
    private readonly records: PlanRecords,
    private readonly journal: PlanJournal,
    private readonly recorder: ResultRecorder,
    private readonly resolver: UnknownResolver,
    private readonly sender: OrderSender,
    private readonly clock: RedisClock,
    @Inject(ROLE_LOGGER) private readonly logger: Logger,
  ) {}

  /** What Redis refuses about one plan or its symbol keeps no other plan waiting. */
  async walk(): Promise<void> {
    await this.journal.followClock();
    for (const planId of await this.records.due(this.clock.nowMs())) {
      try {
        await this.#look(planId);
      } catch (error) {
        if (!(error instanceof RedisRefused)) throw error;
        this.logger.error({ err: error, plan_id: planId }, 'an open plan cannot be looked after');
      }
    }
  }

  async #look(planId: string): Promise<void> {
    const record = await this.records.find(planId);
    if (record === undefined || this.sender.isBusy(planId)) return;
    const attempt = attemptOf(record.plan);
    if (typeof attempt === 'string') {
      this.logger.error({ plan_id: planId, detail: attempt }, 'an open plan cannot be read');
      return;
    }
    await this.#attend(record, attempt);
  }

  async #attend(record: PlanRecord, attempt: Attempt): Promise<void> {
    switch (record.state) {
      case 'PUBLISHED':
      case 'WAITING':
        if (this.clock.nowMs() < record.deadlineMs + GRACE_MS) return;
        await this.recorder.record(attempt, notSent(attempt, 'plan_expired', 'no process ended it inside its window'), {
          from: ['PUBLISHED', 'WAITING'],
          onlyAfterDeadline: true,
        });
        return;
      case 'CLAIMED':
        if (record.answeredMs === undefined) {
          // No answer was recorded and the exchange cannot accept the request any more: the process that claimed it has stopped or is
          // disconnected. The plan is UNKNOWN now, so nothing signs it again; the next walk looks the order up.
          await this.journal.note(attempt, 'unknown', 'no answer was recorded for the claimed order', 0);
          return;
        }
        await this.resolver.look(record, attempt);
        return;
      case 'UNKNOWN':
        await this.resolver.look(record, attempt);
        return;
      default:
        this.logger.error({ plan_id: record.planId, state: record.state }, 'an ended plan is still listed as open');
    }
  }
}
