import type { JsonObject } from '../flow/0-json.js';
import type { Plan } from '../flow/2-plan.js';
import type { Issuer, PermitBinding } from '../flow/3-permit.js';
import type { Denial } from '../gates/verdict.js';
import type { JournalState } from '../redis/stores/position-store.js';
import type { Issued, IssuedBy, Stopped, VerdictTarget } from '../redis/stores/verdicts.js';
import type { GateMetrics } from '../telemetry/metrics.js';

/** Nest token of the policy of the issuer whose module it is. */
export const ISSUER_POLICY = Symbol('ISSUER_POLICY');

/** What every verdict rests on, as of one instant of Redis' clock. */
export interface IssuingEvidence {
  readonly nowMs: number;
  /** `undefined` for a plan of a foreign Apply. */
  readonly journal: JournalState | undefined;
  /** This very attempt was decided before. */
  readonly decidedBefore?: boolean;
}

export type PlanIdentity = Pick<PermitBinding, 'planId' | 'symbol' | 'attempt' | 'mode' | 'planHash'> &
  Partial<Pick<Plan, 'continues'>>;

/** One attempt of a plan that is evaluated: where the verdict goes, what it is bound to, and since when it is asked for. */
export interface EvaluationRequest {
  readonly target: VerdictTarget;
  readonly binding: PermitBinding;
  readonly publishedMs: number;
}

/** A yes of the rules; what else it says only its policy knows. */
export interface Grant {
  readonly allow: true;
}

/** A permit that is not sealed yet, and the line that is logged when it was issued. */
export type PermitDraft = IssuedBy & { readonly permit: JsonObject; readonly line: string };

/** Reasons that the pipeline itself gives. */
export type PipelineReason = 'evaluation_error' | Stopped;

/** What the issuers differ in: evidence, rules, limits, and the words of their permits, log lines and metrics. */
export interface IssuerPolicy<E extends IssuingEvidence, G extends Grant, R extends string> {
  readonly issuer: Issuer;
  /** The window of a plan that has no journal to say it. */
  readonly windowMs: number;
  readonly permitTtlMs: number;
  readonly denialTtlMs: number;
  /** Denies a plan that says its id and cannot be read further; without it the entry is dead-lettered. */
  readonly unreadablePlan?: R;
  /** Denies when Redis answered with evidence that cannot be read; without it the entry is tried again. */
  readonly unreadableEvidence?: R;

  /** Reads everything that is judged, in one script. */
  evidence(plan: PlanIdentity): Promise<E>;
  judge(plan: Plan, evidence: E, deadlineMs: number): G | Denial<R>;
  permit(binding: PermitBinding, plan: Plan, evidence: E, grant: G): PermitDraft;
  denial(binding: PermitBinding, reason: R | PipelineReason, context: JsonObject): JsonObject;

  /** What must be done after a denial, before its entry is acknowledged. */
  afterDenial?(plan: Plan, evidence: E, reason: R): (() => Promise<void>) | undefined;
  /** Done before an evaluation that failed is denied. */
  onFault?(request: EvaluationRequest, error: unknown): Promise<void>;

  readonly permits: GateMetrics['governAllow'];
  readonly denials: GateMetrics['governBlock'];
  /** The log line of a denial. */
  denialLine(planId: string, reason: R | PipelineReason): string;
  meaning(reason: R | PipelineReason): string;
  /** Whether a denial counts and is logged, by what became of it. */
  isReported(issued: Issued, reason: R | PipelineReason): boolean;
}
