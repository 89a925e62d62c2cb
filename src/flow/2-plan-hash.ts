import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { type Fields, MODES, type Mode } from './0-primitives.js';

/** The account, mode and attempt that a plan's hash covers. */
export interface AttemptIdentity {
  readonly attempt: number;
  readonly mode: Mode;
  readonly accountFingerprint: string;
}

/**
 * SHA-256 (hex) over the RFC 8785 canonical JSON of the plan's fields, account fingerprint, mode and attempt. `fields`
 * may be a whole stream entry: `plan_hash` is left out, attempt and mode are taken from `identity`.
 */
export function planHashOf(fields: Fields, identity: AttemptIdentity): string {
  const { plan_hash: _omitted, ...rest } = fields;
  const bound = {
    ...rest,
    attempt: String(identity.attempt),
    mode: identity.mode,
    account: identity.accountFingerprint,
  };
  return createHash('sha256')
    .update(canonicalize(bound) ?? '')
    .digest('hex');
}

/**
 * Why the hash of a plan entry is not the hash of its fields; `undefined` where it is, and for a plan without one (a foreign
 * Apply's). `account` is the reader's own; one that knows none takes that of the entry, and Apply compares it in the permit.
 */
export function planHashFault(fields: Fields, account = fields['account'] ?? ''): string | undefined {
  const { plan_hash: given, attempt, mode } = fields;
  if (given === undefined) return undefined;
  const known = MODES.find((each) => each === mode);
  const hash = known && planHashOf(fields, { attempt: Number(attempt), mode: known, accountFingerprint: account });
  if (given === hash) return undefined;
  return `plan_hash is ${shown(given)}, and the hash of the fields is ${shown(hash)}: the plan was changed after it was published, or is for another account`;
}

const shown = (text: string | undefined): string => JSON.stringify((text ?? '').slice(0, 60));
