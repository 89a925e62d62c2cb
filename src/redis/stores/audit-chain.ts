import { createHash, createHmac } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Fields } from '../../flow/0-primitives.js';

/** What the first entry of a chain links to. */
export const GENESIS = '0'.repeat(64);

type Json = Readonly<Record<string, unknown>>;

/** One action that somebody did or tried. */
export interface AuditFacts {
  /** Token name, or the role that acted by itself; `""` when the caller is unknown. */
  readonly actor: string;
  /** Such as `kill_switch.engage`. */
  readonly action: string;
  /** A symbol, a plan id, a path; `""` for the whole system. */
  readonly target: string;
  /** `ok`, or the failure. */
  readonly outcome: string;
  readonly reason?: string;
  /** `viewer`, `operator`, `admin` of a token. */
  readonly role?: string;
  readonly address?: string;
  /** The id of the HTTP call. */
  readonly request?: string;
  /** The state that the action met, and the one that it left. */
  readonly before?: unknown;
  readonly after?: unknown;
  /** Amounts and what else the action was given. */
  readonly details?: Json;
}

export interface AuditEntry {
  readonly id: string;
  readonly fields: Fields;
}

/** Where a chain ends: its newest entry. */
export interface ChainEnd {
  /** Counts the entries of the chain from 1; 0 before the first. */
  readonly seq: number;
  readonly hash: string;
}

export const CHAIN_START: ChainEnd = { seq: 0, hash: GENESIS };

/** A secret that chains are keyed with, and the name by which entries refer to it. */
export interface AuditKey {
  readonly kid: string;
  readonly secret: string;
}

/** Without a key an entry is only hashed: that shows damage, not forgery. */
export const NO_KEY: AuditKey = { kid: '', secret: '' };

/** The keys of AUDIT_KEY: the first is used for new entries, the others only to verify old ones. */
export function auditKeysIn(text: string | undefined): readonly AuditKey[] {
  const secrets = text?.split(/\s+/).filter((secret) => secret !== '') ?? [];
  return secrets.map((secret) => ({ kid: sha256(`permit-gate audit key ${secret}`).slice(0, 16), secret }));
}

const MAX_TEXT = 512;
const MAX_JSON = 2_048;

export interface LinkPlace {
  readonly chain: string;
  readonly id: string;
  readonly after: ChainEnd;
  readonly atMs: number;
  /** Ends of other chains as {@link headOf} writes them, by chain. */
  readonly heads: Fields;
}

/** An entry with these facts after `place.after`. Long text is cut; what is empty is left out. */
export function linkEntry({ chain, id, after, atMs, heads }: LinkPlace, facts: AuditFacts, key: AuditKey): AuditEntry {
  const { actor, action, target, outcome, role = '', address = '', request = '', reason = '' } = facts;
  const optional = {
    role,
    address,
    request,
    reason: cut(reason),
    before: jsonOf(facts.before),
    after: jsonOf(facts.after),
    details: jsonOf(facts.details),
    heads: Object.keys(heads).length === 0 ? '' : (canonicalize(heads) ?? ''),
  };
  const fields = {
    seq: String(after.seq + 1),
    at: new Date(atMs).toISOString(),
    actor,
    action: cut(action),
    target: cut(target),
    outcome: cut(outcome),
    ...Object.fromEntries(Object.entries(optional).filter(([, text]) => text !== '')),
    kid: key.kid,
    prev: after.hash,
  };
  return { id, fields: { ...fields, hash: hashOf(chain, id, fields, key) } };
}

/** As Redis returns it: half a surrogate pair is not stored unchanged. */
function cut(text: string, most = MAX_TEXT): string {
  return Buffer.from(text.length > most ? `${text.slice(0, most)}…` : text).toString();
}

/** JSON of bounded size. Of a large object its plain members stay, each cut. */
function jsonOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  const text = Buffer.from(JSON.stringify(value)).toString();
  if (text.length <= MAX_JSON) return text;
  if (typeof value !== 'object' || Array.isArray(value)) return JSON.stringify(cut(text, MAX_JSON / 4));
  const short: Record<string, unknown> = {};
  let length = 0;
  for (const [name, member] of Object.entries(value)) {
    const shown = typeof member === 'string' ? cut(member, 128) : member;
    const size = JSON.stringify(shown)?.length ?? 0;
    if (size > MAX_JSON / 4 || length + size > MAX_JSON / 2) continue;
    length += size + name.length;
    short[name] = shown;
  }
  return JSON.stringify({ ...short, cut: `${text.length} characters` });
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

function digest(text: string, { kid, secret }: AuditKey): string {
  return kid === '' ? sha256(text) : createHmac('sha256', secret).update(text).digest('hex');
}

/** Over the RFC 8785 canonical JSON of chain, id and all fields but the hash itself. */
function hashOf(chain: string, id: string, fields: Fields, key: AuditKey): string {
  const { hash: _, ...bound } = fields;
  return digest(canonicalize({ ...bound, chain, id }) ?? '', key);
}

/**
 * `proven`: made with a key that is known here. `hashed`: whole, but not keyed. `no_key`: made with a key that is not known here.
 * `wrong`: content, place or key are not what was hashed.
 */
export type Proof = 'proven' | 'hashed' | 'no_key' | 'wrong';

export function proofOf(chain: string, { id, fields }: AuditEntry, keys: readonly AuditKey[]): Proof {
  const { kid = '', hash } = fields;
  const key = kid === '' ? NO_KEY : keys.find((each) => each.kid === kid);
  if (key === undefined) return 'no_key';
  if (hashOf(chain, id, fields, key) !== hash) return 'wrong';
  return kid === '' ? 'hashed' : 'proven';
}

/** The place of an entry in its chain; a text names the field that is missing or malformed. */
export function placeOf({ fields }: AuditEntry): (ChainEnd & { readonly prev: string }) | string {
  for (const name of ['at', 'actor', 'action', 'target', 'outcome', 'kid'])
    if (fields[name] === undefined) return `it has no ${name}`;
  const { seq = '', prev = '', hash = '' } = fields;
  if (!/^[1-9]\d{0,14}$/.test(seq)) return 'its seq is no number';
  if (!/^[0-9a-f]{64}$/.test(prev) || !/^[0-9a-f]{64}$/.test(hash)) return 'its prev or hash is no digest';
  return { seq: Number(seq), prev, hash };
}

const MAC_LENGTH = 32;
const HEAD = /^([1-9]\d{0,14}):([0-9a-f]{64}):([0-9a-f]{0,16}):([0-9a-f]{32})$/;

/** The end of a chain as it is recorded beside the chain and noted by other chains: `seq:hash:kid:mac`. */
export function headOf(chain: string, { seq, hash }: ChainEnd, key: AuditKey): string {
  return `${seq}:${hash}:${key.kid}:${macOf(chain, seq, hash, key)}`;
}

function macOf(chain: string, seq: number | string, hash: string, key: AuditKey): string {
  return digest(`head ${chain} ${seq} ${hash}`, key).slice(0, MAC_LENGTH);
}

export interface ReadHead extends ChainEnd {
  readonly proof: Proof;
}

/** `undefined`: the text is not the end of a chain. */
export function readHead(chain: string, text: string, keys: readonly AuditKey[]): ReadHead | undefined {
  const [, seq = '', hash = '', kid = '', mac] = HEAD.exec(text) ?? [];
  if (mac === undefined) return undefined;
  const end = { seq: Number(seq), hash };
  const key = kid === '' ? NO_KEY : keys.find((each) => each.kid === kid);
  if (key === undefined) return { ...end, proof: 'no_key' };
  if (macOf(chain, seq, hash, key) !== mac) return { ...end, proof: 'wrong' };
  return { ...end, proof: kid === '' ? 'hashed' : 'proven' };
}

/** In place of a chain's name: the entries of the earlier format. */
export const EARLIER = 'earlier';

/** An entry of the format before chains were kept per process: without `seq`, its hash neither keyed nor bound to a place. */
export function isEarlierFormat({ fields }: AuditEntry): boolean {
  return fields['seq'] === undefined && fields['kid'] === undefined && fields['hash'] !== undefined;
}

/** Whether an entry of the earlier format is whole, and follows the one before it. */
export function earlierFault({ fields }: AuditEntry, before: AuditEntry | undefined): string | undefined {
  const { hash, ...bound } = fields;
  if (sha256(canonicalize(bound) ?? '') !== hash) return 'its content is not what was hashed';
  if (before === undefined) return fields['prev'] === GENESIS ? undefined : 'entries before it are missing';
  return fields['prev'] === before.fields['hash'] ? undefined : `it does not follow ${before.id}`;
}
