import { Inject, Injectable } from '@nestjs/common';
import type { PlanReason } from '../flow/0-reasons.js';
import { isFromStrategy, type NotStanding, type TakenUp } from '../flow/1-standing.js';
import { FUTURE_TOLERANCE_SEC } from '../gates/proposal/fresh.js';
import { judgeProposal } from '../gates/proposal/index.js';
import { EXCHANGE, type ExchangePort } from '../exchange/exchange.port.js';
import { isArmed, isReleased } from '../redis/stores/control-state.js';
import { type Occasion, type ProposalContext, ProposalStore } from '../redis/stores/proposal-store.js';
import type { ProposalAnswer } from '../runtime/proposal-intake.js';
import { APPLY_SETTINGS, type ApplySettings } from './apply-settings.js';
import { type Earlier, EarlierWork } from './earlier-work.js';
import { type PlanRequest, waitedMs } from './next-order.js';
import { type JudgedProposal, PlanPublisher } from './plan-publisher.js';
import { Withdrawal } from './withdrawal.js';

/** A refused proposal is answered, and its refusal published. */
export type Judged =
  { readonly kind: 'refused'; readonly answer: ProposalAnswer } | ({ readonly kind: 'allowed' } & JudgedProposal);

/**
 * Records what the strategy asks for now, and judges it beside the control state, the position and what was taken up before. Ends the
 * plan of what it replaces, and the plan whose target is reached.
 */
@Injectable()
export class ProposalJudge {
  constructor(
    private readonly store: ProposalStore,
    private readonly publisher: PlanPublisher,
    private readonly withdrawal: Withdrawal,
    private readonly earlierWork: EarlierWork,
    @Inject(EXCHANGE) private readonly exchange: ExchangePort,
    @Inject(APPLY_SETTINGS) private readonly settings: ApplySettings,
  ) {}

  async judge(request: PlanRequest): Promise<Judged> {
    const { proposal, planId, fields, source, identity, occasion, continuation } = request;
    const { symbol, action } = proposal;
    const isAllowed = this.settings.allowlist.has(symbol);
    // Nothing is recorded for symbols outside the allowlist.
    const noted: Occasion = isAllowed ? occasion : { kind: 'known', generation: '' };
    const context = await this.store.takeIn(symbol, { ...proposal, source, identity }, noted, FUTURE_TOLERANCE_SEC);
    if (context.replacedPlan !== '') {
      const reason: NotStanding = action === 'HOLD' ? 'proposal_withdrawn' : 'proposal_superseded';
      await this.withdrawal.end(context.replacedPlan, reason, `the strategy now asks for ${action}`);
    }
    const refuse = async (reason: PlanReason, detail: string): Promise<Judged> => ({
      kind: 'refused',
      answer: await this.publisher.refuse(symbol, fields, proposal, reason, detail, source),
    });
    if (isAllowed && context.stands !== 'stands') {
      const detail = 'its strategy now asks for something else';
      if (occasion.kind === 'known') await this.withdrawal.end(continuation?.after || planId, context.stands, detail);
      return refuse(context.stands, detail);
    }
    const { nowMs } = context;
    const verdict = judgeProposal({
      proposal,
      allowlist: this.settings.allowlist,
      nowSec: (nowMs - waitedMs(request, nowMs)) / 1000,
      maxAgeSec: this.settings.proposalMaxAgeSec,
      critical: this.settings.killScoreCritical,
      warning: this.settings.killScoreWarning,
      killSwitchReleased: isReleased(context.control),
      suspended: context.suspended,
      policy: this.settings.repeatPolicy,
      takenUp: context.takenUp,
      episode: context.episode,
      snapshot: isFresh(context, this.settings.staleThresholdMs) ? context.snapshot : undefined,
      ledgerAmount: context.ledgerAmount,
      step: this.exchange.knownRules(symbol)?.stepSize,
    });
    if (verdict.allow) {
      const earlier = this.#isUnknown(context) ? await this.#earlier(request, context, verdict.takenUp) : undefined;
      if (earlier === undefined)
        return { kind: 'allowed', context, takenUp: verdict.takenUp, startsEpisode: verdict.startsEpisode };
      if (earlier.planId === planId) return refuse('repeat_suppressed', JSON.stringify({ carried_out_by: planId }));
      return this.judge(request);
    }
    if (verdict.noticed !== undefined)
      await this.store.noteTakenUp(symbol, identity, context.storedTakenUp, verdict.noticed);
    const detail = JSON.stringify(verdict.context);
    if (verdict.reason === 'target_reached') {
      // The open plan may have been published from an earlier stamp.
      const openPlan = isFromStrategy(source) ? await this.store.planOf(symbol) : planId;
      if (openPlan !== '') await this.withdrawal.end(openPlan, verdict.reason, detail);
    }
    return refuse(verdict.reason, detail);
  }

  /** Nothing is stored of it, or only from an episode that has not been: Redis may have lost what was. A dry run sends nothing. */
  #isUnknown({ takenUp, episode, control }: ProposalContext): boolean {
    if (this.settings.mode === 'dry_run' || !isArmed(control) || takenUp === 'unreadable') return false;
    return takenUp === undefined || takenUp.episode > episode;
  }

  /** What was done of a proposal before, now stored. */
  async #earlier(
    request: PlanRequest,
    context: ProposalContext,
    fixed: TakenUp | undefined,
  ): Promise<Earlier | undefined> {
    const { proposal, planId, identity } = request;
    const { episode, nowMs, takenUp: stored } = context;
    const earlier =
      typeof stored === 'object'
        ? { planId: '', takenUp: { ...stored, episode } }
        : await this.earlierWork.of({ symbol: proposal.symbol, planId, identity, episode, nowMs, takenUp: fixed });
    // Where every proposal counts, a later one is not done because this one is.
    if (earlier !== undefined && (earlier.planId !== planId || this.settings.repeatPolicy === 'once_per_episode'))
      await this.store.noteTakenUp(proposal.symbol, identity, context.storedTakenUp, earlier.takenUp);
    return earlier;
  }
}

/** A target may be fixed only from a recent snapshot, taken after our last fill and with no order of ours open. */
function isFresh({ isSettled, snapshot, nowMs }: ProposalContext, staleThresholdMs: number): boolean {
  return isSettled && snapshot !== undefined && nowMs - snapshot.tsMs <= staleThresholdMs;
}
