import { plain } from '../flow/0-decimal.js';
import type { PlanReason } from '../flow/0-reasons.js';
import type { Fields, Mode } from '../flow/0-words.js';
import { isClose, parseProposal, type Proposal } from '../flow/1-proposal.js';
import { encodePlan, type PlanDecision, planHashOf, planIdOf, planIdOfUnreadable, stepOf } from '../flow/2-plan.js';
import { encodeResult } from '../flow/5-result.js';
import { judgeProposal } from '../gates/proposal/index.js';
import { parseEpisode } from '../gates/proposal/repeat.js';
import { isArmed, isReleased } from '../redis/control-state.js';
import type { PlanJournal } from '../redis/plan-journal.js';
import type { ProposalStore, ProposalSurroundings } from '../redis/proposal-store.js';
import type { RedisClock } from '../redis/redis-clock.js';
import { atEndOfTurn } from '../redis/turns.js';
import type { ProposalAnswer, ProposalIntake } from '../runtime/proposal-intake.js';
import type { Logger } from '../telemetry/logger.js';
import type { GateMetrics } from '../telemetry/metrics.js';
import type { ApplySettings } from './apply-settings.js';

/** What a journal keeps of its proposal: enough to judge and publish it again as the next attempt. */
export interface KeptProposal {
  readonly fields: Fields;
  readonly source: string;
}

const DECISION_OF: Readonly<Record<PlanReason, Exclude<PlanDecision, 'EXECUTE'>>> = {
  kill_switch_active: 'BLOCKED',
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
  missing_new_sl: 'ERROR',
  proposal_invalid: 'ERROR',
};

const MAX_NUMBERING_RACES = 5;

/** Stages 1 and 2: a proposal becomes a published plan, or a refusal that is told once. */
export class ProposalProcessor implements ProposalIntake {
  constructor(
    private readonly store: ProposalStore,
    private readonly journal: PlanJournal,
    private readonly clock: RedisClock,
    private readonly settings: ApplySettings,
    private readonly metrics: GateMetrics,
    private readonly logger: Logger,
  ) {}

  /** Throws only when Redis cannot be asked; a proposal that is wrong in itself is answered. */
  async submit(symbol: string, fields: Fields, source: string): Promise<ProposalAnswer> {
    const reading = parseProposal(symbol, fields);
    if (!reading.ok) return this.#refuse(symbol, fields, undefined, reading.reason, reading.detail, source);
    const { proposal } = reading;
    if (/[^ -~]/.test(symbol) && !this.settings.allowlist.has(symbol)) {
      const detail = `symbol is ${JSON.stringify(symbol)}; letters outside ASCII are taken only for symbols that APPLY_ALLOWLIST names`;
      return this.#refuse(symbol, fields, undefined, 'proposal_invalid', detail, source);
    }
    const around = await this.store.surroundings(proposal.symbol);
    const lastEpisode = parseEpisode(around.episode);
    const verdict = judgeProposal({
      proposal,
      allowlist: this.settings.allowlist,
      nowSec: around.nowMs / 1000,
      maxAgeSec: this.settings.proposalMaxAgeSec,
      critical: this.settings.killScoreCritical,
      warning: this.settings.killScoreWarning,
      killSwitchReleased: isReleased(around.control),
      policy: this.settings.repeatPolicy,
      lastEpisode,
      snapshot: around.snapshot,
    });
    const asksSomethingElse = lastEpisode !== undefined && lastEpisode.action !== proposal.action;
    if (asksSomethingElse && (verdict.allow || verdict.reason === 'action_hold'))
      await this.store.endEpisode(proposal.symbol);
    if (!verdict.allow) {
      return this.#refuse(symbol, fields, proposal, verdict.reason, JSON.stringify(verdict.context), source);
    }
    return this.#publish(proposal, fields, source, around);
  }

  async #publish(
    proposal: Proposal,
    raw: Fields,
    source: string,
    around: ProposalSurroundings,
  ): Promise<ProposalAnswer> {
    const planId = planIdOf(proposal);
    const disarmed = !isArmed(around.control);
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
    const kept: KeptProposal = { fields: raw, source };
    for (let attempt = 1, races = 0; races < MAX_NUMBERING_RACES; races += 1) {
      const identity = { attempt, mode, accountFingerprint: this.settings.accountFingerprint };
      const published = await this.journal.publish({
        planId,
        symbol: proposal.symbol,
        action: proposal.action,
        attempt,
        mode,
        fields: { ...fields, attempt: String(attempt), mode, plan_hash: planHashOf(fields, identity) },
        proposal: JSON.stringify(kept),
        freshUntilMs: Math.floor((proposal.lastUpdateEpochSec + this.settings.proposalMaxAgeSec) * 1000),
        windowMs: this.settings.windowMs,
        dedupeTtlMs: this.settings.dedupeTtlMs,
        maxAttempts: this.settings.maxAttempts,
      });
      switch (published.kind) {
        case 'published':
          atEndOfTurn('reports', () => {
            this.metrics.planTotal.inc({ symbol: this.metrics.symbol(proposal.symbol), decision: 'EXECUTE' });
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
          this.metrics.dedupeHits.inc();
          return { planId, decision: 'SKIP', reasonCodes: ['duplicate_plan'], detail: published.kind, attempt: 0 };
      }
      published satisfies never;
    }
    throw new Error(`plan ${planId} was numbered by others ${MAX_NUMBERING_RACES} times in a row`);
  }

  async #refuse(
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
    const told = await this.journal.refuse({
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
        error: reason === 'kill_switch_active' ? 'kill_switch_active' : '',
        reason: `${reason}: ${detail.slice(0, 512)}`,
        attempt: 0,
        waitMs: undefined,
        clientOrderId: '',
        state: decision === 'SKIP' ? 'SKIPPED' : 'BLOCKED',
      }),
      ttlMs: this.settings.dedupeTtlMs,
    });
    if (told) {
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

/** `close_qty` and `price` of the entry: what the last snapshot lets expect, for readers that want a figure. `0` when unknown. */
function expectedOrder(
  proposal: Proposal,
  around: ProposalSurroundings,
): { readonly closeQty: string; readonly price: string } {
  const step = stepOf(proposal);
  const { snapshot } = around;
  if (step?.step === 'UPDATE_SL') return { closeQty: '0', price: proposal.newSl };
  const share = step === undefined ? 0 : step.pct;
  const closeQty = snapshot === undefined ? '0' : plain(snapshot.amount.abs().mul(share).div(100));
  return { closeQty, price: snapshot?.markPrice === undefined ? '0' : plain(snapshot.markPrice) };
}
