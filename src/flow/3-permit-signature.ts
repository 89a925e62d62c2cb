import { createHash, type KeyObject, sign, verify } from 'node:crypto';
import canonicalize from 'canonicalize';
import { encodeJson, type JsonObject } from './0-json.js';
import type { Issuer } from './3-permit.js';

/** An issuer's private Ed25519 key, and the name by which its public half is trusted. */
export interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
}

/** The public keys that are trusted now, per issuer: a key of one issuer does not count for the other. */
export interface KeyRing {
  keyOf(issuer: Issuer, kid: string): KeyObject | undefined;
  /** Whether this process has signed exactly these bytes as this issuer: their signature is valid. */
  isSealedHere?(issuer: Issuer, bytes: string): boolean;
}

/** Whether a permit needs a signature of its issuer's key; while signing is off it does not. */
export type PermitTrust = 'unsigned' | KeyRing;

const SIGNATURE_BYTES = 64;
const KID_DIGITS = 16;
const NONCE = /^[\x21-\x7e]{16,128}$/;
const LONE_SURROGATE = /\p{Surrogate}/u;
/** Deeper than any permit: canonicalisation recurses, and its input may come from anybody. */
const MAX_DEPTH = 16;

/** First 16 hex digits of SHA-256 over the public key's DER: `openssl pkey -pubout -outform DER | sha256sum`. */
export function kidOf(publicKey: KeyObject): string {
  const der = publicKey.export({ format: 'der', type: 'spki' });
  return createHash('sha256').update(der).digest('hex').slice(0, KID_DIGITS);
}

/**
 * The text of a signed permit, denial or block: its members, `kid`, `nonce`, and `sig`, the base64url Ed25519 signature
 * over the RFC 8785 canonical JSON of all others. Numbers are those a reader of the JSON gets (IEEE doubles), so that both
 * sides sign and verify the same.
 */
export function sealPermit(permit: JsonObject, key: SigningKey, nonce: string): string {
  const signed = JSON.parse(encodeJson({ ...permit, kid: key.kid, nonce })) as JsonObject;
  const sig = sign(null, signingInput(signed), key.privateKey).toString('base64url');
  return encodeJson({ ...signed, sig });
}

/** Why a permit is not provably from this issuer; `undefined` when it is. Never throws. */
export function signatureFault(
  permit: Readonly<Record<string, unknown>>,
  issuer: Issuer,
  ring: KeyRing,
): string | undefined {
  const { sig, ...signed } = permit;
  const { kid, nonce } = signed;
  if (sig === undefined) return 'it is not signed';
  if (typeof kid !== 'string') return 'kid is missing or not text';
  if (typeof nonce !== 'string' || !NONCE.test(nonce)) return 'nonce is not 16 to 128 printable characters';
  const signature = typeof sig === 'string' ? Buffer.from(sig, 'base64url') : undefined;
  // One signature has one text: the last character of base64url has bits that decoding ignores.
  if (signature?.length !== SIGNATURE_BYTES || signature.toString('base64url') !== sig)
    return `sig is not ${SIGNATURE_BYTES} bytes in base64url`;
  const publicKey = ring.keyOf(issuer, kid);
  if (publicKey === undefined) return `kid ${JSON.stringify(kid.slice(0, 40))} is not a trusted key of ${issuer}`;
  if (!hasCanonicalForm(signed, MAX_DEPTH)) return 'it has no canonical form';
  return verify(null, signingInput(signed), publicKey, signature) ? undefined : 'the signature is not valid';
}

/** RFC 8785 canonical JSON in UTF-8. */
function signingInput(signed: object): Buffer {
  return Buffer.from(canonicalize(signed) ?? '', 'utf8');
}

/** Whether RFC 8785 has a form for a parsed JSON value: finite numbers, no lone surrogates; and it is not too deep. */
function hasCanonicalForm(value: unknown, depth: number): boolean {
  if (typeof value === 'string') return !LONE_SURROGATE.test(value);
  if (typeof value === 'number') return Number.isFinite(value);
  if (value === null || typeof value !== 'object') return true;
  return (
    depth > 0 &&
    Object.entries(value).every(([name, member]) => !LONE_SURROGATE.test(name) && hasCanonicalForm(member, depth - 1))
  );
}
