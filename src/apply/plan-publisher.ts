import { Inject, Injectable } from '@nestjs/common';
import { toPlainString } from '../flow/0-decimal.js';
import type { PlanReason } from '../flow/0-reasons.js';
import type { Fields, Mode } from '../flow/0-primitives.js';
import { isClose, type Proposal } from '../flow/1-proposal.js';
import { encodePlan, type PlanDecision, planIdOf, planIdOfUnreadable, stepOf } from '../flow/2-plan.js';
import { planHashOf } from '../flow/2-plan-hash.js';
import { encodeResult } from '../flow/5-result.js';
import { encodeTakenUp, type TakenUp } from '../flow/1-standing.js';
import { isArmed } from '../redis/stores/control-state.js';
import { KEEP_MS, PlanJournal } from '../redis/stores/plan-journal.js';
import type { ProposalContext } from '../redis/stores/proposal-store.js';
import { RedisClock } from '../redis/connection/redis-clock.js';
import { reportLater } from '../telemetry/report-later.js';
import type { ProposalAnswer } from '../runtime/proposal-intake.js';
import type { PermitTrust } from '../flow/3-permit-signature.js';
import { PERMIT_TRUST } from '../signing/trusted-keys-file.js';
import { type Logger, ROLE_LOGGER } from '../telemetry/logger.js';
import { GateMetrics } from '../telemetry/metrics.js';
import { APPLY_SETTINGS, type ApplySettings } from './apply-settings.js';
import { type KeptProposal, type PlanRequest, waitedMs } from './next-order.js';
import type { Slot } from './plan-slots.js';

const DECISION_OF: Readonly<Record<PlanReason, Exclude<PlanDecision, 'EXECUTE'>>> = {
  kill_switch_active: 'BLOCKED',
  symbol_suspended: 'BLOCKED',
  kill_score_critical: 'BLOCKED',
  kill_score_warning_close_ok: 'SKIP',
  kill_score_warning_risk_increase: 'BLOCKED',
  disarmed: 'BLOCKED',
  not_in_allowlist: 'SKIP',
  duplicate_plan: 'SKIP',
  action_hold: 'SKIP',
  unknown_action: 'SKIP',
  proposal_stale: 'SKIP',
  repeat_suppressed: 'SKIP',
  proposal_withdrawn: 'SKIP',
  proposal_superseded: 'SKIP',
  target_reached: 'SKIP',
  missing_new_sl: 'ERROR',
  proposal_invalid: 'ERROR',
};

const MAX_NUMBERING_RACES = 5;

/** An allowed proposal with the context it was judged in. */
export interface JudgedProposal {
  readonly context: ProposalContext;
  /** `undefined` if no target could be fixed. */
  readonly takenUp: TakenUp | undefined;
  readonly startsEpisode: boolean;
}

/** Stage 2: publishes the plan of a proposal with its next attempt, or its refusal, once. */
@Injectable()
export class PlanPublisher {
  constructor(
    private readonly journal: PlanJournal,
    private readonly clock: RedisClock,
    @Inject(APPLY_SETTINGS) private readonly settings: ApplySettings,
    @Inject(PERMIT_TRUST) private readonly trust: PermitTrust,
    private readonly metrics: GateMetrics,
    @Inject(ROLE_LOGGER) private readonly logger: Logger,
  ) {}

  /** Uses the slot when it publishes; the caller frees it otherwise. `waits_for`: a plan of an operator goes first. */
  async publish(
    request: PlanRequest,
    { context: around, takenUp, startsEpisode }: JudgedProposal,
    slot: Slot,
  ): Promise<ProposalAnswer | 'standing_changed' | 'waits_for'> {
    const { proposal, planId, fields: raw, source, identity, continuation } = request;
    const disarmed = !isArmed(around.control);
    // A dry run of it would only say that nothing is sent.
    if (disarmed && continuation?.repeats !== undefined) return this.duplicate(planId, 'the system is disarmed');
    const mode: Mode = disarmed ? 'dry_run' : this.settings.mode;
    const reasonCodes: PlanReason[] = [];
    if (isClose(proposal.action) && proposal.killScore.gte(this.settings.killScoreWarning))
      reasonCodes.push('kill_score_warning_close_ok');
    if (disarmed) reasonCodes.push('disarmed');
    const fields = encodePlan({
      planId,
      symbol: proposal.symbol,
      decision: 'EXECUTE',
      reasonCodes,
      proposal,
      raw,
      ...expectedOrder(proposal, around),
      source,
      timestampSec: (around.nowMs / 1000).toFixed(3),
    });
    fields['account'] = this.settings.accountFingerprint;
    if (continuation === undefined) Object.assign(fields, evidenceFields(around));
    else fields['continues'] = continuation.countedAs;
    if (continuation?.repeats !== undefined) fields['repeats'] = continuation.repeats.orders.split(',')[0] ?? '';
    const waited = waitedMs(request, around.nowMs);
    const kept: KeptProposal = { fields: raw, source, identity, ...(waited > 0 ? { waitedMs: waited } : {}) };
    const freshUntilMs =
      takenUp?.hasFilled === true
        ? around.nowMs + KEEP_MS
        : Math.floor((proposal.lastUpdateEpochSec + this.settings.proposalMaxAgeSec) * 1000 + waited);
    for (let attempt = 1, races = 0; races < MAX_NUMBERING_RACES; races += 1) {
      const whose = { attempt, mode, accountFingerprint: this.settings.accountFingerprint };
      const published = await this.journal.publish({
        planId,
        symbol: proposal.symbol,
        action: proposal.action,
        attempt,
        mode,
        fields: { ...fields, attempt: String(attempt), mode, plan_hash: planHashOf(fields, whose) },
        proposal: JSON.stringify(kept),
        freshUntilMs,
        windowMs: this.settings.windowMs,
        dedupeTtlMs: this.settings.dedupeTtlMs,
        maxAttempts: this.settings.maxAttempts,
        keepsManualPermit: this.trust === 'unsigned',
        standing: {
          identity,
          continuation: continuation?.number ?? 0,
          continues: continuation?.after ?? '',
          repeats: continuation?.repeats,
          // A dry run stores nothing, so that the same proposal can still run for real.
          persist: mode !== 'dry_run',
          episode: around.episode,
          startsEpisode,
          expected: around.storedTakenUp,
          takenUp: takenUp === undefined ? '' : encodeTakenUp(takenUp),
        },
      });
      switch (published.kind) {
        case 'published':
          slot.use(planId, attempt, this.settings.windowMs);
          reportLater(() => {
            this.metrics.planTotal.inc({ symbol: this.metrics.symbol(proposal.symbol), decision: 'EXECUTE' });
            if (attempt > 1) this.metrics.planRetries.inc({ symbol: this.metrics.symbol(proposal.symbol) });
            this.logger.info(
              { plan_id: planId, symbol: proposal.symbol, attempt, mode, source },
              `Plan ${planId} published (decision=EXECUTE, steps=1)`,
            );
          });
          return { planId, decision: 'EXECUTE', reasonCodes, detail: '', attempt };
        case 'attempt_is':
          attempt = published.attempt + 1;
          continue;
        case 'duplicate':
        case 'backing_off':
        case 'exhausted':
          if (around.isNewer) await this.journal.renew(planId, JSON.stringify(kept), freshUntilMs);
          return this.duplicate(planId, published.kind);
        case 'open_plan':
          await this.journal.renew(published.planId, JSON.stringify(kept), freshUntilMs);
          return this.duplicate(planId, `plan ${published.planId} of the same proposal is open`);
        case 'rejected':
          return this.duplicate(planId, 'a person has rejected the proposal');
        case 'waits_for':
        case 'standing_changed':
          return published.kind;
      }
      published satisfies never;
    }
    throw new Error(`the attempt number of plan ${planId} changed ${MAX_NUMBERING_RACES} times while it was published`);
  }

  duplicate(planId: string, detail: string): ProposalAnswer {
    this.metrics.dedupeHits.inc();
    return { planId, decision: 'SKIP', reasonCodes: ['duplicate_plan'], detail, attempt: 0 };
  }

  async refuse(
    symbol: string,
    raw: Fields,
    proposal: Proposal | undefined,
    reason: PlanReason,
    detail: string,
    source: string,
  ): Promise<ProposalAnswer> {
    const planId = proposal === undefined ? planIdOfUnreadable(symbol, raw) : planIdOf(proposal);
    const decision = DECISION_OF[reason];
    const shownSymbol = symbol.slice(0, 64);
    const plan = encodePlan({
      planId,
      symbol: shownSymbol,
      decision,
      reasonCodes: [reason],
      proposal,
      raw,
      closeQty: '0',
      price: '0',
      source,
      timestampSec: (this.clock.nowMs() / 1000).toFixed(3),
    });
    const isFirst = await this.journal.refuse({
      planId,
      symbol: shownSymbol,
      action: plan['action'] ?? '',
      state: decision === 'SKIP' ? 'SKIPPED' : 'BLOCKED',
      digest: `${planId}:${reason}`,
      detail,
      plan: { ...plan, detail: detail.slice(0, 512) },
      result: encodeResult({
        planId,
        symbol: shownSymbol,
        decision,
        executed: false,
        wouldExecute: false,
        steps: [],
        error: reason === 'kill_switch_active' || reason === 'symbol_suspended' ? reason : '',
        reason: `${reason}: ${detail.slice(0, 512)}`,
        attempt: 0,
        waitMs: undefined,
        clientOrderId: '',
        state: decision === 'SKIP' ? 'SKIPPED' : 'BLOCKED',
      }),
      ttlMs: this.settings.dedupeTtlMs,
    });
    if (isFirst) {
      this.metrics.planTotal.inc({ symbol: this.metrics.symbol(symbol), decision });
      this.logger.info(
        { plan_id: planId, symbol: shownSymbol, reason, detail },
        `Plan ${planId} published (decision=${decision}, steps=0)`,
      );
    } else {
      this.metrics.dedupeHits.inc();
    }
    return { planId, decision, reasonCodes: [reason], detail, attempt: 0 };
  }
}

/** Of a plan that continues another, an issuer needs more than this, and reads it all itself. */
function evidenceFields({ evidence: { governor, position } }: ProposalContext): Fields {
  return governor === '' || position === '' ? {} : { governor_evidence: governor, position_evidence: position };
}

/** `close_qty` and `price` of the entry: an estimate from the last snapshot, for information only. `0` when unknown. */
function expectedOrder(
  proposal: Proposal,
  around: ProposalContext,
): { readonly closeQty: string; readonly price: string } {
  const step = stepOf(proposal);
  const { snapshot } = around;
  if (step?.step === 'UPDATE_SL') return { closeQty: '0', price: proposal.newSl };
  const share = step === undefined ? 0 : step.pct;
  const closeQty = snapshot === undefined ? '0' : toPlainString(snapshot.amount.abs().mul(share).div(100));
  return { closeQty, price: snapshot?.markPrice === undefined ? '0' : toPlainString(snapshot.markPrice) };
}
