import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { Environment } from '../../config/environment.js';
import { SymbolSettings } from '../../config/symbols/symbol-settings.js';
import { type Decimal, parseDecimal, toPlainString } from '../../flow/0-decimal.js';
import { parsePlan, type Plan } from '../../flow/2-plan.js';
import { objectionTo } from '../../flow/5-evidence.js';
import { evidenceForTrace, type SaidOfOrder } from '../../flow/5-evidence-trace.js';
import { type Resolution, resolveOrder } from '../../flow/5-resolution.js';
import { encodeResult, type Result } from '../../flow/5-result.js';
import { type Available, LostOrderEvidence } from '../../exchange/order-evidence.js';
import { afterOrder, encodeTakenUp } from '../../flow/1-standing.js';
import type { Hold } from '../../redis/stores/control-state.js';
import { ControlStore } from '../../redis/stores/control-store.js';
import type { PlanJournal } from '../../redis/stores/plan-journal.js';
import { type ClaimedOn, type PlanRecord, PlanRecords } from '../../redis/stores/plan-records.js';
import { PositionStore } from '../../redis/stores/position-store.js';
import { OPERATOR_JOURNAL } from '../../redis/redis.tokens.js';
import { LOGGER, type Logger } from '../../telemetry/logger.js';
import { isClaimed } from '../control/in-flight.js';
import { problem, type ProblemException } from '../problem/problem.js';
import type { ProblemKind } from '../problem/problem-kinds.js';
import { RedisTime } from '../system/redis-time.js';
import { knownPlan } from './known-plan.js';

export interface PlanResolved {
  readonly before: PlanRecord;
  readonly record: PlanRecord;
  /** `kept`: the symbol is on hold for another reason. */
  readonly hold: 'lifted' | 'kept' | 'none';
}

/** An operator's resolution of an order that the resolver could not settle: the one terminal result of its attempt. */
@Injectable()
export class PlanResolution {
  constructor(
    private readonly environment: Environment,
    private readonly settings: SymbolSettings,
    @Inject(OPERATOR_JOURNAL) private readonly journal: PlanJournal,
    private readonly records: PlanRecords,
    private readonly evidence: LostOrderEvidence,
    private readonly control: ControlStore,
    private readonly positions: PositionStore,
    private readonly time: RedisTime,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Throws a 409 problem that says why nothing was changed. */
  async carryOut(given: string, resolution: Resolution): Promise<PlanResolved> {
    // Read before the journal: after the window no process signs again, so the accept time in the journal is final.
    const nowMs = await this.time.nowMs();
    const record = await knownPlan(this.records, given);
    const claimedOn = await this.records.claimedOn(record.planId);
    this.#demandSettleable(record, nowMs, resolution);
    const plan = parsePlan(record.plan);
    if (!plan.ok) throw impossible(`the plan cannot be read: ${plan.detail}`);
    const available = await this.evidence.available(record, plan.plan.symbol);
    const shown = evidenceForTrace('operator', saidBy(available), available.evidence);
    const resolved = resolveOrder(orderOf(record, plan.plan, claimedOn), resolution, shown);
    if (!resolved.ok) throw impossible(resolved.detail);
    demandNoEvidenceAgainst(record, resolution, available);
    await this.#record(record, resolved.result, resolution, nowMs);
    this.logger.warn(
      { plan_id: record.planId, symbol: record.symbol, state: resolved.result.state, by: resolution.by },
      `Plan ${record.planId} resolved by ${resolution.by}: ${resolution.reason}`,
    );
    const hold = await this.#liftResolversHold(record, resolution.by);
    return { before: record, record: await knownPlan(this.records, record.planId), hold };
  }

  #demandSettleable(record: PlanRecord, nowMs: number, { outcome }: Resolution): void {
    const { planId, state, acceptUntilMs, deadlineMs } = record;
    if (!isClaimed(record)) {
      const detail = `Plan ${planId} is ${state}: it has no order with an unknown outcome.`;
      throw problem(409, 'plan-not-unknown', 'The plan is not open and unknown', detail, { state });
    }
    const untilMs = Math.max(acceptUntilMs ?? Number.NaN, deadlineMs);
    if (!(nowMs > untilMs))
      throw tooEarly('still-acceptable', 'the exchange could still accept the order', untilMs, nowMs);
    if (outcome !== 'not_found') return;
    if (record.answeredMs !== undefined)
      throw impossible(`the exchange has answered for order ${record.clientOrderId}: it was there`);
    const proofMs = untilMs + this.environment.exchangeUnknownProofSec * 1000;
    if (!(nowMs > proofMs))
      throw tooEarly(
        'absence-unproven',
        'an exchange may show an order late (EXCHANGE_UNKNOWN_PROOF_SEC)',
        proofMs,
        nowMs,
      );
  }

  async #record(
    record: PlanRecord,
    result: Result,
    { outcome, executedQty, by, reason }: Resolution,
    nowMs: number,
  ): Promise<void> {
    const { planId, symbol, attempt, plan } = record;
    const after = result.executed
      ? afterOrder(record, { executedQty, stop: plan['new_sl_proposed'] ?? '', atMs: nowMs })
      : undefined;
    const recorded = await this.journal.record({
      planId,
      symbol,
      attempt,
      token: randomUUID(),
      fromStates: ['CLAIMED', 'UNKNOWN'],
      onlyAfterDeadline: true,
      claimToken: '',
      state: result.state,
      fields: encodeResult(result),
      filled: outcome === 'filled' || outcome === 'partly_filled',
      guardMs: Math.ceil(this.settings.forSymbol(symbol).cooldownSec * 1000),
      retryAfterMs: undefined,
      maxAttempts: this.environment.applyMaxAttempts,
      identity: record.identity,
      takenUp: after === undefined ? '' : encodeTakenUp(after),
      // The next stamp of the proposal goes on with what is left: nobody sends an order while a person is at work.
      continueAfterMs: undefined,
      resumable: false,
      resolution: JSON.stringify({ outcome, executed_qty: executedQty.toFixed(), by, reason }),
    });
    if (recorded.kind === 'recorded') return;
    const detail = recorded.kind === 'closed' ? `it is ${recorded.state} now` : 'its window is open';
    throw problem(
      409,
      'plan-not-unknown',
      'The plan is not open and unknown',
      `Plan ${planId} was settled in between: ${detail}. Your resolution was not recorded.`,
      recorded.kind === 'closed' ? { state: recorded.state } : {},
    );
  }

  /** A hold with another cause stays. A ledger that differs blocks without a hold. */
  async #liftResolversHold({ symbol, planId, clientOrderId }: PlanRecord, by: string): Promise<PlanResolved['hold']> {
    const { hold } = await this.positions.evidence(symbol, planId);
    if (hold === '') return 'none';
    const { cause, by: holder, reason } = JSON.parse(hold) as Hold;
    if (cause !== 'order_outcome_unknown' || holder !== 'apply' || !reason.includes(clientOrderId)) return 'kept';
    const lifted = await this.control.clearHold(symbol, `plan ${planId} was resolved`, by, hold);
    return lifted === 'cleared' ? 'lifted' : 'kept';
  }
}

function saidBy({ lookedUp }: Available): SaidOfOrder {
  if (lookedUp === undefined) return {};
  return { lookUp: lookedUp.kind === 'found' ? lookedUp.shown : 'not found' };
}

/** By all that can be had: of Redis, and of the exchange where this process has its keys. */
function demandNoEvidenceAgainst(
  record: PlanRecord,
  { outcome, executedQty }: Resolution,
  { order, evidence, lookedUp }: Available,
): void {
  const objection = objectionTo(outcome, executedQty, order, evidence, lookedUp);
  if (objection === undefined) return;
  const said = saidOf(outcome, executedQty);
  const detail = `Your resolution says of order ${record.clientOrderId} that ${said}, but ${objection}.`;
  throw problem(
    409,
    'resolution-contradicted',
    'The resolution contradicts the evidence',
    `${detail} Nothing was changed. Compare it with the order and trade history of the exchange; a running Apply continues to look the order up.`,
    { evidence: objection },
  );
}

function saidOf(outcome: Resolution['outcome'], executedQty: Decimal): string {
  if (outcome === 'not_found') return 'it was not found';
  return outcome === 'placed' ? 'it was placed' : `${toPlainString(executedQty)} of it filled`;
}

function orderOf(record: PlanRecord, plan: Plan, { stepSize }: ClaimedOn): Parameters<typeof resolveOrder>[0] {
  const { side } = record;
  if (side !== 'BUY' && side !== 'SELL') throw impossible('the journal does not say which side the order was on');
  return {
    planId: plan.planId,
    symbol: record.symbol,
    attempt: record.attempt,
    step: plan.step.step,
    side,
    quantity: parseDecimal(record.quantity),
    clientOrderId: record.clientOrderId,
    stepSize,
    acceptUntilMs: record.acceptUntilMs ?? 0,
    waitMs: record.claimedMs === undefined ? undefined : record.claimedMs - record.publishedMs,
  };
}

function tooEarly(kind: ProblemKind, why: string, untilMs: number, nowMs: number): ProblemException {
  const waitMs = Number.isFinite(untilMs) ? Math.max(1, untilMs - nowMs + 1) : null;
  const detail = `It is too early: ${why}. Repeat the call in ${waitMs ?? 'some'} ms.`;
  return problem(409, kind, 'The outcome cannot be settled yet', detail, { wait_ms: waitMs });
}

function impossible(detail: string): ProblemException {
  return problem(409, 'resolution-impossible', 'The resolution contradicts the recorded attempt', `${detail}.`);
}
