import { randomUUID } from 'node:crypto';
import { plain } from '../flow/0-decimal.js';
import type { PlanReason } from '../flow/0-reasons.js';
import { type Fields, type Mode, parsePlanId, type PlanId } from '../flow/0-words.js';
import { isClose, parseProposal, type Proposal } from '../flow/1-proposal.js';
import { encodePlan, type PlanDecision, planHashOf, planIdOf, planIdOfUnreadable, stepOf } from '../flow/2-plan.js';
import { encodeResult } from '../flow/5-result.js';
import { FUTURE_TOLERANCE_SEC } from '../gates/proposal/fresh.js';
import { judgeProposal } from '../gates/proposal/index.js';
import { parseEpisode } from '../gates/proposal/repeat.js';
import { isArmed, isReleased } from '../redis/control-state.js';
import type { PlanJournal } from '../redis/plan-journal.js';
import type { PlanRecord } from '../redis/plan-records.js';
import type { Occasion, ProposalContext, ProposalStore } from '../redis/proposal-store.js';
import type { RedisClock } from '../redis/redis-clock.js';
import { atEndOfTurn } from '../redis/turns.js';
import { NoRoom, type ProposalAnswer, type ProposalIntake } from '../runtime/proposal-intake.js';
import type { Logger } from '../telemetry/logger.js';
import type { GateMetrics } from '../telemetry/metrics.js';
import type { ApplySettings } from './apply-settings.js';
import { PLANS_UNDER_WAY, type PlanSlots, type Slot } from './plan-slots.js';
import type { NotWanted, Withdrawal } from './withdrawal.js';

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
  proposal_withdrawn: 'SKIP',
  proposal_superseded: 'SKIP',
  missing_new_sl: 'ERROR',
  proposal_invalid: 'ERROR',
};

const MAX_NUMBERING_RACES = 5;
/** How long an operator's call waits for room. A strategy's proposal waits until a newer one takes its place. */
const CALL_WAITS_MS = 5_000;

/** A proposal is answered at once, or when there is room for its plan. */
export type Intake =
  | { readonly kind: 'answered'; readonly answer: ProposalAnswer }
  | { readonly kind: 'queued'; readonly answer: Promise<ProposalAnswer> };

/** A proposal that can be read, on its way to a plan. */
interface Request {
  readonly proposal: Proposal;
  readonly planId: PlanId;
  readonly fields: Fields;
  readonly source: string;
  readonly occasion: Occasion;
}

type Judged =
  | { readonly kind: 'refused'; readonly answer: ProposalAnswer }
  | { readonly kind: 'allowed'; readonly context: ProposalContext };

/** Stages 1 and 2: a proposal becomes a published plan, or a refusal that is told once. */
export class ProposalProcessor implements ProposalIntake {
  constructor(
    private readonly store: ProposalStore,
    private readonly journal: PlanJournal,
    private readonly withdrawal: Withdrawal,
    private readonly slots: PlanSlots,
    private readonly clock: RedisClock,
    private readonly settings: ApplySettings,
    private readonly metrics: GateMetrics,
    private readonly logger: Logger,
  ) {}

  /** As {@link take}, and waits for room. Throws {@link NoRoom} when there is none in time. */
  async submit(symbol: string, fields: Fields, source: string): Promise<ProposalAnswer> {
    return (await this.take(symbol, fields, source)).answer;
  }

  /** Throws only when Redis cannot be asked; a proposal that is wrong in itself is answered. */
  async take(symbol: string, fields: Fields, source: string): Promise<Intake> {
    const refused = async (reason: PlanReason, detail: string): Promise<Intake> => ({
      kind: 'answered',
      answer: await this.#refuse(symbol, fields, undefined, reason, detail, source),
    });
    const reading = parseProposal(symbol, fields);
    if (!reading.ok) return refused(reading.reason, reading.detail);
    const { proposal } = reading;
    if (/[^ -~]/.test(symbol) && !this.settings.allowlist.has(symbol)) {
      const detail = `symbol is ${JSON.stringify(symbol)}; letters outside ASCII are taken only for symbols that APPLY_ALLOWLIST names`;
      return refused('proposal_invalid', detail);
    }
    return this.#process({ proposal, planId: planIdOf(proposal), fields, source, occasion: { kind: 'new' } });
  }

  /** The next attempt of a plan, through every gate anew, if its proposal still stands; else the plan ends. */
  async retry(record: PlanRecord): Promise<Intake> {
    const { fields, source } = JSON.parse(record.proposal) as KeptProposal;
    const reading = parseProposal(record.symbol, fields);
    const planId = parsePlanId(record.planId);
    if (planId === undefined || !reading.ok)
      throw new Error(
        `the kept proposal of plan ${record.planId} cannot be read: ${reading.ok ? 'bad id' : reading.detail}`,
      );
    const occasion = { kind: 'known', generation: record.generation } as const;
    return this.#process({ proposal: reading.proposal, planId, fields, source, occasion });
  }

  /** The hash of a symbol is gone: a plan that came from it ends. */
  async withdrawHash(symbol: string): Promise<void> {
    const planId = await this.store.planOf(symbol);
    if (planId !== '') await this.withdrawal.end(planId, 'proposal_withdrawn', 'the proposal hash was deleted', 'hash');
  }

  async #process(request: Request): Promise<Intake> {
    const judged = await this.#judge(request);
    if (judged.kind === 'refused') return { kind: 'answered', answer: judged.answer };
    const isUrgent = request.proposal.action === 'FULL_CLOSE_PROPOSED';
    const slot = this.slots.take(isUrgent);
    if (slot === undefined) return { kind: 'queued', answer: this.#whenThereIsRoom(request, isUrgent) };
    return { kind: 'answered', answer: await this.#publish(request, judged.context, slot) };
  }

  async #whenThereIsRoom(request: Request, isUrgent: boolean): Promise<ProposalAnswer> {
    const { proposal, planId, source, occasion } = request;
    const isStrategys = source === 'hash' || source === 'stream';
    const newKey = isStrategys ? `strategy:${proposal.symbol}` : `call:${randomUUID()}`;
    const room = await this.slots.wait(
      occasion.kind === 'known' ? `retry:${planId}` : newKey,
      isUrgent,
      isStrategys || occasion.kind === 'known' ? undefined : CALL_WAITS_MS,
    );
    if (room === 'stopped' || room === 'timed_out') {
      const why = room === 'stopped' ? 'the process is stopping' : `no room came in ${CALL_WAITS_MS / 1000} s`;
      throw new NoRoom(
        `${PLANS_UNDER_WAY} plans are between publishing and claim, as many as one process takes, and ${why}. Nothing was published.`,
      );
    }
    let judged: Judged;
    try {
      // What was read before the wait is old now.
      judged = await this.#judge(request);
    } catch (error) {
      if (room !== 'displaced') room.free();
      throw error;
    }
    if (room === 'displaced')
      return judged.kind === 'refused' ? judged.answer : this.#duplicate(planId, 'a newer one waits for room');
    if (judged.kind === 'allowed') return this.#publish(request, judged.context, room);
    room.free();
    return judged.answer;
  }

  async #judge(request: Request): Promise<Judged> {
    const { proposal, planId, fields, source, occasion } = request;
    const { symbol, action } = proposal;
    const isAllowed = this.settings.allowlist.has(symbol);
    // Symbols that are not allowed leave no record.
    const noted: Occasion = isAllowed ? occasion : { kind: 'known', generation: '' };
    const context = await this.store.takeIn(symbol, { ...proposal, source }, noted, FUTURE_TOLERANCE_SEC);
    if (context.replacedPlan !== '') {
      const reason: NotWanted = action === 'HOLD' ? 'proposal_withdrawn' : 'proposal_superseded';
      await this.withdrawal.end(context.replacedPlan, reason, `the strategy asks for ${action} since`);
    }
    const refuse = async (reason: PlanReason, detail: string): Promise<Judged> => ({
      kind: 'refused',
      answer: await this.#refuse(symbol, fields, proposal, reason, detail, source),
    });
    if (isAllowed && context.standing !== 'stands') {
      const detail = 'its strategy has said something newer';
      if (occasion.kind === 'known') await this.withdrawal.end(planId, context.standing, detail);
      return refuse(context.standing, detail);
    }
    const lastEpisode = parseEpisode(context.episode);
    const verdict = judgeProposal({
      proposal,
      allowlist: this.settings.allowlist,
      nowSec: context.nowMs / 1000,
      maxAgeSec: this.settings.proposalMaxAgeSec,
      critical: this.settings.killScoreCritical,
      warning: this.settings.killScoreWarning,
      killSwitchReleased: isReleased(context.control),
      policy: this.settings.repeatPolicy,
      lastEpisode,
      snapshot: context.snapshot,
    });
    const asksSomethingElse = lastEpisode !== undefined && lastEpisode.action !== action;
    if (asksSomethingElse && (verdict.allow || verdict.reason === 'action_hold')) await this.store.endEpisode(symbol);
    return verdict.allow ? { kind: 'allowed', context } : refuse(verdict.reason, JSON.stringify(verdict.context));
  }

  async #publish(request: Request, context: ProposalContext, slot: Slot): Promise<ProposalAnswer> {
    try {
      return await this.#publishNext(request, context, slot);
    } finally {
      slot.free();
    }
  }

  async #publishNext(request: Request, around: ProposalContext, slot: Slot): Promise<ProposalAnswer> {
    const { proposal, planId, fields: raw, source } = request;
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
    const freshUntilMs = Math.floor((proposal.lastUpdateEpochSec + this.settings.proposalMaxAgeSec) * 1000);
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
        source,
        proposalId: proposal.proposalId,
        freshUntilMs,
        windowMs: this.settings.windowMs,
        dedupeTtlMs: this.settings.dedupeTtlMs,
        maxAttempts: this.settings.maxAttempts,
      });
      switch (published.kind) {
        case 'published':
          slot.use(planId, attempt, this.settings.windowMs);
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
          if (around.isNewer) await this.journal.renew(planId, JSON.stringify(kept), freshUntilMs);
          return this.#duplicate(planId, published.kind);
        case 'open_plan':
          await this.journal.renew(published.planId, JSON.stringify(kept), freshUntilMs);
          return this.#duplicate(planId, `plan ${published.planId} of the same proposal is open`);
      }
      published satisfies never;
    }
    throw new Error(`plan ${planId} was numbered by others ${MAX_NUMBERING_RACES} times in a row`);
  }

  #duplicate(planId: string, detail: string): ProposalAnswer {
    this.metrics.dedupeHits.inc();
    return { planId, decision: 'SKIP', reasonCodes: ['duplicate_plan'], detail, attempt: 0 };
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
  around: ProposalContext,
): { readonly closeQty: string; readonly price: string } {
  const step = stepOf(proposal);
  const { snapshot } = around;
  if (step?.step === 'UPDATE_SL') return { closeQty: '0', price: proposal.newSl };
  const share = step === undefined ? 0 : step.pct;
  const closeQty = snapshot === undefined ? '0' : plain(snapshot.amount.abs().mul(share).div(100));
  return { closeQty, price: snapshot?.markPrice === undefined ? '0' : plain(snapshot.markPrice) };
}
