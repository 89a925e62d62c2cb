import { decodeJson, isJsonObject } from '../../flow/0-json.js';
import { compareIds } from '../streams/stream-entry.js';
import {
  type AuditEntry,
  type AuditKey,
  CHAIN_START,
  type ChainEnd,
  GENESIS,
  placeOf,
  type Proof,
  proofOf,
  readHead,
} from './audit-chain.js';
import type { CopiedEntry } from './audit-lines.js';

/** Actions that the chains themselves write. */
export const CHECKPOINT = 'audit.checkpoint';
export const RETIRED = 'audit.retire';

export const FAULT_KINDS = {
  missing: 'entries that the chain had are gone',
  changed: 'an entry is not the one that was written',
  foreign: 'an entry was not written by the process of this chain',
  last_id: 'the last id of the stream is not that of its newest entry',
  head: 'the recorded end of the chain is missing, forged or older than the chain',
} as const;
export type FaultKind = keyof typeof FAULT_KINDS;

export interface ChainFault {
  readonly kind: FaultKind;
  /** Of the entry; `""` where there is none. */
  readonly id: string;
  readonly detail: string;
}

/** The end of a chain as somebody else knew it. */
export interface KnownEnd extends ChainEnd {
  /** Who knew it. */
  readonly by: string;
  readonly proof: Proof;
}

/** Where a chain was seen beside its own entries. */
export interface ChainTraces {
  /** The newest id that the stream has given out; `""`: there is no stream. Read before the entries. */
  readonly lastId: string;
  /** The recorded end, read before and after the entries; `""`: none; `undefined`: not known, as for a copy. */
  readonly headBefore: string | undefined;
  readonly headAfter: string | undefined;
  /** By the other chains, by the memory of a process, by a copy. */
  readonly known: readonly KnownEnd[];
}

export interface ChainReport {
  readonly chain: string;
  readonly entries: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** Whether the entries were proven with a key: `not here` names keys that are not known here. */
  readonly key: 'proven' | 'not here' | 'none';
  /** The names of all keys in the chain, in the order of their first entry. */
  readonly kids: readonly string[];
  readonly faults: readonly ChainFault[];
  /** Faults beyond those listed. */
  readonly more: number;
}

/** As it is shown to others. */
export const chainJson = ({ firstSeq, lastSeq, more, ...report }: ChainReport) => ({
  ...report,
  first: firstSeq,
  last: lastSeq,
  more_faults: more,
});

/** Where its chain was when an entry was copied; `undefined` for one that is not genuine. */
export function endInCopy(entry: CopiedEntry, keys: readonly AuditKey[]): KnownEnd | undefined {
  const place = placeOf(entry);
  const proof = proofOf(entry.chain, entry, keys);
  if (typeof place === 'string' || proof === 'wrong') return undefined;
  return { seq: place.seq, hash: place.hash, proof, by: 'the copy' };
}

interface Cut extends ChainEnd {
  readonly at: string;
}

const MAX_FAULTS = 50;
const ENOUGH_OF_A_HASH = 16;

/** Verifies one chain, entry by entry from the oldest, in bounded memory per entry. Pure. */
export class ChainVerifier {
  /** What this chain noted of the others, by chain. */
  readonly noted: { readonly chain: string; readonly text: string }[] = [];
  /** Chains that a process of this role ended because all of their entries were too old. */
  readonly retired = new Map<string, number>();
  readonly #hashes = new Map<number, string>();
  readonly #cuts: Cut[] = [];
  readonly #faults: ChainFault[] = [];
  #more = 0;
  #count = 0;
  #first: (ChainEnd & { readonly prev: string; readonly id: string }) | undefined;
  #last: ChainEnd = CHAIN_START;
  #newestId = '';
  readonly #kids = new Set<string>();
  #isKeyed = false;
  #isUnproven = false;

  constructor(
    readonly chain: string,
    private readonly keys: readonly AuditKey[],
  ) {}

  get end(): ChainEnd {
    return this.#last;
  }

  add(entry: AuditEntry): void {
    this.#count += 1;
    const { id, fields } = entry;
    this.#newestId = id;
    const place = placeOf(entry);
    if (typeof place === 'string') return this.#fault('foreign', id, `${place}: no process of this chain wrote it`);
    const { seq, prev, hash } = place;
    const last = this.#last;
    const proof = proofOf(this.chain, entry, this.keys);
    const follows = this.#first === undefined || (seq === last.seq + 1 && prev === last.hash);
    if (proof === 'wrong' && !follows)
      return this.#fault('foreign', id, 'its hash is wrong and it follows no entry: no process of this chain wrote it');
    if (proof === 'hashed' && this.#isKeyed)
      return this.#fault('foreign', id, 'it is not keyed, and earlier entries of the chain are');
    if (proof === 'no_key' && seq <= last.seq)
      return this.#fault(
        'foreign',
        id,
        `entry ${seq} is there already, and the key ${fields['kid']} is not known here`,
      );
    if (seq <= last.seq) return this.#fault('changed', id, `entry ${seq} is there already`);
    if (proof === 'wrong') this.#fault('changed', id, `entry ${seq}: its content, id or key is not what was hashed`);
    if (this.#first === undefined) this.#first = { ...place, id };
    else if (seq > last.seq + 1) this.#missing(last.seq + 1, seq - 1, `before ${id}`, id);
    else if (prev !== last.hash) this.#fault('changed', id, `entry ${seq} does not follow the entry before it`);
    this.#last = { seq, hash };
    this.#hashes.set(seq, hash.slice(0, ENOUGH_OF_A_HASH));
    if (fields['kid'] !== '' && proof !== 'wrong') this.#kids.add(fields['kid'] ?? '');
    if (proof === 'proven') this.#isKeyed = true;
    if (proof === 'no_key') this.#isUnproven = true;
    if (proof !== 'wrong') this.#note(entry);
  }

  #note({ fields }: AuditEntry): void {
    for (const [chain, text] of Object.entries(objectIn(fields['heads'])))
      if (typeof text === 'string') this.noted.push({ chain, text });
    const { action = '', target = '', at = '' } = fields;
    if (action !== CHECKPOINT && action !== RETIRED) return;
    const { seq, hash } = objectIn(fields['details']);
    if (typeof seq !== 'number' || typeof hash !== 'string') return;
    if (action === CHECKPOINT) this.#cuts.push({ seq, hash, at });
    else this.retired.set(target, seq);
  }

  /** Call once, after the newest entry. Where keys are known, a chain without any is one that anybody with a Redis password can write. */
  report({ lastId, headBefore, headAfter, known }: ChainTraces): ChainReport {
    this.#checkBeginning();
    if (headBefore !== undefined && headAfter !== undefined) this.#checkHead(headBefore, headAfter);
    const before = readHead(this.chain, headBefore ?? '', this.keys);
    const ends: KnownEnd[] = [...known];
    if (before !== undefined) ends.push({ ...before, by: 'its recorded end' });
    this.#checkEnds(ends.filter(({ proof }) => this.#isGenuine(proof)));
    if (lastId !== '' && this.#newestId !== lastId && compareIds(this.#newestId || '0-0', lastId) < 0)
      this.#fault(
        'last_id',
        this.#newestId,
        `the stream has given out ${lastId}: entries after the newest one were deleted, or the id was set by a hand`,
      );
    if (this.#first !== undefined && !this.#isKeyed && !this.#isUnproven && this.keys.length > 0)
      this.#fault(
        'foreign',
        this.#first.id,
        'no entry of the chain is keyed: anybody with a Redis password can write it',
      );
    const key = this.#isUnproven ? 'not here' : this.#isKeyed ? 'proven' : 'none';
    const { seq: lastSeq } = this.#last;
    const found = { chain: this.chain, entries: this.#count, firstSeq: this.#first?.seq ?? 0, lastSeq, key } as const;
    const kids = [...this.#kids];
    return { ...found, kids, faults: this.#faults, more: this.#more };
  }

  /** The first entry must be the first of all, or the first after a checkpoint's cut. */
  #checkBeginning(): void {
    const first = this.#first;
    if (first === undefined || (first.seq === 1 && first.prev === GENESIS)) return;
    if (first.seq === 1) return this.#fault('changed', first.id, 'entry 1 follows another one');
    if (this.#cuts.some(({ seq, hash }) => seq === first.seq - 1 && hash === first.prev)) return;
    const cut = this.#cuts.filter(({ seq }) => seq < first.seq).at(-1);
    const why =
      cut === undefined ? 'cut off, and no checkpoint names the cut' : `the checkpoint of ${cut.at} cut before`;
    this.#missing((cut?.seq ?? 0) + 1, first.seq - 1, why, first.id);
  }

  /** What was written without the key of a keyed chain proves nothing about its end. */
  #isGenuine(proof: Proof): boolean {
    return proof === 'proven' || proof === 'no_key' || (proof === 'hashed' && !this.#isKeyed);
  }

  #checkHead(before: string, after: string): void {
    const head = readHead(this.chain, after, this.keys);
    if (head === undefined) {
      const what =
        after === '' && before === '' ? 'the end of the chain is not recorded' : 'the recorded end is garbage';
      if (this.#count > 0 || after !== '') this.#fault('head', '', what);
    } else if (!this.#isGenuine(head.proof)) this.#fault('head', '', 'the recorded end was not written with its key');
    else if (head.seq < this.#last.seq && this.#first !== undefined)
      this.#fault('head', '', `the recorded end is entry ${head.seq}, the newest entry is ${this.#last.seq}`);
  }

  #checkEnds(ends: readonly KnownEnd[]): void {
    const { seq: lastSeq } = this.#last;
    const furthest = Math.max(lastSeq, ...ends.map(({ seq }) => seq));
    if (furthest > lastSeq) {
      const by = [...new Set(ends.filter(({ seq }) => seq > lastSeq).map((each) => each.by))];
      this.#missing(lastSeq + 1, furthest, `at the end, known by ${by.join(', ')}`, this.#newestId);
    }
    const seen = new Set<number>();
    for (const { seq, hash, by } of ends) {
      const own = this.#hashes.get(seq);
      if (own === undefined || own === hash.slice(0, ENOUGH_OF_A_HASH) || seen.has(seq)) continue;
      seen.add(seq);
      this.#fault('changed', '', `entry ${seq} was another one when ${by} noted it`);
    }
  }

  #missing(from: number, to: number, why: string, id: string): void {
    this.#fault(
      'missing',
      id,
      from === to ? `entry ${from} is missing: ${why}` : `entries ${from} to ${to} are missing: ${why}`,
    );
  }

  #fault(kind: FaultKind, id: string, detail: string): void {
    if (this.#faults.length < MAX_FAULTS) this.#faults.push({ kind, id, detail });
    else this.#more += 1;
  }
}

/** What the chains noted of each other, by the chain that was noted. */
export function endsNoted(verifiers: Iterable<ChainVerifier>, keys: readonly AuditKey[]): Map<string, KnownEnd[]> {
  const ends = new Map<string, KnownEnd[]>();
  for (const { chain: by, noted } of verifiers)
    for (const { chain, text } of noted) {
      const head = readHead(chain, text, keys);
      if (head === undefined) continue;
      const known = ends.get(chain) ?? [];
      ends.set(chain, known);
      known.push({ ...head, by: `the chain ${by}` });
    }
  return ends;
}

function objectIn(text: string | undefined): Readonly<Record<string, unknown>> {
  const value = decodeJson(text ?? '');
  return isJsonObject(value) ? value : {};
}
