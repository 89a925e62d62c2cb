import {
  excerpt,
  isRecord,
  type JsonRecord,
  parseExactJson,
  type ExchangeAnswer,
  errorCodeOf,
  type WireResult,
} from './exchange-answer.js';
import type { SendAgain } from './exchange.port.js';
import { refusalMark } from './refusals.js';

/** Why an order was definitely not taken. */
type NotAcceptedCause = 'not_sent' | 'rate_limit' | 'clock' | 'rules' | 'passing';

export type OrderVerdict =
  /** 200 with an order id; the caller reads the rest. */
  | { readonly kind: 'known'; readonly order: JsonRecord }
  | { readonly kind: 'unknown'; readonly detail: string }
  | { readonly kind: 'duplicate'; readonly message: string }
  | {
      readonly kind: 'not_accepted';
      readonly cause: NotAcceptedCause;
      readonly code: string;
      readonly message: string;
      readonly again: SendAgain;
    }
  | { readonly kind: 'rejected'; readonly code: string; readonly message: string };

export type ReadVerdict =
  | { readonly kind: 'ok'; readonly json: unknown }
  /** -2013, -2011, -1125: the exchange knows no such order, none that could be cancelled, or no such listen key. */
  | { readonly kind: 'absent'; readonly message: string }
  /** -1021: the clock must be read again first. */
  | { readonly kind: 'clock'; readonly message: string }
  | { readonly kind: 'credentials'; readonly message: string }
  | { readonly kind: 'unavailable'; readonly message: string };

const RATE_CODES: ReadonlySet<number> = new Set([-1003, -1015]);
const CREDENTIAL_CODES: ReadonlySet<number> = new Set([-2014, -2015, -1022]);
const CLOCK_SKEW = -1021;
/** With 429 or 418 it is a rate limit like any other. */
const OVERLOADED = -1008;
const ABSENT_CODES: ReadonlySet<number> = new Set([-2013, -2011, -1125]);

/**
 * The outcome of an order request, from HTTP status, code and message. The rows have the order of the outcome
 * table; the first that matches wins. An answer that fits no row is `unknown`: it is looked up, and only a full close may go again before the proof.
 *
 * `idField` names the field that proves acceptance: `orderId` for orders, `algoId` for conditional ones.
 */
export function classifyOrderAnswer(result: WireResult, idField: 'orderId' | 'algoId' = 'orderId'): OrderVerdict {
  if ('transportError' in result) {
    if (!result.written) return notAccepted('not_sent', 'not_sent', result.transportError, 'later');
    return { kind: 'unknown', detail: result.transportError };
  }
  const { httpStatus, body } = result;
  const json = parseExactJson(body);
  const { code, message } = errorCodeOf(json);
  const unknown: OrderVerdict = { kind: 'unknown', detail: `HTTP ${httpStatus}: ${excerpt(body)}` };
  const codeText = code === undefined ? `HTTP ${httpStatus}` : String(code);

  if (httpStatus === 200 && isRecord(json) && isOrderId(json[idField])) return { kind: 'known', order: json };
  // A success without the order's id proves nothing.
  if (httpStatus < 400) return unknown;
  // A failing server may have processed the order: orders were filled and answered "not accepted".
  if (isServerFailure(httpStatus)) return unknown;
  if (!isRecord(json) || Object.keys(json).length === 0) return unknown;
  const mark = code === undefined ? undefined : refusalMark(code);
  if (mark === 'unknown' && code !== OVERLOADED) return unknown;
  if (isRateLimited(httpStatus, code)) return notAccepted('rate_limit', codeText, message, 'later');
  switch (mark) {
    case 'unknown':
    case undefined:
      return unknown;
    case 'duplicate':
      return { kind: 'duplicate', message };
    case 'clock':
      return notAccepted(mark, codeText, message, 'newly_signed');
    case 'rules':
      return notAccepted(mark, codeText, message, 'by_new_rules');
    case 'rate_limit':
    case 'passing':
      return notAccepted(mark, codeText, message, 'later');
    case 'lasting':
      return { kind: 'rejected', code: codeText, message };
  }
  return mark satisfies never;
}

/** Classifies an answer to a reading call. A read changes nothing, so every doubt is `unavailable`. */
export function classifyReadAnswer(result: WireResult): ReadVerdict {
  if ('transportError' in result) return { kind: 'unavailable', message: result.transportError };
  const { httpStatus, body } = result;
  const json = parseExactJson(body);
  const { code, message } = errorCodeOf(json);
  const text = `HTTP ${httpStatus}: ${excerpt(body)}`;

  if (httpStatus === 200 && code === undefined && json !== undefined) return { kind: 'ok', json };
  if (httpStatus < 400 || httpStatus >= 500) return { kind: 'unavailable', message: text };
  if (code !== undefined && ABSENT_CODES.has(code)) return { kind: 'absent', message };
  if (code === CLOCK_SKEW) return { kind: 'clock', message: text };
  if (httpStatus === 401 || (code !== undefined && CREDENTIAL_CODES.has(code))) {
    return { kind: 'credentials', message: text };
  }
  return { kind: 'unavailable', message: text };
}

const SECOND_MS = 1_000;
/** The exchange's longest ban. A longer one is a misread message and must not stop us forever. */
const LONGEST_BAN_MS = 3 * 24 * 3_600 * SECOND_MS;
/** When an answer names no time: a 418 lasts at least two minutes, weight is counted per minute, orders per 10 s. */
const SILENT_BAN_MS = { ip: 120 * SECOND_MS, weight: 60 * SECOND_MS, orders: 10 * SECOND_MS } as const;

/**
 * For how long (ms) an answer forbids every call: by `Retry-After` (seconds) and by a ban time in the message (exchange's
 * clock, epoch ms), whichever is longer. `undefined` when the answer forbids nothing. A failing server bans only for a time that
 * it names: a ban is answered 429 or 418, and an order whose outcome is unknown must be looked up now.
 */
export function banOf(answer: ExchangeAnswer, exchangeNowMs: number): number | undefined {
  const { code, message } = errorCodeOf(parseExactJson(answer.body));
  if (!isRateLimited(answer.httpStatus, code)) return undefined;
  const retryAfter = answer.headers['retry-after']?.trim() ?? '';
  const bySeconds = /^\d{1,9}$/.test(retryAfter) ? Number(retryAfter) * SECOND_MS : 0;
  const until = /banned until (\d{13})(?!\d)/i.exec(message)?.[1];
  const byMessage = until === undefined ? 0 : Number(until) - exchangeNowMs;
  const named = Math.max(bySeconds, byMessage);
  if (!(named > 0) && isServerFailure(answer.httpStatus)) return undefined;
  return Math.min(named > 0 ? named : silentBan(answer.httpStatus, code), LONGEST_BAN_MS);
}

function silentBan(httpStatus: number, code: number | undefined): number {
  if (httpStatus === 418) return SILENT_BAN_MS.ip;
  return code === -1015 ? SILENT_BAN_MS.orders : SILENT_BAN_MS.weight;
}

/** The server may have processed the request, whatever code it answers. */
function isServerFailure(httpStatus: number): boolean {
  return httpStatus >= 500 || httpStatus === 408;
}

function isRateLimited(httpStatus: number, code: number | undefined): boolean {
  return httpStatus === 429 || httpStatus === 418 || (httpStatus >= 400 && code !== undefined && RATE_CODES.has(code));
}

function isOrderId(value: unknown): boolean {
  return (typeof value === 'number' && value > 0) || (typeof value === 'string' && /^[1-9]\d*$/.test(value));
}

function notAccepted(cause: NotAcceptedCause, code: string, message: string, again: SendAgain): OrderVerdict {
  return { kind: 'not_accepted', cause, code, message, again };
}
