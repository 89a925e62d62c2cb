import { Inject, Injectable } from '@nestjs/common';
import { Environment } from '../../config/environment.js';
import { ROLES } from '../../config/roles.js';
import type { RedisClient } from '../connection/redis-clients.js';
import { RedisClock } from '../connection/redis-clock.js';
import { askRedis, RedisRefused, RedisUnavailable } from '../connection/redis.errors.js';
import { auditStream } from '../keys/audit-keys.js';
import type { Keys } from '../keys/keys.js';
import { COMMANDS, KEYS } from '../redis.tokens.js';
import { ScriptRunner } from '../scripts/script-runner.js';
import { compareIds, fieldsOf, flatOf, readEntries } from '../streams/stream-entry.js';
import { REACH_MS } from '../streams/stream-renewal.js';
import {
  type AuditEntry,
  type AuditFacts,
  type AuditKey,
  auditKeysIn,
  CHAIN_START,
  type ChainEnd,
  headOf,
  linkEntry,
  NO_KEY,
  placeOf,
  proofOf,
  type ReadHead,
  readHead,
} from './audit-chain.js';
import type { CopiedEntry } from './audit-lines.js';
import { CHECKPOINT, endInCopy, type KnownEnd } from './audit-verifier.js';
import { type Heads, OtherChains } from './other-chains.js';

/** When another process of the chain appended first, the link is computed again; one process wins each round. */
const MAX_ROUNDS = 200;
const SETTLE_MS = 1_000;

export interface AuditSeen {
  readonly nowMs: number;
  readonly lastId: string;
  readonly length: number;
  readonly heads: Heads;
}

/**
 * The audit chain of this process in Redis: appends to it, and notices when its stream, or the recorded end of any chain, is not as
 * this process knows it.
 */
@Injectable()
export class AuditStore {
  readonly chain: string;
  /** The first is this process' own. */
  readonly keyRing: readonly AuditKey[];
  readonly stream: string;
  #lastId: string | undefined;
  #end: ChainEnd | undefined;
  #length = 0;
  readonly #others: OtherChains;
  readonly #copied = new Map<string, KnownEnd>();
  #onDamage: (detail: string) => void = () => undefined;
  #onStored: (entry: AuditEntry) => void = () => undefined;

  constructor(
    private readonly runner: ScriptRunner,
    @Inject(COMMANDS) private readonly client: RedisClient,
    @Inject(KEYS) private readonly keys: Keys,
    private readonly clock: RedisClock,
    environment: Environment,
  ) {
    const role = ROLES.find((each) => environment.hasRole(each));
    this.chain = `${role}:${environment.instanceId}`;
    this.keyRing = auditKeysIn(environment.auditKey);
    this.#others = new OtherChains(this.chain, this.keyRing);
    const stream = auditStream(keys, this.chain);
    if (stream === undefined) throw new RangeError(`${this.chain} is no name of an audit chain`);
    this.stream = stream;
  }

  /** Called with a sentence for everything that is not as this process left it. */
  onDamage(listener: (detail: string) => void): void {
    this.#onDamage = listener;
  }

  /** Called with every entry that was stored. */
  onStored(listener: (entry: AuditEntry) => void): void {
    this.#onStored = listener;
  }

  /** Entries of a copy, oldest first: what this chain must have. Call before the first entry. */
  expect(copied: readonly CopiedEntry[]): void {
    for (const entry of copied) {
      const end = endInCopy(entry, this.keyRing);
      if (end !== undefined) this.#copied.set(entry.chain, end);
    }
  }

  /** The ends of all chains as this process knows them. */
  known(): readonly (KnownEnd & { readonly chain: string })[] {
    const known = [...this.#copied].map(([chain, end]) => ({ ...end, chain }));
    const by = `the memory of ${this.chain}`;
    known.push(...this.#others.known(by));
    if (this.#end !== undefined && this.#end.seq > 0)
      known.push({ ...this.#end, by, proof: this.#ownProof, chain: this.chain });
    return known;
  }

  /** Compares the stream and the recorded ends with what this process knows. Throws when Redis cannot be read. */
  async check(): Promise<void> {
    const seen = await this.read();
    if (this.#lastId === undefined || this.#lastId !== seen.lastId) {
      const newest = await this.#newest();
      this.#adopt(seen.lastId, newest, seen.heads);
    } else if (seen.length < this.#length)
      this.#onDamage(
        `entries of ${this.stream} were deleted or trimmed by somebody else (${this.#length - seen.length})`,
      );
    if (this.#lastId === seen.lastId) this.#length = seen.length;
    for (const detail of this.#others.compare(seen.heads, performance.now())) this.#onDamage(detail);
  }

  /** The recorded ends of all chains. */
  async heads(): Promise<Heads> {
    return (await this.read()).heads;
  }

  /**
   * Appends one entry. `sinceMs`: when it happened (`performance.now()`). `trimBefore` removes entries with ids below it in the same step.
   */
  async append(facts: AuditFacts, sinceMs: number, trimBefore = ''): Promise<void> {
    const { keys, chain } = this;
    const { nowMs: readMs, heads } = await this.read();
    let nowMs = readMs;
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      if (this.#lastId === undefined || this.#end === undefined) await this.check();
      const after = this.#end ?? CHAIN_START;
      const knownLastId = this.#lastId ?? '0-0';
      const id = idAfter(knownLastId, nowMs);
      const noted = this.#others.toNote(heads, facts.action === CHECKPOINT);
      const atMs = Math.floor(nowMs - Math.max(0, performance.now() - sinceMs));
      const entry = linkEntry({ chain, id, after, atMs, heads: noted }, facts, this.#key);
      const end = { seq: after.seq + 1, hash: entry.fields['hash'] ?? '' };
      const head = headOf(chain, end, this.#key);
      const { word, values } = await this.runner.settle(
        performance.now() + SETTLE_MS,
        'append_audit',
        { audit: this.stream, auditHeads: keys.auditHeads() },
        { chain, knownLastId, id, hash: end.hash, head, reachMs: REACH_MS, trimBefore },
        flatOf(entry.fields),
      );
      switch (word) {
        case 'appended':
          this.#lastId = id;
          this.#end = end;
          this.#length = trimBefore === '' ? this.#length + 1 : 0;
          this.#others.noteStored(noted);
          this.#onStored(entry);
          return;
        case 'moved':
          nowMs = Number(values[1]);
          this.#adopt(String(values[0]), readEntries(values[2] as RawEntries).entries, heads);
          continue;
        case 'ended':
          throw new RedisRefused(
            `${this.stream} was given the id ${String(values[0])}, which is beyond the reach of Redis' clock`,
          );
      }
      word satisfies never;
    }
    throw new RedisUnavailable(`the audit chain moved ${MAX_ROUNDS} times while one entry was to be added`);
  }

  /** Takes the stream as it is now. The chain goes on after the last entry that is known to be its own. */
  #adopt(lastId: string, newest: readonly AuditEntry[], heads: Heads): void {
    const { chain } = this;
    const recorded = readHead(chain, heads.get(chain) ?? '', this.keyRing);
    const own = newest.find((entry) => this.#isOwn(entry)) ?? this.#lastBeforeTheKey(newest[0], recorded);
    const found = own === undefined ? CHAIN_START : this.#endAt(own);
    const before = this.#end;
    const ends = [recorded, this.#copied.get(chain)].filter((end) => end?.proof === this.#ownProof);
    const known = before ?? ends.reduce((a, b) => (b !== undefined && b.seq > (a?.seq ?? 0) ? b : a), CHAIN_START);
    const knownSeq = known?.seq ?? 0;
    this.#end = known === undefined || found.seq >= known.seq ? found : { seq: known.seq, hash: known.hash };
    this.#lastId = lastId;
    this.#length = 0;
    const stream = this.stream;
    if (knownSeq > found.seq)
      this.#onDamage(
        `entries ${found.seq + 1} to ${knownSeq} are missing at the end of ${stream}, known by ${before === undefined ? 'the recorded end or the copy' : 'this process'}`,
      );
    const foreign = newest.findIndex((entry) => entry === own);
    if (newest.length > 0 && foreign !== 0)
      this.#onDamage(`the newest entry of ${stream}, ${newest[0]?.id}, was not written by a process of its chain`);
    else if (compareIds(lastId, newest[0]?.id ?? '0-0') > 0 && newest.length > 0)
      this.#onDamage(
        `the last id of ${stream} is ${lastId}, and its newest entry ${newest[0]?.id}: entries were deleted, or the id was set`,
      );
  }

  /** Keyed with a key of this process; one that is only hashed counts where the process has no key. */
  #isOwn(entry: AuditEntry): boolean {
    return typeof placeOf(entry) !== 'string' && proofOf(this.chain, entry, this.keyRing) === this.#ownProof;
  }

  /** A chain that had no key goes on with one, if its recorded end has none either. */
  #lastBeforeTheKey(newest: AuditEntry | undefined, recorded: ReadHead | undefined): AuditEntry | undefined {
    if (newest === undefined || recorded?.proof !== 'hashed' || this.#end !== undefined) return undefined;
    const isEnd = proofOf(this.chain, newest, this.keyRing) === 'hashed' && newest.fields['hash'] === recorded.hash;
    return isEnd ? newest : undefined;
  }

  #endAt(entry: AuditEntry): ChainEnd {
    const place = placeOf(entry);
    return typeof place === 'string' ? CHAIN_START : { seq: place.seq, hash: place.hash };
  }

  /** Where the stream begins and ends, and the recorded ends of all chains. */
  async read(): Promise<AuditSeen> {
    const { values } = await this.runner.run(
      'read_audit',
      { audit: this.stream, auditHeads: this.keys.auditHeads() },
      {},
    );
    const [nowMs, lastId, length] = values.map(String);
    this.clock.observe(Number(nowMs));
    const heads = new Map(Object.entries(fieldsOf(values[3] as string[])));
    return { nowMs: Number(nowMs), lastId: lastId ?? '', length: Number(length), heads };
  }

  async #newest(): Promise<readonly AuditEntry[]> {
    const raw = await askRedis('reading the audit', () => this.client.xrevrange(this.stream, '+', '-', 'COUNT', 20));
    return readEntries(raw).entries;
  }

  get #key(): AuditKey {
    return this.keyRing[0] ?? NO_KEY;
  }

  get #ownProof(): 'proven' | 'hashed' {
    return this.keyRing.length > 0 ? 'proven' : 'hashed';
  }
}

type RawEntries = Parameters<typeof readEntries>[0];

/** Rises with Redis' clock, and always above `last`. */
function idAfter(last: string, nowMs: number): string {
  if (compareIds(`${nowMs}-0`, last) > 0) return `${nowMs}-0`;
  const [ms = '0', n = '0'] = last.split('-');
  return BigInt(n) < 2n ** 63n ? `${ms}-${BigInt(n) + 1n}` : `${BigInt(ms) + 1n}-0`;
}
