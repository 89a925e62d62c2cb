import { createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { type Issuer, ISSUERS } from '../flow/3-permit.js';
import { kidOf } from '../flow/3-permit-signature.js';
import type { KeyFileFault } from './key-file-fault.js';
import { codeOf } from './signing-key-file.js';

/** One public key in the trusted keys file. */
export interface TrustedKeyEntry {
  readonly kid: string;
  /** The key's DER (SPKI) in base64: the line between the armour lines of its PEM. */
  readonly public_key: string;
  /** ISO 8601; for people only. */
  readonly created_at?: string;
}

/** Per issuer, by kid. Several keys of one issuer are trusted side by side, so that a rotation can overlap. */
export type TrustedKeys = ReadonlyMap<Issuer, ReadonlyMap<string, KeyObject>>;

const ENTRY_MEMBERS = ['kid', 'public_key', 'created_at'];
/** Whoever writes the file decides whose permits count. */
const FORBIDDEN_MODE = 0o022;
const ALLOWED =
  'a JSON file {"governor":[{"kid","public_key","created_at"}],"p33":[…]} with at least one Ed25519 public key for each issuer, writable by its owner alone';

/** Reads the text of a trusted keys file; on a fault returns a sentence that describes it. */
export function parseTrustedKeys(text: string): TrustedKeys | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return 'it does not hold valid JSON';
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return 'it does not hold a JSON object';
  const stranger = Object.keys(value).find((name) => !ISSUERS.some((issuer) => issuer === name));
  if (stranger !== undefined)
    return `${JSON.stringify(stranger.slice(0, 40))} is not an issuer; issuers are ${ISSUERS.join(', ')}`;
  const keys = new Map<Issuer, Map<string, KeyObject>>();
  const seen = new Set<string>();
  for (const issuer of ISSUERS) {
    const entries: unknown = (value as Partial<Record<Issuer, unknown>>)[issuer] ?? [];
    if (!Array.isArray(entries)) return `${issuer} is not a list`;
    const own = new Map<string, KeyObject>();
    for (const [index, entry] of entries.entries()) {
      const key = publicKeyOf(entry);
      if (typeof key === 'string') return `${issuer}[${index}] ${key}`;
      const kid = kidOf(key);
      // A key that two issuers share would let each issue permits in the other's name.
      if (seen.has(kid)) return `${issuer}[${index}] appears twice: each key belongs to one issuer`;
      seen.add(kid);
      own.set(kid, key);
    }
    keys.set(issuer, own);
  }
  return keys;
}

function publicKeyOf(entry: unknown): KeyObject | string {
  if (entry === null || typeof entry !== 'object') return 'is not an object';
  const stranger = Object.keys(entry).find((name) => !ENTRY_MEMBERS.includes(name));
  if (stranger !== undefined)
    return `has a member ${JSON.stringify(stranger.slice(0, 40))}; ${ENTRY_MEMBERS.join(', ')} are known`;
  const { kid, public_key: text } = entry as Partial<Record<string, unknown>>;
  if (typeof text !== 'string') return 'has no public_key';
  let key: KeyObject;
  try {
    key = createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' });
  } catch {
    return 'has a public_key that is not a public key in base64 (DER, SPKI)';
  }
  if (key.asymmetricKeyType !== 'ed25519')
    return `has a key of type ${key.asymmetricKeyType ?? 'unknown'}; ed25519 is needed`;
  return kidOf(key) === kid ? key : `has a kid that is not that of its key, ${kidOf(key)}`;
}

/** Reads a trusted keys file when Apply starts: each issuer must have a key, and only the owner may change the file. */
export function readTrustedKeys(path: string): TrustedKeys | KeyFileFault {
  const fault = (problem: string, remedy: string): KeyFileFault => ({ problem, allowed: ALLOWED, remedy });
  const make = 'Make keys with `permit-gate keys generate`, which writes this file.';
  let keys: TrustedKeys | string;
  try {
    const mode = statSync(path).mode & 0o777;
    if ((mode & FORBIDDEN_MODE) !== 0) {
      return fault(
        `its mode is 0${mode.toString(8)}: others may write it`,
        `chmod 644 ${path}, and check with permit-gate keys list that its keys are yours.`,
      );
    }
    keys = parseTrustedKeys(readFileSync(path, 'utf8'));
  } catch (error) {
    return fault(codeOf(error), make);
  }
  if (typeof keys === 'string') return fault(keys, make);
  const without = ISSUERS.filter((issuer) => keys.get(issuer)?.size === 0);
  if (without.length > 0) return fault(`it has no key of ${without.join(' and ')}`, make);
  return keys;
}
