import { plain } from '../flow/0-decimal.js';
import { encodeJson, type JsonObject } from '../flow/0-json.js';
import { POSITION_REASONS, type PositionReason } from '../flow/0-reasons.js';
import { parsePlan, type Plan, PLAN_DECISIONS } from '../flow/2-plan.js';
import { encodePositionDenial, encodePositionPermit, type PermitBinding } from '../flow/3-permit.js';
import type { PositionInput } from '../gates/position/evidence.js';
import { judgePosition } from '../gates/position/index.js';
import type { PermitStore } from '../redis/stores/permit-store.js';
import type { VerdictTarget } from '../redis/stores/verdicts.js';
import { foreignEntryFault, type PositionEvidence, type PositionStore } from '../redis/stores/position-store.js';
import { RedisUnavailable } from '../redis/connection/redis.errors.js';
import type { Handled } from '../redis/streams/stream-consumer.js';
import { entryTimeMs, type StreamEntry } from '../redis/streams/stream-entry.js';
import { reportLater } from '../telemetry/report-later.js';
import type { PermitSigner } from '../signing/permit-signer.js';
import type { Logger } from '../telemetry/logger.js';
import type { GateMetrics } from '../telemetry/metrics.js';
import type { KnownServer } from '../redis/connection/server-identity.js';
import type { SnapshotReader } from './snapshot-reader.js';
import type { TradesBeforeChange } from './trades-before-change.js';

export interface EvaluatorSettings {
  readonly allowlist: ReadonlySet<string>;
  readonly windowMs: number;
  readonly permitTtlMs: number;
  readonly staleThresholdSec: number;
  readonly forgottenProofMs: number;
  forSymbol(symbol: string): { readonly tolerancePct: number; readonly cooldownSec: number };
}

/** Sets an entry aside that cannot even be denied, because it names no plan, or is a copy of one. */
export type DeadLetterEntry = (entry: StreamEntry, reason: string) => Promise<void>;

interface Asked {
  readonly target: VerdictTarget;
  readonly binding: PermitBinding;
  readonly publishedMs: number;
}

/** One plan entry in, one verdict out: evidence, rules, permit or denial. Two round trips to Redis, none to the exchange. */
export class PlanEvaluator {
  constructor(
    private readonly positions: PositionStore,
    private readonly permits: PermitStore,
    private readonly signer: PermitSigner,
    private readonly snapshots: SnapshotReader,
    private readonly trades: TradesBeforeChange,
    private readonly server: () => KnownServer | undefined,
    private readonly settings: EvaluatorSettings,
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
    if (reading.ok) return this.#evaluate(entry, reading.plan);
    if (reading.planId === undefined) {
      await this.deadLetter(entry, reading.detail);
      return 'acknowledged';
    }
    const evidence = await this.positions.evidence(reading.symbol ?? '-', reading.planId);
    const attempt = Number(entry.fields['attempt'] ?? '');
    const known = { planId: reading.planId, symbol: reading.symbol ?? '', attempt: attempt >= 1 ? attempt : undefined };
    if (await this.#isCopy(entry, known, evidence)) return 'acknowledged';
    const asked = this.#asked(entry, { ...known, mode: undefined, planHash: undefined }, evidence);
    await this.#deny(asked, 'plan_invalid', { detail: reading.detail });
    return 'acknowledged';
  }

  async #evaluate(entry: StreamEntry, plan: Plan): Promise<Handled> {
    const evidence = await this.positions.evidence(plan.symbol, plan.planId);
    if (await this.#isCopy(entry, plan, evidence)) return 'acknowledged';
    const asked = this.#asked(entry, plan, evidence);
    try {
      await this.#judge(plan, evidence, asked);
    } catch (error) {
      if (error instanceof RedisUnavailable) throw error;
      this.logger.error({ err: error, plan_id: plan.planId, symbol: plan.symbol }, 'the evaluation failed');
      await this.#deny(asked, 'evaluation_error', { detail: error instanceof Error ? error.message : String(error) });
    }
    return 'acknowledged';
  }

  async #isCopy(
    entry: StreamEntry,
    { planId, attempt }: Pick<PermitBinding, 'planId' | 'attempt'>,
    { journal }: PositionEvidence,
  ): Promise<boolean> {
    const copy = foreignEntryFault(journal, planId, attempt, entry.id);
    if (copy !== undefined) await this.deadLetter(entry, copy);
    return copy !== undefined;
  }

  async #judge(plan: Plan, evidence: PositionEvidence, asked: Asked): Promise<void> {
    const input = this.#input(plan, evidence, asked);
    // Half way to stale, the next plan should find fresh figures; this one is judged by what is there.
    const { snapshot } = evidence;
    const ageMs = snapshot === undefined ? Infinity : evidence.nowMs - snapshot.tsMs;
    const unread = snapshot !== undefined && snapshot.tsMs < (this.server()?.settleUntilMs ?? 0);
    if (this.settings.allowlist.has(plan.symbol) && (unread || ageMs > this.settings.staleThresholdSec * 500))
      this.snapshots.refresh();
    const verdict = judgePosition(input);
    if (!verdict.allow) {
      await this.#deny(asked, verdict.reason, verdict.context);
      return;
    }
    if (snapshot === undefined || evidence.ledger.kind !== 'present')
      throw new Error('a permit without snapshot or ledger');
    const permit = encodePositionPermit(asked.binding, {
      safeCloseQty: verdict.safeCloseQty,
      exchangePositionAmt: snapshot.amount,
      ledgerAmt: evidence.ledger.ledger.amount,
      snapshotTsMs: snapshot.tsMs,
      positionEpoch: evidence.epoch,
      context: {
        snapshot_age_ms: evidence.nowMs - snapshot.tsMs,
        tolerance_pct: input.tolerancePct,
        resting_reduce_qty: snapshot.restingReduceQty,
        step_size: input.rules?.stepSize,
      },
    });
    const issued = await this.permits.issuePosition(
      asked.target,
      'allow',
      this.signer.seal(permit),
      this.settings.permitTtlMs,
    );
    // Stopped since the evidence was read, or by a stop that Redis has lost and this process has seen.
    if (issued === 'kill_switch_active' || issued === 'disarmed') return this.#deny(asked, issued, {});
    if (issued !== 'issued') return this.#late(plan.planId, plan.symbol, issued);
    const safeQty = plain(verdict.safeCloseQty);
    const exchangeAmt = plain(snapshot.amount);
    reportLater(() => {
      this.metrics.p33Allow.inc({ symbol: this.metrics.symbol(plan.symbol) });
      this.#observe(asked);
      this.logger.info(
        { plan_id: plan.planId, symbol: plan.symbol, attempt: asked.target.attempt },
        `P3.3 ALLOW plan ${plan.planId} (safe_qty=${safeQty}, exchange_amt=${exchangeAmt})`,
      );
    });
  }

  #input(plan: Plan, evidence: PositionEvidence, asked: Asked): PositionInput {
    const { ledger, snapshot } = evidence;
    const symbolSettings = this.settings.forSymbol(plan.symbol);
    const server = this.server();
    return {
      plan,
      nowMs: evidence.nowMs,
      deadlineMs: asked.target.deadlineMs,
      allowlist: this.settings.allowlist,
      killSwitchReleased: evidence.killSwitchReleased,
      armed: evidence.armed,
      snapshot,
      exchangeFault: this.snapshots.fault,
      staleThresholdSec: this.settings.staleThresholdSec,
      redis: server && {
        changedMs: server.changedMs,
        settleUntilMs: server.settleUntilMs,
        proofMs: this.settings.forgottenProofMs,
        traded: this.trades.traded(plan.symbol),
      },
      orderOpen: evidence.inflight !== '',
      lastFillMs: ledger.kind === 'present' ? ledger.ledger.lastFillMs : undefined,
      cooldownSec: symbolSettings.cooldownSec,
      hold: evidence.hold === '' ? undefined : evidence.hold,
      ledger: ledger.kind === 'present' ? { kind: 'present', amount: ledger.ledger.amount } : { kind: ledger.kind },
      tolerancePct: symbolSettings.tolerancePct,
      rules: this.snapshots.rules(plan.symbol),
    };
  }

  #asked(
    entry: StreamEntry,
    plan: Pick<PermitBinding, 'planId' | 'symbol' | 'attempt' | 'mode' | 'planHash'>,
    { nowMs, journal }: PositionEvidence,
  ): Asked {
    const publishedMs = entryTimeMs(entry.id);
    const deadlineMs = journal?.deadlineMs ?? publishedMs + this.settings.windowMs;
    return {
      target: { planId: plan.planId, attempt: plan.attempt, mode: plan.mode, deadlineMs, entryId: entry.id },
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

  async #deny(asked: Asked, reason: PositionReason, context: JsonObject): Promise<void> {
    const { planId, symbol } = asked.binding;
    const denial = this.signer.seal(encodePositionDenial(asked.binding, reason, context));
    const issued = await this.permits.issuePosition(asked.target, 'deny', denial, this.settings.permitTtlMs);
    if (issued === 'closed') return this.#late(planId, symbol, issued);
    this.metrics.p33Deny.inc({ symbol: this.metrics.symbol(symbol), reason });
    this.#observe(asked);
    this.logger.info(
      {
        plan_id: planId,
        symbol,
        attempt: asked.target.attempt,
        reason,
        meaning: POSITION_REASONS[reason].meaning,
        context: encodeJson(context),
      },
      `P3.3 DENY plan ${planId} reason=${reason}`,
    );
  }

  #observe(asked: Asked): void {
    this.metrics.permitIssueSeconds.observe(
      { issuer: 'p33' },
      Math.max(0, asked.binding.createdAtMs - asked.publishedMs) / 1000,
    );
  }

  #late(planId: string, symbol: string, why: 'closed' | 'expired'): void {
    this.logger.debug({ plan_id: planId, symbol, why }, `P3.3 verdict on plan ${planId} is not wanted any more`);
  }
}
