import { type Decimal, parseDecimal } from './0-decimal.js';
import { decodeJson, isJsonObject } from './0-json.js';
import type { Fields } from './0-primitives.js';
import type { Plan } from './2-plan.js';

/** The answer of one person. */
export interface PersonsAnswer {
  /** The name of the token. */
  readonly by: string;
  readonly reason: string;
  readonly atMs: number;
}

/** What people were asked about one plan, and what they answered. The Governor writes the question, operators the answers. */
export interface Approval {
  readonly planId: string;
  readonly symbol: string;
  readonly action: string;
  /** The content that the answers are about: see {@link approvedContent}. */
  readonly what: string;
  /** In percent; `undefined` for a stop. */
  readonly share: string | undefined;
  /** The price of a stop; `""` for a close. */
  readonly stop: string;
  /** As judged: the most that an approval covers. */
  readonly qty: Decimal;
  readonly notionalUsd: Decimal;
  readonly killScore: string;
  /** `""` for a plan of another implementation of Apply. */
  readonly attempt: string;
  readonly mode: string;
  readonly sinceMs: number;
  /** How many different people must approve. */
  readonly needed: number;
  readonly approvals: readonly PersonsAnswer[];
  readonly rejected: PersonsAnswer | undefined;
  /** Until when the approvals count; `undefined` until there are enough. */
  readonly validUntilMs: number | undefined;
}

/** The content of a plan that a person approves. An approval of other content does not count. */
export function approvedContent({
  symbol,
  action,
  step,
  mode,
}: Pick<Plan, 'symbol' | 'action' | 'step' | 'mode'>): string {
  return [symbol, action, step.step === 'UPDATE_SL' ? `stop ${step.price}` : `${step.pct} %`, mode ?? ''].join(' ');
}

/** The stored fields; `undefined` if there are none, or they cannot be read: then nobody has approved. */
export function parseApproval(planId: string, stored: Fields): Approval | undefined {
  const [qty, notionalUsd] = [parseDecimal(stored['qty'] ?? ''), parseDecimal(stored['notional_usd'] ?? '')];
  const [sinceMs, needed] = [Number(stored['since_ms'] ?? ''), Number(stored['needed'] ?? '')];
  const listed = decodeJson(stored['approvals'] ?? '');
  if (qty === undefined || notionalUsd === undefined || !(sinceMs > 0) || !(needed >= 1) || !Array.isArray(listed))
    return undefined;
  const rejected = stored['rejected'] ?? '';
  const validUntil = stored['valid_until_ms'] ?? '';
  return {
    planId,
    symbol: stored['symbol'] ?? '',
    action: stored['action'] ?? '',
    what: stored['what'] ?? '',
    share: (stored['share'] ?? '') === '' ? undefined : stored['share'],
    stop: stored['stop'] ?? '',
    qty,
    notionalUsd,
    killScore: stored['kill_score'] ?? '',
    attempt: stored['attempt'] ?? '',
    mode: stored['mode'] ?? '',
    sinceMs,
    needed,
    approvals: listed.map((each) => answerOf(each)),
    rejected: rejected === '' ? undefined : answerOf(decodeJson(rejected)),
    validUntilMs: validUntil === '' ? undefined : Number(validUntil),
  };
}

function answerOf(value: unknown): PersonsAnswer {
  const { by, reason, at_ms: atMs } = isJsonObject(value) ? value : {};
  return {
    by: typeof by === 'string' ? by : '',
    reason: typeof reason === 'string' ? reason : '',
    atMs: typeof atMs === 'number' ? atMs : 0,
  };
}
