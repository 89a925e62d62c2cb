import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Environment } from '../../config/environment.js';
import { type Decimal, toPlainString } from '../../flow/0-decimal.js';
import { PositionStore } from '../../redis/stores/position-store.js';
import type { ProposalAnswer } from '../../runtime/proposal-intake.js';
import { OperatorProposals } from '../plans/operator-proposals.js';
import { problem, ProblemException } from '../problem/problem.js';
import { amountChanged, noSnapshot, snapshotOld } from './amount-problems.js';
import type { CloseAnswer, FlattenedAnswer } from './closing.dto.js';

export interface CloseOrder {
  readonly symbol: string;
  /** Per cent of the position, above 0 and at most 100. */
  readonly pct: Decimal;
  readonly expectedExchangeAmt: Decimal;
}

/** Closes positions for an operator: a proposal of its own each, through every gate. */
@Injectable()
export class Closing {
  constructor(
    private readonly environment: Environment,
    private readonly positions: PositionStore,
    private readonly proposals: OperatorProposals,
  ) {}

  /** Throws a 409 problem if the position is not what the operator saw, is flat, or is not known. */
  async close({ symbol, pct, expectedExchangeAmt: expected }: CloseOrder): Promise<CloseAnswer> {
    this.proposals.here();
    const { amount, nowMs } = await this.#position(symbol);
    if (!amount.eq(expected)) throw amountChanged(symbol, toPlainString(amount), expected);
    if (amount.isZero())
      throw problem(409, 'no-position', 'There is nothing to close', `The exchange says ${symbol} is flat.`);
    const answer = await this.proposals.submit(symbol, closeFields(pct, nowMs), 'operator');
    return { symbol, exchange_amt: toPlainString(amount), pct: toPlainString(pct), ...this.#shown(answer) };
  }

  /** A full close of each symbol that has a position. One that cannot be closed hinders no other. */
  flatten(symbols: readonly string[], whole: Decimal): Promise<FlattenedAnswer[]> {
    if (this.environment.applyMode === 'production')
      throw problem(
        409,
        'production',
        'Not in production',
        'In production positions are closed one by one: POST /api/v1/positions/:symbol/close.',
      );
    this.proposals.here();
    return Promise.all(symbols.map((symbol) => this.#flattened(symbol, whole)));
  }

  async #flattened(symbol: string, whole: Decimal): Promise<FlattenedAnswer> {
    const none = { symbol, plan_id: null, decision: null, reason_codes: [] };
    let exchangeAmt: string | null = null;
    try {
      const { amount, nowMs } = await this.#position(symbol);
      exchangeAmt = toPlainString(amount);
      if (amount.isZero()) return { ...none, exchange_amt: exchangeAmt, outcome: 'flat', next: 'Nothing to close.' };
      const answer = await this.proposals.submit(symbol, closeFields(whole, nowMs), 'operator');
      const { plan_id, decision, reason_codes, next } = this.#shown(answer);
      const outcome = decision === 'EXECUTE' ? 'published' : 'not_published';
      return { symbol, exchange_amt: exchangeAmt, outcome, plan_id, decision, reason_codes, next };
    } catch (error) {
      if (!(error instanceof ProblemException)) throw error;
      return { ...none, exchange_amt: exchangeAmt, outcome: 'not_published', next: error.problem.detail };
    }
  }

  async #position(symbol: string): Promise<{ readonly amount: Decimal; readonly nowMs: number }> {
    const { snapshot, nowMs } = await this.positions.evidence(symbol);
    if (snapshot === undefined) throw noSnapshot(symbol);
    const { p33StaleThresholdSec: staleSec } = this.environment;
    if (!(nowMs - snapshot.tsMs <= staleSec * 1000)) throw snapshotOld(symbol, nowMs - snapshot.tsMs, staleSec);
    return { amount: snapshot.amount, nowMs };
  }

  #shown({ planId, decision, reasonCodes, detail, attempt }: ProposalAnswer) {
    const common = { plan_id: planId, decision, reason_codes: reasonCodes, detail, attempt };
    if (decision !== 'EXECUTE')
      return { ...common, next: `Nothing is closed: ${reasonCodes.join(', ')}${detail === '' ? '' : `: ${detail}`}.` };
    const isDry = this.environment.applyMode === 'dry_run' || reasonCodes.includes('disarmed');
    const what = isDry ? 'a dry run: no order is sent' : 'both issuers judge it, and its order closes the position';
    return { ...common, next: `The plan is published: ${what}. "permit-gate trace ${planId}" shows its result.` };
  }
}

function closeFields(pct: Decimal, nowMs: number): Record<string, string> {
  const isWhole = pct.eq(100);
  return {
    harvest_action: isWhole ? 'FULL_CLOSE_PROPOSED' : 'CLOSE_PCT',
    ...(isWhole ? {} : { close_pct: toPlainString(pct) }),
    kill_score: '0',
    computed_at_utc: new Date(nowMs).toISOString(),
    last_update_epoch: String(nowMs / 1000),
    reason_codes: 'operator',
    proposal_id: randomUUID(),
  };
}
