import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Fields } from '../../flow/0-primitives.js';

/** What the first entry of a chain links to. */
export const GENESIS = '0'.repeat(64);

/** One action that somebody did or tried. All fields are text, as in the stream. */
export interface AuditFacts {
  /** Token name; `""` when the caller is unknown. */
  readonly actor: string;
  /** `viewer`, `operator`, `admin`, or `""`. */
  readonly role: string;
  readonly address: string;
  /** Such as `kill_switch.engage`. */
  readonly action: string;
  /** The target: a symbol, a plan id, a path; `""` for the whole system. */
  readonly target: string;
  readonly reason: string;
  /** `ok`, or the failure. */
  readonly outcome: string;
}

/** An entry as it is stored: {@link AuditFacts} with its time and its place in the chain. */
export interface AuditEntry extends AuditFacts {
  /** Redis' clock, ISO 8601. */
  readonly at: string;
  readonly prev: string;
  readonly hash: string;
}

const FACTS = ['at', 'actor', 'role', 'address', 'action', 'target', 'reason', 'outcome', 'prev'] as const;
const MAX_TEXT = 512;

/** SHA-256 (hex) over the RFC 8785 canonical JSON of all fields but the hash itself. */
function hashOf(fields: Fields): string {
  const bound = Object.fromEntries(Object.entries(fields).filter(([name]) => name !== 'hash'));
  return createHash('sha256')
    .update(canonicalize(bound) ?? '')
    .digest('hex');
}

/** Links facts to the entry whose hash is `prev`. Long text is cut. */
export function linkAfter(prev: string, facts: AuditFacts, atMs: number): AuditEntry {
  // As Redis will return it: half a surrogate pair is not stored unchanged.
  const cut = (text: string): string =>
    Buffer.from(text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text).toString();
  const { actor, role, address, action, target, reason, outcome } = facts;
  const entry = {
    at: new Date(atMs).toISOString(),
    actor,
    role,
    address,
    action,
    target: cut(target),
    reason: cut(reason),
    outcome: cut(outcome),
    prev,
  };
  return { ...entry, hash: hashOf(entry) };
}

export interface StoredAuditEntry {
  readonly id: string;
  readonly fields: Fields;
}

/** The entries at which a chain is broken, newest first; `undefined` when it is intact. */
export interface ChainFault {
  readonly id: string;
  readonly detail: string;
}

/**
 * Checks entries that follow one another, newest first. `older` is the entry before the last of them: `undefined` when
 * the last is the first of all, which must link to {@link GENESIS}.
 */
export function findChainFault(
  entries: readonly StoredAuditEntry[],
  older: StoredAuditEntry | undefined,
): ChainFault | undefined {
  for (const [index, { id, fields }] of entries.entries()) {
    const missing = FACTS.find((name) => fields[name] === undefined);
    if (missing !== undefined) return { id, detail: `it has no ${missing}` };
    if (hashOf(fields) !== fields['hash']) return { id, detail: 'its content is not what was hashed' };
    const before = entries[index + 1] ?? older;
    const expected = before === undefined ? GENESIS : before.fields['hash'];
    if (fields['prev'] !== expected) {
      return { id, detail: before === undefined ? 'entries before it are gone' : `it does not follow ${before.id}` };
    }
  }
  return undefined;
}
