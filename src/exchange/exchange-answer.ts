import { printable } from '../flow/0-outside-text.js';

/** An HTTP answer, not classified yet. Header names are lower case. */
export interface ExchangeAnswer {
  readonly httpStatus: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

/** No complete answer came. `written: false` proves that no byte of the request was passed to a socket. */
interface TransportFailure {
  readonly transportError: string;
  readonly written: boolean;
}

export type WireResult = ExchangeAnswer | TransportFailure;

export type JsonRecord = Readonly<Record<string, unknown>>;

/** The code and message of a Binance error body; a code only where it is a negative integer. */
export interface ErrorCode {
  readonly code: number | undefined;
  readonly message: string;
}

const LONG_NUMBER = /\d{16}/;
const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;

/**
 * Parses JSON without losing digits: numbers of 16 characters and more (order ids pass 2^53) come back as strings.
 * `undefined` when the text is not JSON.
 */
export function parseExactJson(text: string): unknown {
  const exact = LONG_NUMBER.test(text)
    ? text.replaceAll(STRING_OR_NUMBER, (token) => (token.startsWith('"') || token.length < 16 ? token : `"${token}"`))
    : text;
  try {
    return JSON.parse(exact);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const LONGEST_MESSAGE = 500;

/** Reads `{code, msg}`; other shapes give no code and an empty message. */
export function errorCodeOf(json: unknown): ErrorCode {
  if (!isRecord(json)) return { code: undefined, message: '' };
  const code = typeof json.code === 'string' ? Number(json.code) : json.code;
  return {
    code: typeof code === 'number' && Number.isInteger(code) && code < 0 ? code : undefined,
    message: typeof json.msg === 'string' ? printable(json.msg.slice(0, LONGEST_MESSAGE)) : '',
  };
}

/** The first characters of a body, on one line, for messages. */
export function excerpt(body: string): string {
  const line = body.slice(0, 160).replaceAll(/\s+/g, ' ').trim();
  return line === '' ? '(empty body)' : printable(line);
}
