import { problem } from './problem.js';

/** The largest body of a call. */
export const BODY_LIMIT_BYTES = 64 * 1024;
/** No call has a body that is nested deeper than this; what walks through one level after the other ends at some thousands. */
const DEEPEST_BODY = 32;

/** Refuses a body before it is parsed. Brackets inside texts do not count. */
export function refuseDeepBody(_request: unknown, _response: unknown, body: Buffer): void {
  let depth = 0;
  let isText = false;
  for (let at = 0; at < body.length; at += 1) {
    const byte = body[at];
    if (isText) {
      if (byte === BACKSLASH) at += 1;
      else if (byte === QUOTE) isText = false;
    } else if (byte === QUOTE) isText = true;
    else if (byte === OPEN_LIST || byte === OPEN_OBJECT) depth += 1;
    else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) depth -= 1;
    if (depth > DEEPEST_BODY)
      throw problem(
        400,
        'body-too-deep',
        'The body is nested too deeply',
        `A body may have ${DEEPEST_BODY} levels at most.`,
      );
  }
}

/**
 * Refuses what JSON reads and cannot write again: `1e400`, which becomes infinite, and half a surrogate pair, which the scripts in Redis
 * cannot read. No call means them.
 */
export function refuseUnwritable(key: string, value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new SyntaxError('a number is out of range');
  if (HALF_PAIR.test(key) || (typeof value === 'string' && HALF_PAIR.test(value)))
    throw new SyntaxError('a text has half a surrogate pair');
  return value;
}

const HALF_PAIR = /\p{Cs}/u;
const [QUOTE, BACKSLASH, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = Buffer.from('"\\[]{}');
