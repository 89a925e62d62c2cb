import { Inject, Injectable } from '@nestjs/common';
import { Decimal, toPlainString } from '../flow/0-decimal.js';
import { MARK_PRICES, type MarkPrices } from '../exchange/mark-prices.port.js';
import type { JsonObject, JsonValue } from '../flow/0-json.js';
import { GOVERNOR_REASONS, type GovernorReason } from '../flow/0-reasons.js';
import type { Fields } from '../flow/0-primitives.js';
import type { Plan } from '../flow/2-plan.js';
import { approvedContent } from '../flow/3-approval.js';
import { encodeGovernorBlock, encodeGovernorPermit, type PermitBinding } from '../flow/3-permit.js';
import { burstLimit } from '../gates/governor/executions.js';
import { type GovernorGrantDecision, judgePlan } from '../gates/governor/index.js';
import type { Denial } from '../gates/verdict.js';
import type { EvaluationRequest, IssuerPolicy, PermitDraft, PlanIdentity } from '../issuing/issuer-policy.js';
import { isWrongType } from '../redis/connection/redis.errors.js';
import { ApprovalStore } from '../redis/stores/approval-store.js';
import type { GovernorEvidence } from '../redis/stores/governor-evidence.js';
import { GovernorStore } from '../redis/stores/governor-store.js';
import type { Issued } from '../redis/stores/verdicts.js';
import { GateMetrics } from '../telemetry/metrics.js';
import { AutoDisarm } from './auto-disarm.js';
import { GOVERNOR_SETTINGS, type GovernorSettings } from './governor-settings.js';

const BLOCK_TTL_MS = 3_600_000;

/** The Governor's rules: it judges the usage that was read, and reserves only if the usage has not changed since. */
@Injectable()
export class GovernorPolicy implements IssuerPolicy<GovernorEvidence, GovernorGrantDecision, GovernorReason> {
  readonly issuer = 'governor';
  readonly denialTtlMs = BLOCK_TTL_MS;
  readonly unreadableEvidence = 'limit_computation_error';
  readonly windowMs: number;
  readonly permitTtlMs: number;
  readonly permits: GateMetrics['governAllow'];
  readonly denials: GateMetrics['governBlock'];
  readonly #allowlist: ReadonlySet<string>;

  constructor(
    private readonly store: GovernorStore,
    private readonly approvals: ApprovalStore,
    private readonly autoDisarm: AutoDisarm,
    @Inject(MARK_PRICES) private readonly prices: Pick<MarkPrices, 'of'>,
    @Inject(GOVERNOR_SETTINGS) private readonly settings: GovernorSettings,
    metrics: GateMetrics,
  ) {
    this.windowMs = settings.windowMs;
    this.permitTtlMs = settings.permitTtlMs;
    this.permits = metrics.governAllow;
    this.denials = metrics.governBlock;
    this.#allowlist = new Set(settings.symbols);
  }

  carriedText({ governorEvidence }: Plan): string | undefined {
    return governorEvidence;
  }

  carried(symbol: string, text: string, nowMs: number): GovernorEvidence | undefined {
    return this.store.carried(symbol, text, nowMs);
  }

  evidence({ symbol, planId, attempt, continues, repeats }: PlanIdentity): Promise<GovernorEvidence> {
    return this.store.evidence(symbol, planId, attempt, continues, repeats);
  }

  judge(plan: Plan, evidence: GovernorEvidence, deadlineMs: number): GovernorGrantDecision | Denial<GovernorReason> {
    const limits = this.settings.forSymbol(plan.symbol);
    return judgePlan({
      plan,
      nowMs: evidence.nowMs,
      deadlineMs,
      allowlist: this.#allowlist,
      killSwitchReleased: evidence.killSwitchReleased,
      armed: evidence.armed,
      suspended: evidence.suspended,
      approvalRule: {
        approval: limits.approval,
        aboveUsd: limits.approvalAboveUsd ?? undefined,
        needed: limits.approvalsNeeded,
      },
      approval: evidence.approval,
      snapshot: evidence.snapshot,
      staleThresholdSec: this.settings.staleThresholdSec,
      ownPrice: this.prices.of(plan.symbol),
      priceBandPct: this.settings.priceBandPct,
      killScoreCritical: this.settings.killScoreCritical,
      usage: evidence.usage,
      limits: { ...limits, maxReduceQtyPerDay: limits.maxReduceQtyPerDay ?? undefined },
    });
  }

  /** What people have answered is read only for a plan that needs it. */
  async furtherEvidence(
    { planId }: Plan,
    evidence: GovernorEvidence,
    reason: GovernorReason,
  ): Promise<GovernorEvidence | undefined> {
    if (reason !== 'approval_required' || evidence.approval !== undefined) return undefined;
    const approval = await this.approvals.find(planId);
    return approval === undefined ? undefined : { ...evidence, approval };
  }

  /** An order that goes again is over before a person could answer: nobody is asked. */
  asks(plan: Plan, { reason, context }: Denial<GovernorReason>): Fields | undefined {
    if (reason !== 'approval_required' || plan.repeats !== undefined) return undefined;
    const { symbol, action, killScore, mode, step } = plan;
    const { qty, notional_usd: notionalUsd, needed } = context;
    return {
      symbol,
      action,
      what: approvedContent(plan),
      share: step.step === 'UPDATE_SL' ? '' : String(step.pct),
      stop: step.step === 'UPDATE_SL' ? step.price : '',
      qty: plainText(qty),
      notional_usd: plainText(notionalUsd),
      needed: plainText(needed),
      kill_score: toPlainString(killScore),
      mode: mode ?? '',
    };
  }

  permit(
    binding: PermitBinding,
    { planId, symbol, mode, repeats }: Plan,
    { snapshot, usage }: GovernorEvidence,
    grant: GovernorGrantDecision,
  ): PermitDraft {
    const permit = encodeGovernorPermit(binding, {
      position: snapshot?.amount ?? new Decimal(0),
      computedQty: grant.computedQty,
      computedNotional: grant.computedNotionalUsd,
      context: {
        exec_count_hour: usage.execHour,
        exec_count_5min: usage.exec5Min,
        day: grant.day,
        day_notional_usd: grant.dayNotionalUsd,
        day_qty: grant.dayQty,
        mark_price: snapshot?.markPrice,
        own_mark_price: this.prices.of(symbol)?.price,
        judged_price: grant.judgedPrice,
        exchange_position_amt: snapshot?.amount,
      },
    });
    const sums = `qty=${toPlainString(grant.computedQty)}, notional=${grant.computedNotionalUsd.toFixed(2)}`;
    return {
      issuer: this.issuer,
      permit,
      line: `Governor ALLOW plan ${planId} (${sums})`,
      reservation: {
        symbol,
        reserve: mode !== 'dry_run',
        notionalUsd: grant.reservedNotionalUsd,
        qty: grant.reservedQty,
        isCounted: usage.isCounted,
        repeats: repeats ?? '',
        usageVersion: usage.version,
        day: grant.day,
        dayNotionalUsd: grant.dayNotionalUsd,
        dayQty: grant.dayQty,
      },
    };
  }

  denial(binding: PermitBinding, reason: GovernorReason, context: JsonObject): JsonObject {
    return encodeGovernorBlock(binding, reason, context);
  }

  /** The hourly limit is checked first, so a plan that exceeds it may exceed the burst limit too. */
  afterDenial(
    { symbol, planId, continues }: Plan,
    { usage }: GovernorEvidence,
    reason: GovernorReason,
  ): (() => Promise<void>) | undefined {
    // A continuation never counts as a breach.
    if (continues !== undefined) return undefined;
    if (reason !== 'hourly_limit_exceeded' && reason !== 'burst_limit_exceeded') return undefined;
    const { maxExecPer5Min } = this.settings.forSymbol(symbol);
    if (burstLimit({ exec5Min: usage.exec5Min, maxExecPer5Min }).allow) return undefined;
    return () => this.autoDisarm.onBurstBreach(symbol, planId);
  }

  /** A key of the wrong type stops one symbol; it is no reason to disarm all. */
  async onFault({ binding, target }: EvaluationRequest, error: unknown): Promise<void> {
    if (isWrongType(error)) return;
    await this.autoDisarm.onError(binding.symbol, binding.planId, target.entryId);
  }

  denialLine(planId: string, reason: GovernorReason): string {
    return `Governor BLOCKED plan ${planId} - ${reason}`;
  }

  meaning(reason: GovernorReason): string {
    return GOVERNOR_REASONS[reason].meaning;
  }

  /** A denial after the window of the plan counts too, although its block is not stored. */
  isReported(issued: Issued, reason: GovernorReason): boolean {
    return issued !== 'closed' || reason === 'plan_expired';
  }
}

const plainText = (value: JsonValue | undefined): string => {
  if (Decimal.isDecimal(value)) return toPlainString(value);
  return typeof value === 'number' ? String(value) : '';
};
