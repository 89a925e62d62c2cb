import { Inject, Injectable } from '@nestjs/common';
import { type Decimal, toPlainString } from '../flow/0-decimal.js';
import type { JsonObject } from '../flow/0-json.js';
import { POSITION_REASONS, type PositionReason } from '../flow/0-reasons.js';
import type { Plan } from '../flow/2-plan.js';
import { encodePositionDenial, encodePositionPermit, type PermitBinding } from '../flow/3-permit.js';
import type { PositionInput } from '../gates/position/evidence.js';
import { judgePosition } from '../gates/position/index.js';
import type { Denial } from '../gates/verdict.js';
import type { Grant, IssuerPolicy, PermitDraft, PlanIdentity } from '../issuing/issuer-policy.js';
import { ServerIdentity } from '../redis/connection/server-identity.js';
import { AccountClaim } from '../redis/stores/account-claim.js';
import { LedgerStore } from '../redis/stores/ledger-store.js';
import type { PositionEvidence } from '../redis/stores/position-evidence.js';
import type { Issued } from '../redis/stores/verdicts.js';
import { GateMetrics } from '../telemetry/metrics.js';
import { POSITION_SETTINGS, type PositionSettings } from './position-settings.js';
import { SnapshotReader } from './snapshot-reader.js';
import { TradesBeforeChange } from './trades-before-change.js';

interface SafeClose extends Grant {
  readonly safeCloseQty: Decimal;
}

/** The Position Brain's rules: they compare the position on the exchange with the ledger. */
@Injectable()
export class PositionPolicy implements IssuerPolicy<PositionEvidence, SafeClose, PositionReason> {
  readonly issuer = 'p33';
  readonly unreadablePlan = 'plan_invalid';
  readonly windowMs: number;
  readonly permitTtlMs: number;
  readonly denialTtlMs: number;
  readonly permits: GateMetrics['p33Allow'];
  readonly denials: GateMetrics['p33Deny'];
  readonly #allowlist: ReadonlySet<string>;

  constructor(
    private readonly ledgers: LedgerStore,
    private readonly snapshots: SnapshotReader,
    private readonly trades: TradesBeforeChange,
    private readonly server: ServerIdentity,
    private readonly account: AccountClaim,
    @Inject(POSITION_SETTINGS) private readonly settings: PositionSettings,
    metrics: GateMetrics,
  ) {
    this.windowMs = settings.windowMs;
    this.permitTtlMs = settings.permitTtlMs;
    this.denialTtlMs = settings.permitTtlMs;
    this.permits = metrics.p33Allow;
    this.denials = metrics.p33Deny;
    this.#allowlist = new Set(settings.symbols);
  }

  carriedText({ positionEvidence }: Plan): string | undefined {
    return positionEvidence;
  }

  carried(_symbol: string, text: string, nowMs: number): PositionEvidence | undefined {
    return this.ledgers.carried(text, nowMs);
  }

  evidence({ symbol, planId }: PlanIdentity): Promise<PositionEvidence> {
    return this.ledgers.evidence(symbol, planId);
  }

  judge(plan: Plan, evidence: PositionEvidence, deadlineMs: number): SafeClose | Denial<PositionReason> {
    const { wrongTypes } = evidence;
    if (wrongTypes.length > 0) {
      const detail = `keys of ${plan.symbol} are of the wrong type: ${wrongTypes.join(', ')}`;
      return { allow: false, reason: 'evaluation_error', context: { detail } };
    }
    const { fault } = this.account;
    if (fault !== undefined) return { allow: false, reason: 'exchange_unreachable', context: { detail: fault } };
    this.#refreshSoon(plan, evidence);
    return judgePosition(this.#input(plan, evidence, deadlineMs));
  }

  permit(
    binding: PermitBinding,
    { planId, symbol }: Plan,
    { nowMs, snapshot, ledger, epoch }: PositionEvidence,
    { safeCloseQty }: SafeClose,
  ): PermitDraft {
    if (snapshot === undefined || ledger.kind !== 'present') throw new Error('a permit without snapshot or ledger');
    const permit = encodePositionPermit(binding, {
      safeCloseQty,
      exchangePositionAmt: snapshot.amount,
      ledgerAmt: ledger.ledger.amount,
      snapshotTsMs: snapshot.tsMs,
      positionEpoch: epoch,
      context: {
        snapshot_age_ms: nowMs - snapshot.tsMs,
        tolerance_pct: this.settings.forSymbol(symbol).tolerancePct,
        resting_reduce_qty: snapshot.restingReduceQty,
        step_size: this.snapshots.rules(symbol)?.stepSize,
      },
    });
    const amounts = `safe_qty=${toPlainString(safeCloseQty)}, exchange_amt=${toPlainString(snapshot.amount)}`;
    return { issuer: this.issuer, permit, line: `P3.3 ALLOW plan ${planId} (${amounts})` };
  }

  denial(binding: PermitBinding, reason: PositionReason, context: JsonObject): JsonObject {
    return encodePositionDenial(binding, reason, context);
  }

  denialLine(planId: string, reason: PositionReason): string {
    return `P3.3 DENY plan ${planId} reason=${reason}`;
  }

  meaning(reason: PositionReason): string {
    return POSITION_REASONS[reason].meaning;
  }

  isReported(issued: Issued): boolean {
    return issued !== 'closed';
  }

  /** At half the stale threshold a read is started for the next plan; this plan is judged by the present snapshot. */
  #refreshSoon({ symbol }: Plan, { nowMs, snapshot }: PositionEvidence): void {
    const ageMs = snapshot === undefined ? Infinity : nowMs - snapshot.tsMs;
    const unread = snapshot !== undefined && snapshot.tsMs < (this.server.known?.settleUntilMs ?? 0);
    if (this.#allowlist.has(symbol) && (unread || ageMs > this.settings.staleThresholdSec * 500))
      this.snapshots.refreshOne(symbol);
  }

  #input(plan: Plan, evidence: PositionEvidence, deadlineMs: number): PositionInput {
    const { ledger, snapshot } = evidence;
    const { tolerancePct, cooldownSec } = this.settings.forSymbol(plan.symbol);
    const server = this.server.known;
    return {
      plan,
      nowMs: evidence.nowMs,
      deadlineMs,
      allowlist: this.#allowlist,
      killSwitchReleased: evidence.killSwitchReleased,
      armed: evidence.armed,
      suspended: evidence.suspended !== '',
      snapshot,
      exchangeFault: this.snapshots.faultOf(plan.symbol),
      staleThresholdSec: this.settings.staleThresholdSec,
      redis: server && {
        changedMs: server.changedMs,
        settleUntilMs: server.settleUntilMs,
        proofMs: this.settings.forgottenProofMs,
        traded: this.trades.traded(plan.symbol),
      },
      orderOpen: evidence.inflight !== '',
      lastFillMs: ledger.kind === 'present' ? ledger.ledger.lastFillMs : undefined,
      cooldownSec,
      hold: evidence.hold === '' ? undefined : evidence.hold,
      ledger: ledger.kind === 'present' ? { kind: 'present', amount: ledger.ledger.amount } : { kind: ledger.kind },
      tolerancePct,
      rules: this.snapshots.rules(plan.symbol),
    };
  }
}
