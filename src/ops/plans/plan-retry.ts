import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Environment } from '../../config/environment.js';
import {
  GOVERNOR_REASONS,
  isGovernorReason,
  isPositionReason,
  isRetryable,
  POSITION_REASONS,
  RESULT_ERRORS,
  type ResultError,
} from '../../flow/0-reasons.js';
import { isExecutedState, isOpenState } from '../../flow/5-result.js';
import { isArmed, isReleased } from '../../redis/stores/control-state.js';
import { ControlStore } from '../../redis/stores/control-store.js';
import { type PlanRecord, PlanRecords } from '../../redis/stores/plan-records.js';
import { RetryRequests } from '../../redis/stores/retry-requests.js';
import { SuspensionStore } from '../../redis/stores/suspension-store.js';
import { problem, type ProblemException } from '../problem/problem.js';
import type { ProblemKind } from '../problem/problem-kinds.js';
import { knownPlan } from './known-plan.js';

/** A process of Apply looks for due retries twice a second. */
const TAKEN_UP_WITHIN_MS = 3_000;
const LOOK_EVERY_MS = 50;

/** What came of a request. `due`: no process of Apply has taken it up yet. */
export interface Retried {
  readonly record: PlanRecord;
  readonly before: PlanRecord;
  readonly outcome: 'published' | 'due';
}

/** One more attempt of a plan that ended for a passing reason, for an operator. */
@Injectable()
export class PlanRetry {
  constructor(
    private readonly environment: Environment,
    private readonly records: PlanRecords,
    private readonly requests: RetryRequests,
    private readonly control: ControlStore,
    private readonly suspensions: SuspensionStore,
  ) {}

  /** Throws a 409 problem that says exactly why there is no other attempt. */
  async carryOut(given: string, by: string, reason: string): Promise<Retried> {
    const before = await knownPlan(this.records, given);
    demandRetryable(before);
    await this.#demandTrading(before);
    await this.#ask(before, `${by}: ${reason}`);
    return this.#takenUp(before);
  }

  async #demandTrading({ symbol, mode }: PlanRecord): Promise<void> {
    const state = await this.control.read();
    if (!isReleased(state))
      throw refused('kill-switch-engaged', 'The kill switch is engaged', 'An admin must release it first.');
    if (!isArmed(state) && mode !== 'dry_run')
      throw refused('disarmed', 'The system is disarmed', 'An admin must arm it first: an attempt now is a dry run.');
    if ((await this.suspensions.of(symbol)) !== undefined)
      throw refused('symbol-suspended', 'The symbol is suspended', `An admin must allow ${symbol} first.`);
  }

  async #ask(record: PlanRecord, detail: string): Promise<void> {
    const { planId, symbol } = record;
    const { applyMaxAttempts: maxAttempts, applyProposalMaxAgeSec: maxAgeSec } = this.environment;
    const answer = await this.requests.ask({ record, maxAttempts, maxAgeMs: maxAgeSec * 1000, detail });
    switch (answer.kind) {
      case 'due':
        return;
      case 'changed':
        throw refused(
          'plan-changed',
          'The plan has changed',
          `Plan ${planId} is ${answer.state} at attempt ${answer.attempt} now. Look again: GET /api/v1/plans/${planId}.`,
        );
      case 'scheduled':
        throw refused(
          'retry-scheduled',
          'The next attempt is due already',
          `Plan ${planId} is tried again by itself at ${new Date(answer.dueMs).toISOString()}.`,
          { due_ms: answer.dueMs },
        );
      case 'stale':
        throw refused(
          'proposal-stale',
          'The proposal is too old',
          `The newest stamp of the proposal of plan ${planId} is of ${new Date(answer.stampMs).toISOString()}; ${maxAgeSec} s are allowed (APPLY_PROPOSAL_MAX_AGE_SEC). Propose again: the strategy with a new stamp, an operator with POST /api/v1/positions/${symbol}/close.`,
          { stamp_ms: answer.stampMs },
        );
      case 'proposal_withdrawn':
        throw refused(
          'proposal-withdrawn',
          'The proposal is withdrawn',
          `The strategy of ${symbol} has withdrawn the proposal of plan ${planId}: HOLD, or its hash is gone.`,
        );
      case 'proposal_superseded':
        throw refused(
          'proposal-superseded',
          'The proposal is replaced',
          `The strategy of ${symbol} now asks for something else than plan ${planId}.`,
        );
    }
    answer satisfies never;
  }

  async #takenUp(before: PlanRecord): Promise<Retried> {
    const { planId, symbol, attempt } = before;
    const untilMs = performance.now() + TAKEN_UP_WITHIN_MS;
    for (;;) {
      const isDue = await this.requests.isDue(planId);
      const record = (await this.records.find(planId)) ?? before;
      if (record.attempt > attempt) return { record, before, outcome: 'published' };
      if (!isDue)
        throw refused(
          'retry-refused',
          'The retry was refused',
          `Apply took up plan ${planId} and its rules refused the proposal as it is now: GET /api/v1/symbols/${symbol}/why names what is in the way.`,
        );
      if (performance.now() >= untilMs) return { record, before, outcome: 'due' };
      await sleep(LOOK_EVERY_MS);
    }
  }
}

const refused = (kind: ProblemKind, title: string, detail: string, members = {}): ProblemException =>
  problem(409, kind, title, detail, members);

function demandRetryable(record: PlanRecord): void {
  const { planId, symbol, state, attempt, result, repeatedBy, proposal } = record;
  if (state === 'UNKNOWN')
    throw refused(
      'order-unknown',
      'The outcome of the order is unknown',
      `The order of attempt ${attempt} of plan ${planId} may have been filled. It is looked up; if that settles nothing, resolve it: POST /api/v1/plans/${planId}/resolve.`,
    );
  if (isOpenState(state))
    throw refused(
      'plan-open',
      'The plan is open',
      `Attempt ${attempt} of plan ${planId} is ${state}: it is under way.`,
    );
  if (isExecutedState(state))
    throw refused('plan-executed', 'The plan was executed', `Attempt ${attempt} of plan ${planId} is ${state}.`);
  const [error, reason] = [(result?.['error'] ?? '') as ResultError, result?.['reason'] ?? ''];
  if (attempt === 0 || proposal === '')
    throw refused(
      'plan-refused',
      'The plan was never published',
      `Plan ${planId} was refused: ${reason || error}. The next proposal of ${symbol} is judged anew.`,
    );
  if (repeatedBy !== '')
    throw refused('plan-goes-on', 'The close goes on elsewhere', `Plan ${repeatedBy} sends its order again.`);
  if (isRetryable(error, reason)) return;
  const why = error === '' ? 'it has no error' : `${error}${reason === '' ? '' : `: ${reason}`}`;
  throw refused(
    'plan-final',
    'The plan ended for good',
    `Attempt ${attempt} of plan ${planId} is ${state} (${why})${meaningOf(error, reason)}. It is not tried again: a new proposal is needed.`,
    { error, reason },
  );
}

function meaningOf(error: ResultError, reason: string): string {
  if (error === 'governor_denied' && isGovernorReason(reason)) return `: ${GOVERNOR_REASONS[reason].meaning}`;
  if (error === 'p33_denied' && isPositionReason(reason)) return `: ${POSITION_REASONS[reason].meaning}`;
  if (error === '' || !Object.hasOwn(RESULT_ERRORS, error)) return '';
  return `: ${RESULT_ERRORS[error].meaning}`;
}
