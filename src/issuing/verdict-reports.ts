import { Inject, Injectable } from '@nestjs/common';
import { encodeJson, type JsonObject } from '../flow/0-json.js';
import { ISSUER_LABEL } from '../flow/3-permit.js';
import type { Issued } from '../redis/stores/verdicts.js';
import { type Logger, ROLE_LOGGER } from '../telemetry/logger.js';
import { GateMetrics } from '../telemetry/metrics.js';
import { type EvaluationRequest, ISSUER_POLICY, type IssuerPolicy, type PipelineReason } from './issuer-policy.js';

/** Counts and logs the verdicts of an issuer. */
@Injectable()
export class VerdictReports<R extends string = string> {
  constructor(
    @Inject(ISSUER_POLICY)
    private readonly policy: Pick<
      IssuerPolicy<never, never, R>,
      'issuer' | 'permits' | 'denials' | 'meaning' | 'denialLine'
    >,
    private readonly metrics: GateMetrics,
    @Inject(ROLE_LOGGER) private readonly logger: Logger,
  ) {}

  permit(request: EvaluationRequest, line: string): void {
    const { planId, symbol, attempt } = request.binding;
    this.policy.permits.inc({ symbol: this.metrics.symbol(symbol) });
    this.#observe(request);
    this.logger.info({ plan_id: planId, symbol, attempt }, line);
  }

  denial(request: EvaluationRequest, reason: R | PipelineReason, context: JsonObject): void {
    const { planId, symbol, attempt } = request.binding;
    this.policy.denials.inc({ symbol: this.metrics.symbol(symbol), reason });
    this.#observe(request);
    const meaning = this.policy.meaning(reason);
    this.logger.info(
      { plan_id: planId, symbol, attempt, reason, meaning, context: encodeJson(context) },
      this.policy.denialLine(planId, reason),
    );
  }

  /** Its attempt has ended, or was decided before. */
  unwanted({ binding: { planId, symbol } }: EvaluationRequest, why: Issued): void {
    const label = ISSUER_LABEL[this.policy.issuer];
    this.logger.debug({ plan_id: planId, symbol, why }, `${label} verdict on plan ${planId} is not wanted any more`);
  }

  #observe({ binding, publishedMs }: EvaluationRequest): void {
    const seconds = Math.max(0, binding.createdAtMs - publishedMs) / 1000;
    this.metrics.permitIssueSeconds.observe({ issuer: this.policy.issuer }, seconds);
  }
}
