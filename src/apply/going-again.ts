import { Inject, Injectable } from '@nestjs/common';
import { parseTakenUp } from '../flow/1-standing.js';
import { evidenceForTrace } from '../flow/5-evidence-trace.js';
import { judgeGoingAgain, type SentSoFar, whyItWaits } from '../flow/5-going-again.js';
import { isOpenState } from '../flow/5-result.js';
import { RedisClock } from '../redis/connection/redis-clock.js';
import { PlanJournal } from '../redis/stores/plan-journal.js';
import { type PlanRecord, PlanRecords } from '../redis/stores/plan-records.js';
import type { ProposalAnswer } from '../runtime/proposal-intake.js';
import { type Logger, ROLE_LOGGER } from '../telemetry/logger.js';
import type { Attempt } from './attempt.js';
import { hasFilled } from './next-order.js';
import { LostOrderEvidence } from '../exchange/order-evidence.js';
import { ProposalProcessor } from './proposal-processor.js';

/**
 * Sends a full close again before the absence of its order is proven, as a plan of its own with its own permits. The order that it
 * repeats stays unknown and is looked after until its own proof, so each order has its one result.
 */
@Injectable()
export class GoingAgain {
  /** Plans whose repetition waits for a slot. */
  readonly #queued = new Set<string>();

  constructor(
    private readonly processor: ProposalProcessor,
    private readonly evidence: LostOrderEvidence,
    private readonly records: PlanRecords,
    private readonly journal: PlanJournal,
    private readonly clock: RedisClock,
    @Inject(ROLE_LOGGER) private readonly logger: Logger,
  ) {}

  /** Call when the look-up, begun after the last moment of acceptance, did not find the order. Throws as the exchange's reads do. */
  async consider(record: PlanRecord, attempt: Attempt): Promise<void> {
    const { planId } = record;
    if (record.repeatedBy !== '' || this.#queued.has(planId)) return;
    const sent = sentSoFar(record);
    if (whyItWaits({ isStop: record.action === 'UPDATE_SL' }, sent, this.clock.nowMs()) !== undefined) return;
    const { order, evidence } = await this.evidence.judge(record, attempt.symbol);
    const word = judgeGoingAgain(order, evidence, sent, this.clock.nowMs());
    if (word.kind === 'waits') {
      this.logger.info(
        { plan_id: planId, symbol: attempt.symbol, detail: word.because },
        'a full close does not go again',
      );
      return;
    }
    const intake = await this.processor.repeat(record);
    const shown = evidenceForTrace('nothing', { lookUp: 'not found' }, evidence);
    const note = async ({ planId: by, decision, detail }: ProposalAnswer): Promise<void> => {
      if (decision !== 'EXECUTE') {
        this.logger.info({ plan_id: planId, symbol: attempt.symbol, detail }, 'a full close does not go again');
        return;
      }
      const said = `nothing shows the order and the position is the same: plan ${by} sends it again`;
      this.logger.warn({ plan_id: planId, symbol: attempt.symbol, repeated_by: by }, said);
      await this.journal.note(attempt, 'looked', said, undefined, shown);
    };
    if (intake.kind === 'answered') return note(intake.answer);
    this.#queued.add(planId);
    void intake.answer
      .then(note)
      .catch((error: unknown) => this.logger.warn({ err: error, plan_id: planId }, 'a full close could not go again'))
      .finally(() => this.#queued.delete(planId));
  }

  /** Whether a later order of the same close is open or filled, so that this plan has no further attempt. */
  async goesOnElsewhere(record: PlanRecord): Promise<boolean> {
    for (let planId = record.repeatedBy; planId !== '';) {
      const later = await this.records.find(planId);
      if (later === undefined) return false;
      if (isOpen(later) || hasFilled(later)) return true;
      planId = later.repeatedBy;
    }
    return false;
  }
}

const isOpen = ({ state }: PlanRecord): boolean => isOpenState(state);

function sentSoFar(record: PlanRecord): SentSoFar {
  const takenUp = parseTakenUp(record.takenUp);
  return {
    target: takenUp === 'unreadable' ? undefined : takenUp?.target,
    resends: record.resends,
    firstClaimedMs: record.firstClaimedMs ?? record.claimedMs,
    wasAnswered: record.answeredMs !== undefined,
  };
}
