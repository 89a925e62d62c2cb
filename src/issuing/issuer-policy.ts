import type { JsonObject } from '../flow/0-json.js';
import type { Fields } from '../flow/0-primitives.js';
import type { Plan } from '../flow/2-plan.js';
import type { Issuer, PermitBinding } from '../flow/3-permit.js';
import type { Denial } from '../gates/verdict.js';
import type { JournalState } from '../redis/stores/journal-state.js';
import type { Issued, IssuedBy, Stopped, VerdictTarget } from '../redis/stores/verdicts.js';
import type { GateMetrics } from '../telemetry/metrics.js';

/** Nest token of the policy of the issuer whose module it is. */
export const ISSUER_POLICY = Symbol('ISSUER_POLICY');

/** The evidence that every verdict is based on, at one instant of Redis' clock. */
export interface IssuingEvidence {
  readonly nowMs: number;
  /** `undefined` for a plan of a foreign Apply. */
  readonly journal: JournalState | undefined;
  /** True if this attempt was decided before. */
  readonly decidedBefore?: boolean;
}

export type PlanIdentity = Omit<PermitBinding, 'createdAtMs' | 'expiresAtMs'> &
  Partial<Pick<Plan, 'continues' | 'repeats'>>;

/** One attempt under evaluation: the target of the verdict, what the verdict is bound to, and when evaluation started. */
export interface EvaluationRequest {
  readonly target: VerdictTarget;
  readonly binding: PermitBinding;
  readonly publishedMs: number;
}

/** An approval by the rules; its further content belongs to the policy. */
export interface Grant {
  readonly allow: true;
}

/** A permit before it is sealed, and the line to log after it is issued. */
export type PermitDraft = IssuedBy & { readonly permit: JsonObject; readonly line: string };

/** The denial reasons of the pipeline itself. */
export type PipelineReason = 'evaluation_error' | Stopped;

/** The differences between the issuers: evidence, rules, limits, permits, log lines and metrics. */
export interface IssuerPolicy<E extends IssuingEvidence, G extends Grant, R extends string> {
  readonly issuer: Issuer;
  /** The window of a plan without a journal. */
  readonly windowMs: number;
  readonly permitTtlMs: number;
  readonly denialTtlMs: number;
  /** Denies a plan whose id is readable but not the rest; without this the entry is dead-lettered. */
  readonly unreadablePlan?: R;
  /** Denies when Redis returned unreadable evidence; without this the entry is tried again. */
  readonly unreadableEvidence?: R;

  /** The text of the evidence that a plan carries for this issuer; `undefined` for none. */
  carriedText(plan: Plan): string | undefined;
  /** That evidence as of `nowMs`; `undefined` if it must be read instead. */
  carried(symbol: string, text: string, nowMs: number): E | undefined;
  /** Reads all evidence in one script. */
  evidence(plan: PlanIdentity): Promise<E>;
  judge(plan: Plan, evidence: E, deadlineMs: number): G | Denial<R>;
  /** Further evidence that only this denial needs: the plan is judged again with it. `undefined` for none. */
  furtherEvidence?(plan: Plan, evidence: E, reason: R): Promise<E | undefined>;
  permit(binding: PermitBinding, plan: Plan, evidence: E, grant: G): PermitDraft;
  /** What people are asked together with a denial that they can change; `undefined` for any other. */
  asks?(plan: Plan, denial: Denial<R>): Fields | undefined;
  denial(binding: PermitBinding, reason: R | PipelineReason, context: JsonObject): JsonObject;

  /** Runs after a denial, before its entry is acknowledged. */
  afterDenial?(plan: Plan, evidence: E, reason: R): (() => Promise<void>) | undefined;
  /** Done before an evaluation that failed is denied. */
  onFault?(request: EvaluationRequest, error: unknown): Promise<void>;

  readonly permits: GateMetrics['governAllow'];
  readonly denials: GateMetrics['governBlock'];
  /** The log line of a denial. */
  denialLine(planId: string, reason: R | PipelineReason): string;
  meaning(reason: R | PipelineReason): string;
  /** Whether a denial is counted and logged, by how it was stored. */
  isReported(issued: Issued, reason: R | PipelineReason): boolean;
}
