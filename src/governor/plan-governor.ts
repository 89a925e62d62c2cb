import { encodeJson, type JsonObject } from '../flow/0-json.js';
import { plain } from '../flow/0-decimal.js';
import { GOVERNOR_REASONS, type GovernorReason } from '../flow/0-reasons.js';
import { parsePlan, type Plan, PLAN_DECISIONS } from '../flow/2-plan.js';
import { encodeGovernorBlock, encodeGovernorPermit, type PermitBinding } from '../flow/3-permit.js';
import { burstLimit } from '../gates/governor/executions.js';
import { type GovernorGrantDecision, judgePlan } from '../gates/governor/index.js';
import type { GovernorEvidence } from '../redis/stores/governor-evidence.js';
import type { GovernorStore } from '../redis/stores/governor-store.js';
import { foreignEntryFault } from '../redis/stores/position-store.js';
import type { PermitStore } from '../redis/stores/permit-store.js';
import type { VerdictTarget } from '../redis/stores/verdicts.js';
import { RedisUnavailable } from '../redis/connection/redis.errors.js';
import type { Handled } from '../redis/streams/stream-consumer.js';
import { entryTimeMs, type StreamEntry } from '../redis/streams/stream-entry.js';
import { reportLater } from '../telemetry/report-later.js';
import type { PermitSigner } from '../signing/permit-signer.js';
import type { Logger } from '../telemetry/logger.js';
import type { GateMetrics } from '../telemetry/metrics.js';
import type { AutoDisarm } from './auto-disarm.js';

export interface GovernorSettings {
  readonly allowlist: ReadonlySet<string>;
  readonly windowMs: number;
  readonly permitTtlMs: number;
  readonly staleThresholdSec: number;
  readonly killScoreCritical: number;
  readonly approval: 'auto' | 'manual';
  forSymbol(symbol: string): {
    readonly maxExecPerHour: number;
    readonly maxExecPer5Min: number;
    readonly maxReduceNotionalPerDayUsd: string;
    readonly maxReduceQtyPerDay: string | null;
  };
}

export type DeadLetterEntry = (entry: StreamEntry, reason: string) => Promise<void>;

interface Asked {
  readonly target: VerdictTarget;
  readonly binding: PermitBinding;
  readonly publishedMs: number;
}

const BLOCK_TTL_MS = 3_600_000;
/** Each lost race means that somebody else's reservation went through, so this many in a row is a fault. */
const MAX_RACES = 200;

/** One plan entry in, one verdict out. Limits are decided on what was read and reserved only if it still holds. */
export class PlanGovernor {
  constructor(
    private readonly store: GovernorStore,
    private readonly permits: PermitStore,
    private readonly signer: PermitSigner,
    private readonly autoDisarm: AutoDisarm,
    private readonly settings: GovernorSettings,
    private readonly deadLetter: DeadLetterEntry,
    private readonly metrics: GateMetrics,
    private readonly logger: Logger,
  ) {}

  async handle(entry: StreamEntry): Promise<Handled> {
    const decision = entry.fields['decision'];
    if (decision !== 'EXECUTE') {
      if (PLAN_DECISIONS.some((known) => known === decision)) return 'done';
      await this.deadLetter(
        entry,
        `decision is ${JSON.stringify(decision ?? '')}; one of ${PLAN_DECISIONS.join(', ')} is needed`,
      );
      return 'acknowledged';
    }
    const reading = parsePlan(entry.fields);
    if (!reading.ok) {
      await this.deadLetter(entry, reading.detail);
      return 'acknowledged';
    }
    return this.#decide(entry, reading.plan);
  }

  async #decide(entry: StreamEntry, plan: Plan): Promise<Handled> {
    for (let races = 0; races < MAX_RACES; races += 1) {
      let evidence: GovernorEvidence;
      try {
        evidence = await this.store.evidence(plan.symbol, plan.planId, plan.attempt);
      } catch (error) {
        if (error instanceof RedisUnavailable) throw error;
        return this.#fail(this.#asked(entry, plan, undefined), 'limit_computation_error', error);
      }
      const copy = foreignEntryFault(evidence.journal, plan.planId, plan.attempt, entry.id);
      if (copy !== undefined) {
        await this.deadLetter(entry, copy);
        return 'acknowledged';
      }
      const asked = this.#asked(entry, plan, evidence);
      if (evidence.decidedBefore) return 'done';
      try {
        const handled = await this.#judge(plan, evidence, asked);
        if (handled !== 'usage_changed') return handled;
      } catch (error) {
        if (error instanceof RedisUnavailable) throw error;
        return this.#fail(asked, 'evaluation_error', error);
      }
    }
    throw new Error(`the usage of ${plan.symbol} changed ${MAX_RACES} times while plan ${plan.planId} was decided`);
  }

  /** `usage_changed` between reading and reserving: decide again. */
  async #judge(plan: Plan, evidence: GovernorEvidence, asked: Asked): Promise<Handled | 'usage_changed'> {
    const limits = this.settings.forSymbol(plan.symbol);
    const verdict = judgePlan({
      plan,
      nowMs: evidence.nowMs,
      deadlineMs: asked.target.deadlineMs,
      allowlist: this.settings.allowlist,
      killSwitchReleased: evidence.killSwitchReleased,
      armed: evidence.armed,
      approval: this.settings.approval,
      approvedBy: evidence.approvedBy,
      snapshot: evidence.snapshot,
      staleThresholdSec: this.settings.staleThresholdSec,
      killScoreCritical: this.settings.killScoreCritical,
      usage: evidence.usage,
      limits: { ...limits, maxReduceQtyPerDay: limits.maxReduceQtyPerDay ?? undefined },
    });
    if (verdict.allow) return (await this.#grant(plan, evidence, asked, verdict)) ? 'acknowledged' : 'usage_changed';
    // The hour is checked first; a plan that is beyond it may be beyond the burst limit too.
    const counts = verdict.reason === 'hourly_limit_exceeded' || verdict.reason === 'burst_limit_exceeded';
    const isBreach = counts && !burstLimit({ exec5Min: evidence.usage.exec5Min, ...limits }).allow;
    if (!isBreach) {
      await this.#reportBlock(asked, verdict.reason, verdict.context);
      return 'acknowledged';
    }
    // The block first: it is the answer to the plan, and not what the Position Brain says once the system is disarmed. The
    // entry is acknowledged after both, so that neither is lost with the process.
    await this.#reportBlock({ ...asked, target: { ...asked.target, entryId: '' } }, verdict.reason, verdict.context);
    await this.autoDisarm.onBurstBreach(plan.symbol, plan.planId);
    return 'done';
  }

  /** False when the usage changed meanwhile. */
  async #grant(plan: Plan, evidence: GovernorEvidence, asked: Asked, grant: GovernorGrantDecision): Promise<boolean> {
    const permit = encodeGovernorPermit(asked.binding, {
      computedQty: grant.computedQty,
      computedNotional: grant.computedNotionalUsd,
      context: {
        exec_count_hour: evidence.usage.execHour,
        exec_count_5min: evidence.usage.exec5Min,
        day: grant.day,
        day_notional_usd: grant.dayNotionalUsd,
        day_qty: grant.dayQty,
        mark_price: evidence.snapshot?.markPrice,
        exchange_position_amt: evidence.snapshot?.amount,
      },
    });
    const granted = await this.store.grant(asked.target, {
      symbol: plan.symbol,
      permit: this.signer.seal(permit),
      ttlMs: this.settings.permitTtlMs,
      reserve: plan.mode !== 'dry_run',
      notionalUsd: grant.reservedNotionalUsd,
      qty: grant.reservedQty,
      usageVersion: evidence.usage.version,
      day: grant.day,
      dayNotionalUsd: grant.dayNotionalUsd,
      dayQty: grant.dayQty,
    });
    switch (granted) {
      case 'usage_changed':
        return false;
      case 'kill_switch_active':
      case 'disarmed':
        // Stopped since the evidence was read, or by a stop that Redis has lost and this process has seen.
        await this.#reportBlock(asked, granted, {});
        return true;
      case 'issued': {
        const qty = plain(grant.computedQty);
        reportLater(() => this.#reportGrant(plan, asked, qty, grant.computedNotionalUsd.toFixed(2)));
        return true;
      }
      case 'already_issued':
      case 'closed':
      case 'expired':
        this.logger.debug(
          { plan_id: plan.planId, symbol: plan.symbol, why: granted },
          `Governor verdict on plan ${plan.planId} is not wanted any more`,
        );
        return true;
    }
    return granted satisfies never;
  }

  #reportGrant(plan: Plan, asked: Asked, qty: string, notional: string): void {
    this.metrics.governAllow.inc({ symbol: this.metrics.symbol(plan.symbol) });
    this.#observe(asked);
    this.logger.info(
      { plan_id: plan.planId, symbol: plan.symbol, attempt: plan.attempt },
      `Governor ALLOW plan ${plan.planId} (qty=${qty}, notional=${notional})`,
    );
  }

  async #fail(asked: Asked, reason: 'evaluation_error' | 'limit_computation_error', error: unknown): Promise<Handled> {
    const detail = error instanceof Error ? error.message : String(error);
    this.logger.error(
      { err: error, plan_id: asked.binding.planId, symbol: asked.binding.symbol },
      'the evaluation failed',
    );
    try {
      // First, because the block acknowledges the entry: the count must not be lost with the process.
      await this.autoDisarm.onError(asked.binding.symbol, asked.binding.planId, asked.target.entryId);
    } finally {
      await this.#reportBlock(asked, reason, { detail });
    }
    return 'acknowledged';
  }

  async #reportBlock(asked: Asked, reason: GovernorReason, context: JsonObject): Promise<void> {
    const { planId, symbol } = asked.binding;
    const block = this.signer.seal(encodeGovernorBlock(asked.binding, reason, context));
    if ((await this.permits.block(asked.target, block, BLOCK_TTL_MS)) === 'closed' && reason !== 'plan_expired') return;
    this.metrics.governBlock.inc({ symbol: this.metrics.symbol(symbol), reason });
    this.#observe(asked);
    this.logger.info(
      {
        plan_id: planId,
        symbol,
        attempt: asked.target.attempt,
        reason,
        meaning: GOVERNOR_REASONS[reason].meaning,
        context: encodeJson(context),
      },
      `Governor BLOCKED plan ${planId} - ${reason}`,
    );
  }

  #asked(entry: StreamEntry, plan: Plan, evidence: GovernorEvidence | undefined): Asked {
    const publishedMs = entryTimeMs(entry.id);
    const nowMs = evidence?.nowMs ?? publishedMs;
    return {
      target: {
        planId: plan.planId,
        attempt: plan.attempt,
        mode: plan.mode,
        deadlineMs: evidence?.journal?.deadlineMs ?? publishedMs + this.settings.windowMs,
        entryId: entry.id,
      },
      binding: {
        planId: plan.planId,
        symbol: plan.symbol,
        attempt: plan.attempt,
        mode: plan.mode,
        planHash: plan.planHash,
        createdAtMs: nowMs,
        expiresAtMs: nowMs + this.settings.permitTtlMs,
      },
      publishedMs,
    };
  }

  #observe(asked: Asked): void {
    this.metrics.permitIssueSeconds.observe(
      { issuer: 'governor' },
      Math.max(0, asked.binding.createdAtMs - asked.publishedMs) / 1000,
    );
  }
}
