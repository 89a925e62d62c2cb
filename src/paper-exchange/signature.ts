import { createHmac, timingSafeEqual } from 'node:crypto';

/** The signature at the end of a query string or body: where it starts and what it is. */
const TRAILING_SIGNATURE = /(?:^|&)signature=([^&]*)$/;

/**
 * HMAC-SHA256 in hex, as Binance computes it: over the query string followed directly by the body, no `&` between.
 * @param payload query and body as sent, with their percent-encoding, without the signature
 */
export function signPayload(secret: string, payload: string): string {
  return createHmac('sha256', secret).update(payload, 'utf8').digest('hex');
}

/** What a request signed: the bytes under the signature, and the signature itself (`undefined` when there is none). */
export function splitSigned(query: string, body: string): { payload: string; signature: string | undefined } {
  const inBody = TRAILING_SIGNATURE.exec(body);
  if (inBody) return { payload: query + body.slice(0, inBody.index), signature: inBody[1] };
  const inQuery = TRAILING_SIGNATURE.exec(query);
  if (inQuery) return { payload: query.slice(0, inQuery.index) + body, signature: inQuery[1] };
  return { payload: query + body, signature: undefined };
}

/** Compares in constant time; a signature of another length or alphabet is simply wrong. */
export function signatureMatches(secret: string, payload: string, signature: string): boolean {
  const expected = Buffer.from(signPayload(secret, payload), 'utf8');
  const given = Buffer.from(signature.toLowerCase(), 'utf8');
  return expected.length === given.length && timingSafeEqual(expected, given);
}
