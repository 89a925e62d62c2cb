import { Inject, Injectable } from '@nestjs/common';
import type { JsonObject } from '../flow/0-json.js';
import type { Fields } from '../flow/0-primitives.js';
import { parsePlan, type Plan, PLAN_DECISIONS, type PlanReading } from '../flow/2-plan.js';
import { planHashFault } from '../flow/2-plan-hash.js';
import { RedisClock } from '../redis/connection/redis-clock.js';
import { RedisUnavailable } from '../redis/connection/redis.errors.js';
import { GROUPS } from '../redis/keys/groups.js';
import type { Keys } from '../redis/keys/keys.js';
import { KEYS } from '../redis/redis.tokens.js';
import { PermitStore } from '../redis/stores/permit-store.js';
import { PlanRecords } from '../redis/stores/plan-records.js';
import { foreignEntryFault } from '../redis/stores/journal-state.js';
import type { CarriedEvidence } from '../redis/stores/verdicts.js';
import { DeadLetters } from '../redis/streams/dead-letters.js';
import type { Handled } from '../redis/streams/stream-consumer.js';
import type { ConsumedStream } from '../redis/streams/stream-consumers.js';
import { appendedAtMs, entryTimeMs, type StreamEntry } from '../redis/streams/stream-entry.js';
import { PermitSigner } from '../signing/permit-signer.js';
import { type Logger, ROLE_LOGGER } from '../telemetry/logger.js';
import { reportLater } from '../telemetry/report-later.js';
import {
  type EvaluationRequest,
  type Grant,
  ISSUER_POLICY,
  type IssuerPolicy,
  type IssuingEvidence,
  type PipelineReason,
  type PlanIdentity,
} from './issuer-policy.js';
import { VerdictReports } from './verdict-reports.js';

/** Each lost race means that another reservation succeeded, so this many in a row is a fault. */
const MAX_RACES = 200;

/** Nothing was written: the evidence is not, or not any more, what was judged. */
type JudgeAgain = 'judge_again';

/** Evidence that came with a plan. */
interface Carried<E> extends CarriedEvidence {
  readonly evidence: E;
}

/**
 * Turns one plan entry into one verdict, with the policy of either issuer: read the entry, judge the evidence, seal the verdict, issue
 * or deny. The evidence that a plan carries makes a permit in one round trip to Redis: the script that issues it compares that evidence
 * with the keys, so an entry that somebody else wrote gains nothing. Every denial, and every permit without, rests on evidence that was
 * read here: one more round trip. None goes to the exchange.
 */
@Injectable()
export class PermitPipeline<
  E extends IssuingEvidence = IssuingEvidence,
  G extends Grant = Grant,
  R extends string = string,
> {
  constructor(
    @Inject(ISSUER_POLICY) private readonly policy: IssuerPolicy<E, G, R>,
    private readonly permits: PermitStore,
    private readonly records: PlanRecords,
    private readonly dead: DeadLetters,
    private readonly signer: PermitSigner,
    private readonly clock: RedisClock,
    @Inject(KEYS) private readonly keys: Keys,
    private readonly reports: VerdictReports<R>,
    @Inject(ROLE_LOGGER) private readonly logger: Logger,
  ) {}

  /** How an issuer consumes the plan stream. After its group was deleted, it evaluates the open plans. */
  stream(): ConsumedStream {
    return {
      stream: this.keys.planStream(),
      group: GROUPS[this.policy.issuer],
      from: '$',
      handle: (entry) => this.handle(entry),
      onGroupRemade: async () => {
        for (const entry of await this.records.unclaimed()) await this.handle(entry);
      },
    };
  }

  async handle(entry: StreamEntry): Promise<Handled> {
    const decision = entry.fields['decision'];
    if (decision !== 'EXECUTE') {
      if (PLAN_DECISIONS.some((known) => known === decision)) return 'done';
      const fault = `decision is ${JSON.stringify(decision ?? '')}; one of ${PLAN_DECISIONS.join(', ')} is needed`;
      return this.#deadLetter(entry, fault);
    }
    const reading = parsePlan(entry.fields);
    if (!reading.ok) return this.#unreadable(entry, reading);
    const { plan } = reading;
    let carried = this.#carried(entry, plan);
    for (let races = 0; races < MAX_RACES; races += 1) {
      const handled = await this.#evaluate(entry, plan, carried);
      if (handled !== 'judge_again') return handled;
      carried = undefined;
    }
    throw new Error(`the usage of ${plan.symbol} changed ${MAX_RACES} times while plan ${plan.planId} was decided`);
  }

  /** A plan that continues or repeats another is judged by more than it carries. */
  #carried({ id }: StreamEntry, plan: Plan): Carried<E> | undefined {
    const text = this.policy.carriedText(plan);
    if (text === undefined || plan.continues !== undefined || plan.repeats !== undefined || !this.clock.isRead)
      return undefined;
    const judgedMs = Math.max(entryTimeMs(id), this.clock.nowMs());
    const evidence = this.policy.carried(plan.symbol, text, judgedMs);
    return evidence && { evidence, text, judgedMs };
  }

  async #evaluate(entry: StreamEntry, plan: Plan, carried: Carried<E> | undefined): Promise<Handled | JudgeAgain> {
    if (carried !== undefined) return this.#permitOn(entry, plan, carried);
    const { unreadableEvidence } = this.policy;
    let evidence: E;
    try {
      evidence = await this.policy.evidence(plan);
    } catch (error) {
      if (error instanceof RedisUnavailable || unreadableEvidence === undefined) throw error;
      return this.#fail(this.#request(entry, plan, undefined), unreadableEvidence, error);
    }
    const foreign = foreignEntryFault(evidence.journal, plan.planId, plan.attempt, entry.id);
    if (foreign !== undefined) return this.#deadLetter(entry, foreign);
    if (evidence.decidedBefore === true) return 'done';
    const request = this.#request(entry, plan, evidence);
    // What is permitted is what was read here, so its hash is computed here: a hash of other fields is refused.
    const changed = planHashFault(entry.fields);
    if (changed !== undefined) return this.#refuse(entry, request, changed);
    try {
      return await this.#decide(plan, evidence, request);
    } catch (error) {
      if (error instanceof RedisUnavailable) throw error;
      return this.#fail(request, 'evaluation_error', error);
    }
  }

  /** Permits, or leaves everything to evidence that is read: what a plan carries denies nothing. */
  async #permitOn(entry: StreamEntry, plan: Plan, carried: Carried<E>): Promise<Handled | JudgeAgain> {
    if (planHashFault(entry.fields) !== undefined) return 'judge_again';
    const { evidence } = carried;
    const request = this.#request(entry, plan, evidence);
    const verdict = this.policy.judge(plan, evidence, request.target.deadlineMs);
    return verdict.allow ? this.#permit(plan, evidence, request, verdict, carried) : 'judge_again';
  }

  async #decide(plan: Plan, evidence: E, request: EvaluationRequest): Promise<Handled | JudgeAgain> {
    const { policy } = this;
    const verdict = policy.judge(plan, evidence, request.target.deadlineMs);
    if (verdict.allow) return this.#permit(plan, evidence, request, verdict);
    const more = await policy.furtherEvidence?.(plan, evidence, verdict.reason);
    if (more !== undefined) return this.#decide(plan, more, request);
    const next = policy.afterDenial?.(plan, evidence, verdict.reason);
    return next === undefined
      ? this.#deny(request, verdict.reason, verdict.context, policy.asks?.(plan, verdict))
      : this.#denyAndGoOn(request, verdict.reason, verdict.context, next);
  }

  async #permit(
    plan: Plan,
    evidence: E,
    request: EvaluationRequest,
    grant: G,
    carried?: CarriedEvidence,
  ): Promise<Handled | JudgeAgain> {
    const { policy } = this;
    const { permit, line, ...by } = policy.permit(request.binding, plan, evidence, grant);
    const bytes = this.signer.seal(permit);
    const issued = await this.permits.issue(request.target, { ...by, bytes, ttlMs: policy.permitTtlMs, carried });
    switch (issued) {
      case 'issued':
        reportLater(() => this.reports.permit(request, line));
        return 'acknowledged';
      case 'kill_switch_active':
      case 'disarmed':
        // Stopped since the evidence was read, or by a stop that this process has seen and Redis has lost.
        return this.#deny(request, issued, {});
      case 'usage_changed':
      case 'evidence_changed':
        return 'judge_again';
      case 'already_issued':
      case 'closed':
      case 'expired':
        this.reports.unwanted(request, issued);
        return 'acknowledged';
    }
    return issued satisfies never;
  }

  async #deny(
    request: EvaluationRequest,
    reason: R | PipelineReason,
    context: JsonObject,
    asks?: Fields,
  ): Promise<Handled> {
    const { issuer, denialTtlMs: ttlMs } = this.policy;
    const bytes = this.signer.seal(this.policy.denial(request.binding, reason, context));
    const issued = await this.permits.deny(request.target, { issuer, bytes, ttlMs, asks });
    if (this.policy.isReported(issued, reason)) this.reports.denial(request, reason, context);
    else this.reports.unwanted(request, issued);
    return 'acknowledged';
  }

  /** The denial comes first, because the plan waits for it. The entry is acknowledged after both, so that a crash loses neither. */
  async #denyAndGoOn(
    request: EvaluationRequest,
    reason: R,
    context: JsonObject,
    next: () => Promise<void>,
  ): Promise<Handled> {
    await this.#deny({ ...request, target: { ...request.target, entryId: '' } }, reason, context);
    await next();
    return 'done';
  }

  async #fail(request: EvaluationRequest, reason: R | PipelineReason, error: unknown): Promise<Handled> {
    const { planId, symbol } = request.binding;
    this.logger.error({ err: error, plan_id: planId, symbol }, 'the evaluation failed');
    const context = { detail: error instanceof Error ? error.message : String(error) };
    try {
      // First, because the denial acknowledges the entry: what the fault leads to must not be lost with the process.
      await this.policy.onFault?.(request, error);
    } finally {
      await this.#deny(request, reason, context);
    }
    return 'acknowledged';
  }

  async #unreadable(entry: StreamEntry, reading: Extract<PlanReading, { ok: false }>): Promise<Handled> {
    const { planId, symbol, detail } = reading;
    if (planId === undefined || this.policy.unreadablePlan === undefined) return this.#deadLetter(entry, detail);
    const number = Number(entry.fields['attempt'] ?? '');
    const attempt = number >= 1 ? number : undefined;
    const plan = {
      planId,
      symbol: symbol ?? '',
      attempt,
      mode: undefined,
      planHash: undefined,
      account: undefined,
      action: undefined,
    };
    const evidence = await this.policy.evidence({ ...plan, symbol: symbol ?? '-' });
    const foreign = foreignEntryFault(evidence.journal, planId, attempt, entry.id);
    if (foreign !== undefined) return this.#deadLetter(entry, foreign);
    return this.#refuse(entry, this.#request(entry, plan, evidence), detail);
  }

  #refuse(entry: StreamEntry, request: EvaluationRequest, detail: string): Promise<Handled> {
    const { unreadablePlan } = this.policy;
    if (unreadablePlan === undefined) return this.#deadLetter(entry, detail);
    return this.#deny(request, unreadablePlan, { detail });
  }

  async #deadLetter(entry: StreamEntry, reason: string): Promise<Handled> {
    await this.dead.deadLetter(this.keys.planStream(), GROUPS[this.policy.issuer], entry, reason, 1);
    return 'acknowledged';
  }

  #request(entry: StreamEntry, plan: PlanIdentity, evidence: IssuingEvidence | undefined): EvaluationRequest {
    const { planId, symbol, attempt, mode, planHash, account, action } = plan;
    const createdAtMs = evidence?.nowMs ?? entryTimeMs(entry.id);
    const publishedMs = appendedAtMs(entry.id, createdAtMs);
    const deadlineMs = evidence?.journal?.deadlineMs ?? publishedMs + this.policy.windowMs;
    const expiresAtMs = createdAtMs + this.policy.permitTtlMs;
    return {
      target: { planId, symbol, attempt, mode, deadlineMs, entryId: entry.id },
      binding: { planId, symbol, attempt, mode, planHash, account, action, createdAtMs, expiresAtMs },
      publishedMs,
    };
  }
}
