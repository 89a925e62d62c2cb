import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { toPlainString } from '../flow/0-decimal.js';
import { encodeJson, isJsonObject } from '../flow/0-json.js';
import { afterOrder, type ClaimedTarget, encodeTakenUp } from '../flow/1-standing.js';
import { isRetryable } from '../flow/0-reasons.js';
import { booleanField } from '../flow/0-primitives.js';
import { encodeResult } from '../flow/5-result.js';
import { AuditLog } from '../redis/stores/audit-log.js';
import { PlanJournal } from '../redis/stores/plan-journal.js';
import type { Recorded, ResultRequest } from '../redis/stores/journal-requests.js';
import { RedisClock } from '../redis/connection/redis-clock.js';
import { type Logger, ROLE_LOGGER } from '../telemetry/logger.js';
import { GateMetrics } from '../telemetry/metrics.js';
import { APPLY_SETTINGS, type ApplySettings } from './apply-settings.js';
import type { Attempt } from './attempt.js';
import type { Outcome } from './outcomes.js';

const BACK_OFF_FIRST_MS = 2_000;
const BACK_OFF_MAX_MS = 30_000;

/** 2 s after the first attempt, doubling to 30 s. */
function backOffMs(attempt: number): number {
  return Math.min(BACK_OFF_FIRST_MS * 2 ** (attempt - 1), BACK_OFF_MAX_MS);
}

/** A stop closes nothing now. For a metric alone: nothing is decided by it. */
function closedUsd({ steps }: Outcome): number {
  return steps.reduce(
    (sum, { step, executedQty, avgPrice }) =>
      step === 'UPDATE_SL' || avgPrice === undefined ? sum : sum + executedQty.mul(avgPrice).toNumber(),
    0,
  );
}

export interface RecordOptions {
  readonly from: ResultRequest['fromStates'];
  readonly onlyAfterDeadline?: boolean;
  /** Record only if the attempt was claimed with this token. */
  readonly claimToken?: string;
  /** The target of the order that was claimed. */
  readonly claimed?: ClaimedTarget;
  /** How long to retry while Redis is unreachable. */
  readonly settleMs?: number;
}

/** Stage 5: publishes the one terminal result of an attempt and ends the attempt in the same step. */
@Injectable()
export class ResultRecorder {
  constructor(
    private readonly journal: PlanJournal,
    private readonly clock: RedisClock,
    @Inject(APPLY_SETTINGS) private readonly settings: ApplySettings,
    private readonly audit: AuditLog,
    private readonly metrics: GateMetrics,
    @Inject(ROLE_LOGGER) private readonly logger: Logger,
  ) {}

  /** Returns `closed` when another process has ended the attempt; then nothing was published here. */
  async record(attempt: Attempt, outcome: Outcome, options: RecordOptions): Promise<Recorded> {
    const { planId, symbol } = attempt;
    const retry = isRetryable(outcome.error, outcome.reason);
    const standing = this.#standingAfter(attempt, outcome, options.claimed) ?? outcome.standing;
    const recorded = await this.journal.record(
      {
        planId,
        symbol,
        attempt: attempt.attempt,
        token: randomUUID(),
        fromStates: options.from,
        onlyAfterDeadline: options.onlyAfterDeadline ?? false,
        claimToken: options.claimToken ?? '',
        state: outcome.state,
        fields: encodeResult({ ...outcome, planId, symbol, attempt: attempt.attempt }),
        filled: outcome.executed && attempt.step.step !== 'UPDATE_SL',
        guardMs: this.settings.cooldownMs(symbol),
        retryAfterMs: retry ? backOffMs(attempt.attempt) : undefined,
        maxAttempts: this.settings.maxAttempts,
        identity: standing?.identity ?? '',
        takenUp: standing?.takenUp ?? '',
        continueAfterMs: standing?.isDone === false ? this.settings.cooldownMs(symbol) : undefined,
        waitsForApproval: outcome.state === 'WAITING_APPROVAL',
        resumable: outcome.error === 'proposal_withdrawn' || outcome.error === 'proposal_superseded',
      },
      options.settleMs,
    );
    if (recorded.kind === 'recorded') {
      this.report(attempt, outcome);
      this.#auditResolved(attempt, outcome);
    }
    return recorded;
  }

  /** The outcome of an order that the exchange did not answer: by which evidence it was settled, and with which amount. */
  #auditResolved({ planId, symbol, attempt }: Attempt, { state, steps, error }: Outcome): void {
    const [step] = steps;
    const evidence = step !== undefined && isJsonObject(step.details) ? step.details['evidence'] : undefined;
    if (step === undefined || !isJsonObject(evidence) || evidence['settled_by'] === 'answer') return;
    const { clientOrderId, side, quantity, executedQty } = step;
    void this.audit.record({
      actor: 'resolver',
      action: 'order.settle',
      target: planId,
      outcome: 'ok',
      before: { state: 'UNKNOWN' },
      after: { state, error, executed_qty: toPlainString(executedQty) },
      details: {
        symbol,
        attempt,
        client_order_id: clientOrderId,
        side,
        quantity: quantity === undefined ? null : toPlainString(quantity),
        evidence: JSON.parse(encodeJson(evidence)) as object,
      },
    });
  }

  /** Writes the log line and the metrics of a published result. */
  report(attempt: Attempt, outcome: Outcome): void {
    const { planId, symbol } = attempt;
    const label = this.metrics.symbol(symbol);
    for (const step of outcome.steps)
      this.metrics.executeTotal.inc({ symbol: label, step: step.step, status: step.status });
    this.metrics.planResults.inc({ error: outcome.error === '' ? 'none' : outcome.error });
    if (outcome.executed) this.metrics.closedNotional.inc({ symbol: label }, closedUsd(outcome));
    if (outcome.executed) this.metrics.lastSuccess.set({ symbol: label }, Date.now() / 1000);
    this.logger.info(
      {
        plan_id: planId,
        symbol,
        attempt: attempt.attempt,
        state: outcome.state,
        reason: outcome.reason,
        details: encodeJson(outcome.steps.map((step) => step.details)),
      },
      `Result published (executed=${booleanField(outcome.executed)}, error=${outcome.error})`,
    );
  }

  #standingAfter(
    attempt: Attempt,
    outcome: Outcome,
    claimed: ClaimedTarget | undefined,
  ): { readonly identity: string; readonly takenUp: string; readonly isDone: boolean } | undefined {
    const executedQty = outcome.steps[0]?.executedQty;
    if (!outcome.executed || claimed === undefined || executedQty === undefined) return undefined;
    const after = afterOrder(claimed, { executedQty, stop: attempt.newSl, atMs: this.clock.nowMs() });
    if (after === undefined) return undefined;
    return { identity: claimed.identity, takenUp: encodeTakenUp(after), isDone: after.isDone };
  }
}
