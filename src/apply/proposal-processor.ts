import { randomUUID } from 'node:crypto';
import type { PlanReason } from '../flow/0-reasons.js';
import { type Fields, parsePlanId } from '../flow/0-primitives.js';
import { parseProposal } from '../flow/1-proposal.js';
import { planIdOf } from '../flow/2-plan.js';
import { FUTURE_TOLERANCE_SEC } from '../gates/proposal/fresh.js';
import { judgeProposal } from '../gates/proposal/index.js';
import { parseEpisode } from '../gates/proposal/repeat.js';
import { isReleased } from '../redis/stores/control-state.js';
import type { PlanRecord } from '../redis/stores/plan-records.js';
import type { Occasion, ProposalContext, ProposalStore } from '../redis/stores/proposal-store.js';
import { NoRoom, type ProposalAnswer, type ProposalIntake } from '../runtime/proposal-intake.js';
import type { ApplySettings } from './apply-settings.js';
import type { KeptProposal, PlanPublisher, PlanRequest } from './plan-publisher.js';
import { PLANS_UNDER_WAY, type PlanSlots } from './plan-slots.js';
import type { NotWanted, Withdrawal } from './withdrawal.js';

/** How long an operator's call waits for room. A strategy's proposal waits until a newer one takes its place. */
const CALL_WAITS_MS = 5_000;

/** A proposal is answered at once, or when there is room for its plan. */
export type Intake =
  | { readonly kind: 'answered'; readonly answer: ProposalAnswer }
  | { readonly kind: 'queued'; readonly answer: Promise<ProposalAnswer> };

type Judged =
  | { readonly kind: 'refused'; readonly answer: ProposalAnswer }
  | { readonly kind: 'allowed'; readonly context: ProposalContext };

/** Stage 1: what is asked for is noted and judged, and waits for room where there is none. */
export class ProposalProcessor implements ProposalIntake {
  constructor(
    private readonly store: ProposalStore,
    private readonly publisher: PlanPublisher,
    private readonly withdrawal: Withdrawal,
    private readonly slots: PlanSlots,
    private readonly settings: ApplySettings,
  ) {}

  /** As {@link take}, and waits for room. Throws {@link NoRoom} when there is none in time. */
  async submit(symbol: string, fields: Fields, source: string): Promise<ProposalAnswer> {
    return (await this.take(symbol, fields, source)).answer;
  }

  /** Throws only when Redis cannot be asked; a proposal that is wrong in itself is answered. */
  async take(symbol: string, fields: Fields, source: string): Promise<Intake> {
    const refused = async (reason: PlanReason, detail: string): Promise<Intake> => ({
      kind: 'answered',
      answer: await this.publisher.refuse(symbol, fields, undefined, reason, detail, source),
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

  async #process(request: PlanRequest): Promise<Intake> {
    const judged = await this.#judge(request);
    if (judged.kind === 'refused') return { kind: 'answered', answer: judged.answer };
    const isUrgent = request.proposal.action === 'FULL_CLOSE_PROPOSED';
    const slot = this.slots.take(isUrgent);
    if (slot === undefined) return { kind: 'queued', answer: this.#whenThereIsRoom(request, isUrgent) };
    return { kind: 'answered', answer: await this.publisher.publish(request, judged.context, slot) };
  }

  async #whenThereIsRoom(request: PlanRequest, isUrgent: boolean): Promise<ProposalAnswer> {
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
      return judged.kind === 'refused' ? judged.answer : this.publisher.duplicate(planId, 'a newer one waits for room');
    if (judged.kind === 'allowed') return this.publisher.publish(request, judged.context, room);
    room.free();
    return judged.answer;
  }

  async #judge(request: PlanRequest): Promise<Judged> {
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
      answer: await this.publisher.refuse(symbol, fields, proposal, reason, detail, source),
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
}
