import { createHash } from 'node:crypto';
import { Decimal, parseDecimal, toPlainString } from './0-decimal.js';
import { decodeJson, isJsonObject } from './0-json.js';
import type { PlanReason } from './0-reasons.js';
import {
  type Fields,
  type MarketSymbol,
  MODES,
  type Mode,
  parseMarketSymbol,
  parsePlanId,
  type PlanId,
} from './0-primitives.js';
import {
  ACTIONS,
  type Action,
  type CloseAction,
  isClose,
  KILL_COMPONENTS,
  parseShare,
  type Proposal,
  shareOf,
} from './1-proposal.js';

const PLAN_SCHEMA = '1';
const MAX_STEPS_LENGTH = 4_096;
export const PLAN_DECISIONS = ['EXECUTE', 'SKIP', 'BLOCKED', 'ERROR'] as const;
export type PlanDecision = (typeof PLAN_DECISIONS)[number];

const CLOSE_STEP_NAMES = ['CLOSE_FULL', 'CLOSE_PARTIAL_75', 'CLOSE_PARTIAL_50', 'CLOSE_PCT'] as const;
export type CloseStepName = (typeof CLOSE_STEP_NAMES)[number];

/** What an executable plan does: exactly one reduction, or one protective stop. */
export type Step =
  | {
      readonly step: CloseStepName;
      readonly type: 'market_reduce_only';
      readonly side: 'close';
      /** Per cent of the position; above 0, at most 100. */
      readonly pct: number;
    }
  | { readonly step: 'UPDATE_SL'; readonly type: 'stop_loss_order'; readonly price: string };

/** Steps with a name for their share; every other share is a `CLOSE_PCT`, which says its own. */
const NAMED_STEPS: Readonly<Record<Exclude<CloseStepName, 'CLOSE_PCT'>, number>> = {
  CLOSE_FULL: 100,
  CLOSE_PARTIAL_75: 75,
  CLOSE_PARTIAL_50: 50,
};

const STEP_OF = {
  FULL_CLOSE_PROPOSED: 'CLOSE_FULL',
  PARTIAL_75: 'CLOSE_PARTIAL_75',
  PARTIAL_50: 'CLOSE_PARTIAL_50',
  PARTIAL_25: 'CLOSE_PCT',
  CLOSE_PCT: 'CLOSE_PCT',
} as const satisfies Record<CloseAction, CloseStepName>;

/** One attempt of a plan, as the issuers and Apply read it from the stream. */
export interface Plan {
  readonly planId: PlanId;
  readonly symbol: MarketSymbol;
  readonly action: Action;
  readonly killScore: Decimal;
  /** `undefined` where the publisher knows no attempts (a foreign Apply). */
  readonly attempt: number | undefined;
  readonly mode: Mode | undefined;
  readonly planHash: string | undefined;
  /** The fingerprint of the account the plan is for, as its publisher says. */
  readonly account: string | undefined;
  /** Of a continuation: `plan_id:attempt` of the first order of its close. All of them count as one execution. */
  readonly continues: string | undefined;
  /** `plan_id:attempt` of the order of the same full close that it sends again, while the outcome of that one is unknown. */
  readonly repeats: string | undefined;
  /** The evidence for each issuer that Apply read before it published; an issuer without it reads its own. */
  readonly governorEvidence: string | undefined;
  readonly positionEvidence: string | undefined;
  readonly step: Step;
}

/**
 * Python's `f"{x:.6f}"`, which the guide's services hash: six decimals of the double, ties to even. 100 decimals distinguish a
 * double beside a tie (0.1004385 is stored a little above it) from one on it.
 */
function sixDecimals(value: Decimal): string {
  return new Decimal(value.toNumber().toFixed(100)).toFixed(6, Decimal.ROUND_HALF_EVEN);
}

function digestOf(parts: readonly string[]): PlanId {
  return createHash('sha256').update(parts.join(':')).digest('hex').slice(0, 16) as PlanId;
}

/**
 * First 16 hex digits of SHA-256 over `symbol:action:kill_score:new_sl:computed_at_utc`, with `:close_pct` and `:proposal_id`
 * appended where the proposal has them, and `:c<n>` for its n-th continuation.
 */
export function planIdOf(proposal: Proposal, continuation = 0): PlanId {
  const parts = [
    proposal.symbol as string,
    proposal.action,
    sixDecimals(proposal.killScore),
    proposal.newSl === '' ? 'None' : proposal.newSl,
    proposal.computedAtUtc,
  ];
  if (proposal.closePct !== '') parts.push(proposal.closePct);
  if (proposal.proposalId !== '') parts.push(proposal.proposalId);
  if (continuation > 0) parts.push(`c${continuation}`);
  return digestOf(parts);
}

/** The id of a proposal that could not be read: computed in the same way from the raw text, so that it can be found again. */
export function planIdOfUnreadable(symbol: string, fields: Fields): PlanId {
  const raw = (field: string): string => fields[field] ?? '';
  const parts = [
    symbol,
    raw('harvest_action'),
    raw('kill_score'),
    raw('new_sl_proposed') || 'None',
    raw('computed_at_utc'),
  ];
  if (raw('close_pct') !== '') parts.push(raw('close_pct'));
  if (raw('proposal_id') !== '') parts.push(raw('proposal_id'));
  return digestOf(parts);
}

/** The one step of an executable action; `undefined` for HOLD. */
export function stepOf(proposal: Proposal): Step | undefined {
  const pct = shareOf(proposal.action, proposal.closePct);
  if (isClose(proposal.action) && pct !== undefined)
    return { step: STEP_OF[proposal.action], type: 'market_reduce_only', side: 'close', pct };
  return proposal.action === 'UPDATE_SL'
    ? { step: 'UPDATE_SL', type: 'stop_loss_order', price: proposal.newSl }
    : undefined;
}

/** `steps` as JSON: the stop price is a JSON number without exponent. */
export function encodeSteps(step: Step | undefined): string {
  if (step === undefined) return '[]';
  if (step.step !== 'UPDATE_SL') return JSON.stringify([step]);
  const price = parseDecimal(step.price);
  return `[{"step":"UPDATE_SL","type":"stop_loss_order","price":${price === undefined ? 'null' : toPlainString(price)}}]`;
}

export interface PlanDraft {
  readonly planId: PlanId;
  readonly symbol: string;
  readonly decision: PlanDecision;
  readonly reasonCodes: readonly PlanReason[];
  /** Empty for a proposal that could not be read. */
  readonly proposal: Proposal | undefined;
  readonly raw: Fields;
  readonly closeQty: string;
  readonly price: string;
  /** Where the proposal came from: `hash`, `stream`, `api`. */
  readonly source: string;
  readonly timestampSec: string;
}

/** The fields of an `apply.plan` entry but for those of the attempt (`attempt`, `mode`, `plan_hash`). */
export function encodePlan(draft: PlanDraft): Record<string, string> {
  const { proposal, raw } = draft;
  const text = (field: string): string => (raw[field] ?? '').slice(0, 64);
  const fields: Record<string, string> = {
    plan_id: draft.planId,
    symbol: draft.symbol.slice(0, 64),
    action: proposal?.action ?? text('harvest_action'),
    kill_score: proposal === undefined ? text('kill_score') : toPlainString(proposal.killScore),
    new_sl_proposed: proposal?.newSl ?? text('new_sl_proposed'),
    R_net: proposal?.rNet ?? text('R_net'),
    decision: draft.decision,
    reason_codes: draft.reasonCodes.join(','),
    steps: encodeSteps(proposal === undefined || draft.decision !== 'EXECUTE' ? undefined : stepOf(proposal)),
    close_qty: draft.closeQty,
    price: draft.price,
    timestamp: draft.timestampSec,
    schema: PLAN_SCHEMA,
    source: draft.source,
    computed_at_utc: proposal?.computedAtUtc ?? text('computed_at_utc'),
    proposal_id: proposal?.proposalId ?? text('proposal_id'),
  };
  const closePct = proposal?.closePct ?? text('close_pct');
  if (closePct !== '') fields['close_pct'] = closePct;
  for (const component of KILL_COMPONENTS) fields[component] = proposal?.killComponents[component] ?? text(component);
  return fields;
}

export type PlanReading =
  | { readonly ok: true; readonly plan: Plan }
  /** The plan id, if it could be read, so that an issuer can deny the plan. */
  | {
      readonly ok: false;
      readonly planId: PlanId | undefined;
      readonly symbol: MarketSymbol | undefined;
      readonly detail: string;
    };

const shown = (text: string | undefined): string => JSON.stringify((text ?? '').slice(0, 60));

function parseStep(text: string | undefined): Step | undefined {
  if (text === undefined || text.length > MAX_STEPS_LENGTH) return undefined;
  const steps = decodeJson(text);
  if (!Array.isArray(steps) || steps.length !== 1) return undefined;
  const step: unknown = steps[0];
  if (!isJsonObject(step)) return undefined;
  if (step['step'] === 'UPDATE_SL' && step['type'] === 'stop_loss_order') {
    const price = typeof step['price'] === 'number' ? parseDecimal(String(step['price'])) : undefined;
    return price?.gt(0) === true
      ? { step: 'UPDATE_SL', type: 'stop_loss_order', price: toPlainString(price) }
      : undefined;
  }
  const name = CLOSE_STEP_NAMES.find((known) => known === step['step']);
  if (name === undefined || step['type'] !== 'market_reduce_only' || step['side'] !== 'close') return undefined;
  const pct = typeof step['pct'] === 'number' ? parseShare(String(step['pct'])) : undefined;
  if (pct === undefined || (name !== 'CLOSE_PCT' && NAMED_STEPS[name] !== pct)) return undefined;
  return { step: name, type: 'market_reduce_only', side: 'close', pct };
}

function stepFits(step: Step, action: Action, closePct: string): boolean {
  if (step.step === 'UPDATE_SL') return action === 'UPDATE_SL';
  return isClose(action) && STEP_OF[action] === step.step && shareOf(action, closePct) === step.pct;
}

/** Reads an executable `apply.plan` entry, whoever wrote it. Never throws; an entry with an opening or unknown step is not a plan. */
export function parsePlan(fields: Fields): PlanReading {
  const planId = parsePlanId(fields['plan_id']);
  const symbol = parseMarketSymbol(fields['symbol']);
  const fault = (detail: string): PlanReading => ({ ok: false, planId, symbol, detail });
  if (planId === undefined)
    return fault(`plan_id is ${shown(fields['plan_id'])}; a token of 1 to 64 letters and digits is needed`);
  if (symbol === undefined) return fault(`symbol is ${shown(fields['symbol'])}; an exchange symbol is needed`);
  const action = ACTIONS.find((known) => known === fields['action']);
  if (action === undefined)
    return fault(`action is ${shown(fields['action'])}; known actions are ${ACTIONS.join(', ')}`);
  const killScore = parseDecimal(fields['kill_score'] ?? '');
  if (killScore === undefined) return fault(`kill_score is ${shown(fields['kill_score'])}; a finite number is needed`);
  const step = parseStep(fields['steps']);
  if (step === undefined || !stepFits(step, action, fields['close_pct'] ?? '')) {
    return fault(`steps is ${shown(fields['steps'])}; exactly one reduce-only step that fits ${action} is needed`);
  }
  const attemptText = fields['attempt'];
  const attempt = attemptText === undefined ? undefined : Number(attemptText);
  if (attempt !== undefined && !(Number.isSafeInteger(attempt) && attempt >= 1)) {
    return fault(`attempt is ${shown(attemptText)}; a whole number from 1 is needed`);
  }
  const modeText = fields['mode'];
  const mode = MODES.find((known) => known === modeText);
  if (modeText !== undefined && mode === undefined)
    return fault(`mode is ${shown(modeText)}; one of ${MODES.join(', ')} is needed`);
  return {
    ok: true,
    plan: {
      planId,
      symbol,
      action,
      killScore,
      attempt,
      mode,
      planHash: fields['plan_hash'],
      account: fields['account'],
      continues: fields['continues'],
      repeats: fields['repeats'],
      governorEvidence: fields['governor_evidence'],
      positionEvidence: fields['position_evidence'],
      step,
    },
  };
}
