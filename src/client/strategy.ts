import { setTimeout as sleep } from 'node:timers/promises';
import type { Fields } from '../flow/0-primitives.js';
import { type Action, parseProposal } from '../flow/1-proposal.js';
import { isRetryable, type ResultError } from '../flow/0-reasons.js';
import { planIdOf } from '../flow/2-plan.js';
import { isOpenState } from '../flow/5-result.js';
import type { GateApi } from './api.js';

export { gateApi, type ApiSchema, type GateApi, type GateApiOptions } from './api.js';

const NOT_FOUND = 404;
const ASK_EVERY_MS = 200;
const FOLLOW_FOR_MS = 60_000;

/** What the client needs of a Redis client; one of ioredis has it. Its user is `permit-gate-strategy`. */
export interface StrategyRedis {
  xadd(key: string, id: string, ...fieldsAndValues: string[]): Promise<string | null>;
}

/** What a strategy asks for. Numbers are plain decimals; a string keeps its digits. */
export interface ProposalRequest {
  readonly symbol: string;
  readonly action: Action;
  /** 0 and more; at or above `K_BLOCK_CRITICAL` only closes pass. */
  readonly killScore: number | string;
  /** For `CLOSE_PCT`: above 0, at most 100. */
  readonly closePct?: number | string;
  /** For `UPDATE_SL`. */
  readonly newStopPrice?: number | string;
  /** Makes this another wish than the one before: without it the same action runs once per episode. */
  readonly proposalId?: string;
  readonly reasonCodes?: readonly string[];
}

/** Where a plan stands. */
export interface PlanOutcome {
  readonly planId: string;
  readonly state: string;
  readonly attempt: number;
  /** An order was carried out, or a stop placed. */
  readonly executed: boolean;
  /** Words of docs/reasons.md; empty where there is none. */
  readonly error: string;
  readonly reason: string;
  /** Whether nothing follows by itself. A plan that ended for a passing reason is tried again while its proposal is fresh. */
  readonly final: boolean;
}

/** A proposal that Apply would not accept: it was not sent. */
export class ProposalRefused extends Error {
  override readonly name = 'ProposalRefused';
}

export interface StrategyOptions {
  readonly redis: StrategyRedis;
  /** For results; a token of the role `viewer` is enough. */
  readonly api: GateApi;
  /** `REDIS_KEY_PREFIX` of the deployment. */
  readonly keyPrefix?: string;
  /**
   * The account that proposals are for, as CELLS_FILE names it: they are written to the stream for all cells, whose router hands them to
   * the cell that owns account and symbol. `api` is that cell's own.
   */
  readonly account?: string;
}

/** Publishes proposals on the proposal stream, or on the one for all cells, and follows what becomes of them. */
export class StrategyClient {
  readonly #stream: string;

  constructor(private readonly options: StrategyOptions) {
    const { keyPrefix = 'quantum:', account } = options;
    this.#stream = `${keyPrefix}stream:${account === undefined ? 'harvest' : 'cells'}.proposal`;
  }

  /**
   * Publishes a proposal. Answers with the id of its plan, which Apply computes in the same way.
   *
   * @throws {ProposalRefused} if Apply would not accept it.
   */
  async propose(request: ProposalRequest): Promise<string> {
    const fields = fieldsOf(request, Date.now());
    const reading = parseProposal(request.symbol, fields);
    if (!reading.ok) throw new ProposalRefused(`${reading.reason}: ${reading.detail}`);
    await this.#send(request.symbol, fields);
    return planIdOf(reading.proposal);
  }

  /** Withdraws what was proposed for a symbol: a plan that is not claimed yet ends `proposal_withdrawn`. */
  async withdraw(symbol: string): Promise<void> {
    await this.#send(symbol, fieldsOf({ symbol, action: 'HOLD', killScore: 0 }, Date.now()));
  }

  /**
   * Waits until nothing follows for a plan by itself, for at most `withinMs`, and answers with where it stands then.
   * `undefined`: Apply has published no such plan (not in the allowlist, suppressed as a repeat, superseded, or Apply does not run).
   *
   * @throws {Error} when the API refuses the call, or cannot be reached.
   */
  async outcome(planId: string, withinMs = FOLLOW_FOR_MS): Promise<PlanOutcome | undefined> {
    const untilMs = performance.now() + withinMs;
    for (;;) {
      const outcome = await this.#look(planId);
      if (outcome?.final === true || performance.now() >= untilMs) return outcome;
      await sleep(ASK_EVERY_MS);
    }
  }

  async #look(planId: string): Promise<PlanOutcome | undefined> {
    const path = { params: { path: { planId } } };
    const { data, error, response } = await this.options.api.GET('/api/v1/plans/{planId}', path);
    if (response.status === NOT_FOUND) return undefined;
    if (data === undefined)
      throw new Error(`GET /plans/${planId} answers ${response.status}: ${JSON.stringify(error)}`);
    const { state, attempt } = data;
    const [executed, failed, reason] = [data.executed === true, data.error ?? '', data.reason ?? ''];
    const waits = isOpenState(state) || state === 'WAITING_APPROVAL';
    const again = !executed && failed !== '' && isRetryable(failed as ResultError, reason);
    return { planId, state, attempt, executed, error: failed, reason, final: !waits && !again };
  }

  async #send(symbol: string, fields: Fields): Promise<void> {
    const { redis, account } = this.options;
    const whose = account === undefined ? [] : ['account', account];
    await redis.xadd(this.#stream, '*', ...whose, 'symbol', symbol, ...Object.entries(fields).flat());
  }
}

function fieldsOf(request: ProposalRequest, nowMs: number): Record<string, string> {
  const { action, killScore, closePct, newStopPrice = '', proposalId, reasonCodes = [] } = request;
  return {
    harvest_action: action,
    kill_score: String(killScore),
    new_sl_proposed: String(newStopPrice),
    reason_codes: reasonCodes.join(','),
    last_update_epoch: (nowMs / 1_000).toFixed(3),
    computed_at_utc: new Date(nowMs).toISOString(),
    ...(closePct === undefined ? {} : { close_pct: String(closePct) }),
    ...(proposalId === undefined ? {} : { proposal_id: proposalId }),
  };
}
