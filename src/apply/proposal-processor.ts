import { Inject, Injectable } from '@nestjs/common';
import type { PlanReason } from '../flow/0-reasons.js';
import type { Fields } from '../flow/0-primitives.js';
import { knownFields, parseProposal } from '../flow/1-proposal.js';
import { identityOf, isFromStrategy } from '../flow/1-standing.js';
import { planIdOf } from '../flow/2-plan.js';
import type { PlanRecord } from '../redis/stores/plan-records.js';
import { ProposalStore } from '../redis/stores/proposal-store.js';
import {
  NothingPublished,
  type ProposalAnswer,
  type ProposalIntake,
  TooManyProposals,
  type Withdrawn,
} from '../runtime/proposal-intake.js';
import { APPLY_SETTINGS, type ApplySettings } from './apply-settings.js';
import { type Next, nextAttempt, type PlanRequest, repetition } from './next-order.js';
import { type JudgedProposal, PlanPublisher } from './plan-publisher.js';
import { type Place, PLANS_UNDER_WAY, PlanSlots, type Slot } from './plan-slots.js';
import { ProposalRate } from './proposal-rate.js';
import { type Judged, ProposalJudge } from './proposal-judge.js';
import { CALL, isSame, keyOf, turnOf } from './turns.js';
import { Withdrawal } from './withdrawal.js';

/** How long an operator's call waits for a slot. A strategy's proposal waits until a newer one displaces it. */
const CALL_WAITS_MS = 5_000;
/** How often a proposal of the stream asks whether the plan of an operator that it waits for has ended. */
const BEHIND_OPERATOR_MS = 250;
const MAX_RACES = 5;

/** A proposal is answered at once, or when a slot is free for its plan. */
export type Intake =
  | { readonly kind: 'answered'; readonly answer: ProposalAnswer }
  | { readonly kind: 'queued'; readonly answer: Promise<ProposalAnswer> };

/** Stage 1: records and judges a proposal, and waits for a slot if none is free. */
@Injectable()
export class ProposalProcessor implements ProposalIntake {
  /** By key of the turn. */
  readonly #waits = new Map<string, { readonly request: PlanRequest; readonly answer: Promise<ProposalAnswer> }>();

  constructor(
    private readonly store: ProposalStore,
    private readonly publisher: PlanPublisher,
    private readonly judge: ProposalJudge,
    private readonly withdrawal: Withdrawal,
    private readonly slots: PlanSlots,
    private readonly rate: ProposalRate,
    @Inject(APPLY_SETTINGS) private readonly settings: ApplySettings,
  ) {}

  /** As {@link take}, and waits for a slot. Throws {@link NothingPublished} if none is free in time. */
  async submit(symbol: string, fields: Fields, source: string): Promise<ProposalAnswer> {
    return (await this.take(symbol, fields, source)).answer;
  }

  /** Throws only when Redis fails; an invalid proposal is answered with its refusal. `fault`: why it was not even read. */
  async take(symbol: string, given: Fields, source: string, fault?: string): Promise<Intake> {
    const waitMs = this.rate.take(symbol, source);
    if (waitMs === 0) return this.#take(symbol, given, source, fault);
    if (source !== 'stream') {
      this.rate.shed(symbol, source);
      const { proposalsPerMin } = this.settings;
      throw new TooManyProposals(
        `More than ${proposalsPerMin} proposals of ${symbol} in a minute (APPLY_PROPOSALS_PER_MIN). Nothing was published.`,
        waitMs,
      );
    }
    return { kind: 'queued', answer: this.#inTurn(symbol, given, source, waitMs) };
  }

  /** Waits until the rate allows one more; a newer proposal of the same symbol takes its place, because the newest speaks. */
  async #inTurn(symbol: string, given: Fields, source: string, firstMs: number): Promise<ProposalAnswer> {
    for (let waitMs = firstMs; waitMs > 0; waitMs = this.rate.take(symbol, source)) {
      const waited = await this.slots.pause(`rate:${this.rate.keyOf(symbol)}`, waitMs);
      if (waited === 'stopped') throw new NothingPublished('the process is stopping. Nothing was published.');
      if (waited === 'displaced') {
        this.rate.shed(symbol, source);
        return this.publisher.duplicate('', 'a newer proposal of the symbol waits');
      }
    }
    return (await this.#take(symbol, given, source)).answer;
  }

  async #take(symbol: string, given: Fields, source: string, fault?: string): Promise<Intake> {
    const fields = knownFields(given);
    const refused = async (reason: PlanReason, detail: string): Promise<Intake> => ({
      kind: 'answered',
      answer: await this.publisher.refuse(symbol, fields, undefined, reason, detail, source),
    });
    if (fault !== undefined) return refused('proposal_invalid', fault);
    const reading = parseProposal(symbol, fields);
    if (!reading.ok) return refused(reading.reason, reading.detail);
    const { proposal } = reading;
    if (/[^ -~]/.test(symbol) && !this.settings.allowlist.has(symbol)) {
      const detail = `symbol is ${JSON.stringify(symbol)}; characters outside ASCII are accepted only for symbols in APPLY_ALLOWLIST`;
      return refused('proposal_invalid', detail);
    }
    const planId = planIdOf(proposal);
    const identity = identityOf(proposal, isFromStrategy(source) ? undefined : planId);
    return this.#process({
      proposal,
      planId,
      fields,
      source,
      identity,
      occasion: { kind: 'new' },
      continuation: undefined,
      waitedMs: 0,
    });
  }

  /** Makes the next attempt of a plan, or the next order of an unfinished close. Every gate judges it again. */
  retry(record: PlanRecord): Promise<Intake> {
    return this.#next(nextAttempt(record));
  }

  /** Sends the order of a full close again while its outcome is unknown. Every gate judges it again. */
  repeat(record: PlanRecord): Promise<Intake> {
    return this.#next(repetition(record));
  }

  async #next(next: Next): Promise<Intake> {
    if ('request' in next) return this.#process(next.request);
    return { kind: 'answered', answer: this.publisher.duplicate(next.tooMany, next.detail) };
  }

  /** The hash of a symbol was deleted: ends the plan that came from it. */
  async withdrawHash(symbol: string): Promise<void> {
    this.slots.lookAgain(symbol);
    const planId = await this.store.planOf(symbol);
    if (planId !== '') await this.withdrawal.end(planId, 'proposal_withdrawn', 'the proposal hash was deleted', 'hash');
  }

  async withdraw(symbol: string, reason: string): Promise<Withdrawn> {
    const waiting = this.slots.withdraw(CALL, symbol);
    if (waiting !== undefined) return { planId: waiting, outcome: 'withdrawn' };
    const planId = await this.store.planOf(symbol, 'operator');
    return { planId, outcome: planId === '' ? 'none' : await this.withdrawal.byOperator(planId, reason) };
  }

  async #process(request: PlanRequest): Promise<Intake> {
    const key = keyOf(request);
    const waits = this.#waits.get(key);
    if (waits !== undefined && isSame(waits.request, request)) return { kind: 'queued', answer: waits.answer };
    const place = this.slots.enter(turnOf(request, key));
    const judged = await this.#judgeIn(place, request);
    if (judged.kind === 'refused') {
      if (waits !== undefined) this.slots.lookAgain(request.proposal.symbol);
      return { kind: 'answered', answer: judged.answer };
    }
    const slot = place.take();
    if (slot === undefined) return this.#queued({ ...request, queuedMs: judged.context.nowMs }, key, place);
    const published = await this.#publish(request, judged, slot);
    if (published !== 'waits_for') return { kind: 'answered', answer: published };
    // An entry of the stream is read once. A hash is read again by the next poll, and a plan that is due stays due.
    if (request.source === 'stream' && request.occasion.kind === 'new')
      return { kind: 'queued', answer: this.#behindOperator(request) };
    return { kind: 'answered', answer: this.#goesFirst(request) };
  }

  /** Leaves the place when the request is refused or cannot be judged. */
  async #judgeIn(place: Place, request: PlanRequest): Promise<Judged> {
    let isAllowed = false;
    try {
      const judged = await this.judge.judge(request);
      isAllowed = judged.kind !== 'refused';
      return judged;
    } finally {
      if (!isAllowed) place.leave();
    }
  }

  #queued(request: PlanRequest, key: string, place: Place): Intake {
    const answer = this.#whenThereIsRoom(request, place).finally(() => {
      if (this.#waits.get(key) === waits) this.#waits.delete(key);
    });
    const waits = { request, answer };
    this.#waits.set(key, waits);
    return { kind: 'queued', answer };
  }

  /** Waits until no plan of an operator is open, or a newer proposal takes its place. */
  async #behindOperator(request: PlanRequest): Promise<ProposalAnswer> {
    for (;;) {
      const waited = await this.slots.pause(`strategy:${request.proposal.symbol}`, BEHIND_OPERATOR_MS);
      if (waited === 'stopped')
        throw new NothingPublished(
          'a plan of an operator goes first, and the process is stopping. Nothing was published.',
        );
      const place = this.slots.enter(turnOf(request, keyOf(request)));
      const judged = await this.#judgeIn(place, request);
      if (judged.kind === 'refused') return judged.answer;
      const slot = waited === 'displaced' ? undefined : place.take();
      if (slot === undefined) place.leave();
      if (waited === 'displaced') return this.publisher.duplicate(request.planId, 'a newer one waits');
      const published = slot === undefined ? 'waits_for' : await this.#publish(request, judged, slot);
      if (published !== 'waits_for') return published;
    }
  }

  #goesFirst({ planId }: PlanRequest): ProposalAnswer {
    return this.publisher.duplicate(planId, 'a plan of an operator goes first');
  }

  /** Judges anew as often as another process changed the standing proposal in between. */
  async #publish(request: PlanRequest, first: JudgedProposal, slot: Slot): Promise<ProposalAnswer | 'waits_for'> {
    let judged = first;
    try {
      for (let races = 0; races < MAX_RACES; races += 1) {
        const published = await this.publisher.publish(request, judged, slot);
        if (published !== 'standing_changed') return published;
        const again = await this.judge.judge(request);
        if (again.kind === 'refused') return again.answer;
        judged = again;
      }
    } finally {
      slot.free();
    }
    throw new Error(
      `the standing proposal of ${request.proposal.symbol} changed ${MAX_RACES} times while plan ${request.planId} was published`,
    );
  }

  async #whenThereIsRoom(request: PlanRequest, place: Place): Promise<ProposalAnswer> {
    const { planId, source, occasion } = request;
    const maxMs = isFromStrategy(source) || occasion.kind === 'known' ? undefined : CALL_WAITS_MS;
    for (;;) {
      const room = await place.wait(maxMs);
      if (room === 'stopped' || room === 'timed_out') {
        const why = room === 'stopped' ? 'the process is stopping' : `no slot became free in ${CALL_WAITS_MS / 1000} s`;
        throw new NothingPublished(
          `The plan waits for capacity: ${PLANS_UNDER_WAY} plans between publishing and claim are the limit of one process, as are the orders that the exchange still takes; and ${why}. Nothing was published.`,
        );
      }
      if (room === 'withdrawn') return this.#withdrawn(request);
      const slot = typeof room === 'string' ? undefined : room;
      let judged: Judged;
      try {
        // The context from before the wait is out of date.
        judged = await this.#judgeIn(place, request);
      } catch (error) {
        slot?.free();
        throw error;
      }
      if (judged.kind === 'refused') {
        slot?.free();
        return judged.answer;
      }
      if (room === 'displaced') return this.publisher.duplicate(planId, 'a newer one waits for room');
      if (slot === undefined) continue;
      const published = await this.#publish(request, judged, slot);
      if (published !== 'waits_for') return published;
      return source === 'stream' && occasion.kind === 'new' ? this.#behindOperator(request) : this.#goesFirst(request);
    }
  }

  #withdrawn({ proposal, fields, source }: PlanRequest): Promise<ProposalAnswer> {
    const detail = 'an operator withdrew it while it waited for capacity';
    return this.publisher.refuse(proposal.symbol, fields, proposal, 'proposal_withdrawn', detail, source);
  }
}
