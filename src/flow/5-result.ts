import { type Decimal, parseDecimal } from './0-decimal.js';
import { decodeJson, encodeJson, isJsonObject, type JsonObject, type JsonValue } from './0-json.js';
import type { ResultError } from './0-reasons.js';
import {
  booleanField,
  type Fields,
  type MarketSymbol,
  parseBooleanField,
  parseMarketSymbol,
  parsePlanId,
  type PlanId,
} from './0-primitives.js';
import type { PlanDecision } from './2-plan.js';
import type { Side } from './4-order.js';

const RESULT_SCHEMA = '1';
const MAX_STEPS_LENGTH = 65_536;

export const TERMINAL_STATES = [
  'FILLED',
  'PARTLY_FILLED',
  'PLACED',
  'REJECTED',
  'BLOCKED',
  'SKIPPED',
  'EXPIRED',
  'NOT_FOUND',
  /** The attempt has ended; the plan has another one when a person approves it. */
  'WAITING_APPROVAL',
] as const;
export type TerminalState = (typeof TERMINAL_STATES)[number];

export const OPEN_STATES = ['PUBLISHED', 'WAITING', 'CLAIMED', 'UNKNOWN'] as const;
/** Ended with an order that did something. */
const EXECUTED_STATES = ['FILLED', 'PARTLY_FILLED', 'PLACED'] as const satisfies readonly TerminalState[];

export const isOpenState = (state: string): boolean => OPEN_STATES.some((each) => each === state);
export const isExecutedState = (state: string): boolean => EXECUTED_STATES.some((each) => each === state);

/** What one step did; quantities are base units, `avgPrice` is in quote currency. */
export interface StepResult {
  readonly step: string;
  readonly status: 'filled' | 'partly_filled' | 'placed' | 'rejected' | 'not_sent' | 'not_found' | 'dry_run';
  readonly details: JsonValue;
  readonly orderId: string;
  readonly side: Side | '';
  readonly quantity: Decimal | undefined;
  readonly executedQty: Decimal;
  readonly avgPrice: Decimal | undefined;
  readonly clientOrderId: string;
  /** Redis' clock; 0 where there was no fill. */
  readonly filledAtMs: number;
}

/** The one terminal outcome of an attempt. */
export interface Result {
  readonly planId: PlanId;
  readonly symbol: string;
  readonly decision: PlanDecision;
  readonly executed: boolean;
  readonly wouldExecute: boolean;
  readonly steps: readonly StepResult[];
  readonly error: ResultError;
  readonly reason: string;
  readonly attempt: number;
  readonly waitMs: number | undefined;
  readonly clientOrderId: string;
  readonly state: TerminalState;
}

function encodeStep(step: StepResult): JsonObject {
  return {
    step: step.step,
    status: step.status,
    details: step.details,
    order_id: step.orderId,
    side: step.side,
    quantity: step.quantity,
    executed_qty: step.executedQty,
    reduce_only: true,
    avg_price: step.avgPrice,
    client_order_id: step.clientOrderId,
    filled_at_ms: step.filledAtMs,
  };
}

/** Stream fields of a result, all but `timestamp`, which the script that appends it takes from Redis' clock. */
export function encodeResult(result: Result): Record<string, string> {
  return {
    plan_id: result.planId,
    symbol: result.symbol,
    decision: result.decision,
    executed: booleanField(result.executed),
    would_execute: booleanField(result.wouldExecute),
    steps_results: encodeJson(result.steps.map(encodeStep)),
    error: result.error,
    schema: RESULT_SCHEMA,
    reason: result.reason,
    attempt: String(result.attempt),
    wait_ms: result.waitMs === undefined ? '' : String(result.waitMs),
    client_order_id: result.clientOrderId,
    state: result.state,
  };
}

/** What a result says was traded: the cumulative executed quantity of one order. */
export interface ExecutedStep {
  /** Client order id where the publisher gave one, else order id, else plan and step. */
  readonly identity: string;
  readonly orderId: string;
  readonly side: Side;
  readonly executedQty: Decimal;
  /** Redis' clock, `undefined` where the publisher gave none. */
  readonly filledAtMs: number | undefined;
}

export type ResultReading =
  | {
      readonly ok: true;
      readonly planId: PlanId;
      readonly symbol: MarketSymbol;
      /** `undefined` when the publisher does not number attempts. */
      readonly attempt: number | undefined;
      readonly executed: boolean;
      readonly wouldExecute: boolean;
      readonly state: string;
      readonly error: string;
      readonly fills: readonly ExecutedStep[];
      /**
       * Orders of a result that says `executed` and names no quantity (a foreign Apply that was answered ACK): they filled, and
       * the quantity is not known yet. `executedQty` is 0. Never a stop: that is placed, and fills nothing now.
       */
      readonly unknownFills: readonly ExecutedStep[];
      readonly avgPrice: Decimal | undefined;
      /** The steps of Redis' clock that the times include; a publisher of others does not say. */
      readonly clockStepsMs: number | 'unknown';
    }
  | { readonly ok: false; readonly detail: string };

const shown = (text: string | undefined): string => JSON.stringify((text ?? '').slice(0, 60));

function numeric(value: unknown): Decimal | undefined {
  if (typeof value === 'number') return parseDecimal(String(value));
  return typeof value === 'string' ? parseDecimal(value) : undefined;
}

function sideOf(value: unknown): Side | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value.toUpperCase();
  return text === 'BUY' || text === 'SELL' ? text : undefined;
}

const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value).slice(0, 64) : '';

/** An order id above 2^53 would lose its last digits as a JSON number: it is read as the text it is. */
const LONG_ORDER_ID = /("order_id"\s*:\s*)(\d{16,32})(?=\s*[,}])/g;

function parseSteps(text: string): readonly Record<string, unknown>[] | undefined {
  if (text.length > MAX_STEPS_LENGTH) return undefined;
  const steps = decodeJson(text.replaceAll(LONG_ORDER_ID, '$1"$2"'));
  return Array.isArray(steps) && steps.every(isJsonObject) ? steps : undefined;
}

/** Reads an `apply.result` entry, whoever wrote it. Never throws. A step that claims a fill must say how much and which side. */
export function parseResult(fields: Fields): ResultReading {
  const fault = (detail: string): ResultReading => ({ ok: false, detail });
  const planId = parsePlanId(fields['plan_id']);
  const symbol = parseMarketSymbol(fields['symbol']);
  const executed = parseBooleanField(fields['executed']);
  if (planId === undefined) return fault(`plan_id is ${shown(fields['plan_id'])}; a token is needed`);
  if (symbol === undefined) return fault(`symbol is ${shown(fields['symbol'])}; an exchange symbol is needed`);
  if (executed === undefined) return fault(`executed is ${shown(fields['executed'])}; True or False is needed`);
  const steps = parseSteps(fields['steps_results'] || '[]');
  if (steps === undefined)
    return fault(`steps_results is ${shown(fields['steps_results'])}; a JSON list of objects is needed`);
  const attempt = fields['attempt'] === undefined ? undefined : Number(fields['attempt']);
  if (attempt !== undefined && !(Number.isSafeInteger(attempt) && attempt >= 0))
    return fault(`attempt is ${shown(fields['attempt'])}`);
  const fills: ExecutedStep[] = [];
  const unknownFills: ExecutedStep[] = [];
  let avgPrice: Decimal | undefined;
  for (const [index, step] of steps.entries()) {
    const executedQty = numeric(step['executed_qty'] ?? 0);
    if (executedQty === undefined || executedQty.isNegative()) {
      return fault(`executed_qty of step ${index} is ${shown(textOf(step['executed_qty']))}; zero or more is needed`);
    }
    if (step['step'] === 'UPDATE_SL') continue;
    // Without a counted quantity the side has no meaning.
    const side = sideOf(step['side']) ?? (executedQty.isZero() ? 'SELL' : undefined);
    if (side === undefined)
      return fault(`side of step ${index} is ${shown(textOf(step['side']))}; BUY or SELL is needed`);
    const orderId = textOf(step['order_id']);
    const filledAtMs = numeric(step['filled_at_ms'])?.toNumber() ?? 0;
    avgPrice = numeric(step['avg_price']) ?? avgPrice;
    (executedQty.isZero() ? unknownFills : fills).push({
      identity: textOf(step['client_order_id']) || orderId || `${planId}:${fields['attempt'] ?? '1'}:${index}`,
      orderId,
      side,
      executedQty,
      filledAtMs: filledAtMs > 0 ? filledAtMs : undefined,
    });
  }
  return {
    ok: true,
    planId,
    symbol,
    attempt,
    executed,
    wouldExecute: parseBooleanField(fields['would_execute']) ?? false,
    state: fields['state'] ?? '',
    error: fields['error'] ?? '',
    fills: executed ? fills : [],
    unknownFills: executed ? unknownFills : [],
    avgPrice,
    clockStepsMs: fields['schema'] === undefined ? 'unknown' : Number(fields['clock_steps_ms'] ?? '0') || 0,
  };
}

/** Whether a result names an order that it says was carried out. The guide's Apply also says `executed` of a step that failed. */
export function namesOrder(reading: Extract<ResultReading, { ok: true }>): boolean {
  return [...reading.fills, ...reading.unknownFills].some(({ orderId }) => orderId !== '');
}
