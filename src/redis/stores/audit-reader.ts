import { Inject, Injectable } from '@nestjs/common';
import type { RedisClient } from '../connection/redis-clients.js';
import { askRedis, unlessWrongType } from '../connection/redis.errors.js';
import { auditStream } from '../keys/audit-keys.js';
import type { Keys } from '../keys/keys.js';
import { COMMANDS, KEYS } from '../redis.tokens.js';
import { compareIds, fieldsOf, readEntries } from '../streams/stream-entry.js';
import { type AuditEntry, EARLIER, earlierFault, isEarlierFormat, proofOf } from './audit-chain.js';
import { AuditStore } from './audit-store.js';
import { type ChainReport, ChainVerifier, endsNoted, type KnownEnd } from './audit-verifier.js';

const PAGE = 500;
/** Entries that one call looks at, however few of them match. */
const MAX_SCANNED = 10_000;

export interface AuditQuery {
  readonly limit: number;
  /** Only entries with ids below it. */
  readonly cursor: string | undefined;
  readonly sinceMs: number | undefined;
  readonly untilMs: number | undefined;
  readonly matches: (entry: ListedEntry) => boolean;
}

export interface ListedEntry extends AuditEntry {
  readonly chain: string;
  readonly proof: ReturnType<typeof proofOf> | 'earlier format';
}

export interface AuditPage {
  /** Newest first. */
  readonly entries: readonly ListedEntry[];
  /** Cursor for older entries; `undefined` at the end. */
  readonly nextCursor: string | undefined;
}

export interface EarlierReport {
  readonly entries: number;
  readonly fault: string | undefined;
}

export interface AuditReport {
  readonly chains: readonly (ChainReport & { readonly head: string; readonly lastId: string })[];
  readonly earlier: EarlierReport;
}

/** Reads and verifies the audit chains of all processes. */
@Injectable()
export class AuditReader {
  constructor(
    @Inject(COMMANDS) private readonly client: RedisClient,
    @Inject(KEYS) private readonly keys: Keys,
    private readonly store: AuditStore,
  ) {}

  async page({ limit, cursor, sinceMs, untilMs, matches }: AuditQuery): Promise<AuditPage> {
    const heads = await this.store.heads();
    const chains = [...new Set([...heads.keys(), this.store.chain, EARLIER])].flatMap((chain) => {
      const stream = this.#streamOf(chain);
      return stream === undefined ? [] : [{ chain, stream }];
    });
    const newest = untilMs === undefined ? '+' : `${untilMs}`;
    const oldest = sinceMs === undefined ? '-' : `${sinceMs}`;
    let start = cursor === undefined ? newest : `(${cursor}`;
    if (cursor !== undefined && untilMs !== undefined && compareIds(cursor, `${untilMs}-0`) > 0) start = newest;
    const found: ListedEntry[] = [];
    for (let scanned = 0; scanned < MAX_SCANNED;) {
      const { entries, floor } = await this.#newest(chains, start, oldest);
      scanned += entries.length;
      for (const [at, entry] of entries.entries()) {
        if (matches(entry)) found.push(entry);
        // Entries of several chains may have one id, at which a page must not be cut.
        const isLast = found.length >= limit && entries[at + 1]?.id !== entry.id;
        if (isLast)
          return { entries: found, nextCursor: at + 1 < entries.length || floor !== undefined ? entry.id : undefined };
      }
      if (floor === undefined) return { entries: found, nextCursor: undefined };
      start = `(${floor}`;
    }
    return { entries: found, nextCursor: start.slice(1) };
  }

  /** The newest entries of all chains, down to an id at which all of them are read; `undefined`: to the end. */
  async #newest(
    chains: readonly { readonly chain: string; readonly stream: string }[],
    start: string,
    oldest: string,
  ): Promise<{ readonly entries: readonly ListedEntry[]; readonly floor: string | undefined }> {
    const pages = await Promise.all(
      chains.map(async ({ chain, stream }) => {
        const raw = await this.#asked(() => this.client.xrevrange(stream, start, oldest, 'COUNT', PAGE));
        return readEntries(raw ?? []).entries.map((entry) => ({ ...entry, chain, proof: this.#proof(chain, entry) }));
      }),
    );
    const floors = pages.filter((page) => page.length === PAGE).map((page) => page.at(-1)?.id ?? '');
    const floor = floors.toSorted(compareIds).at(-1);
    const entries = pages.flat().filter(({ id }) => floor === undefined || compareIds(id, floor) >= 0);
    return { entries: entries.toSorted((a, b) => compareIds(b.id, a.id)), floor };
  }

  #proof(chain: string, entry: AuditEntry): ListedEntry['proof'] {
    if (chain !== EARLIER) return proofOf(chain, entry, this.store.keyRing);
    return isEarlierFormat(entry) ? 'earlier format' : 'wrong';
  }

  /** Walks every chain from its oldest entry. */
  async verify(): Promise<AuditReport> {
    const { keyRing } = this.store;
    const headsBefore = await this.store.heads();
    const known = new Map<string, KnownEnd[]>();
    for (const { chain, ...end } of this.store.known()) known.set(chain, [...(known.get(chain) ?? []), end]);
    const verifiers = new Map<string, { readonly verifier: ChainVerifier; readonly lastId: string; read: string }>();
    const walk = async (chains: Iterable<string>): Promise<void> => {
      for (const chain of chains) {
        const stream = this.#streamOf(chain);
        if (chain === EARLIER || stream === undefined || verifiers.has(chain)) continue;
        const verifier = new ChainVerifier(chain, keyRing);
        const lastId = await this.#lastId(stream);
        const read = await this.#walk(stream, '-', (entry) => verifier.add(entry));
        verifiers.set(chain, { verifier, lastId, read });
      }
    };
    await walk([this.store.chain, ...headsBefore.keys(), ...known.keys()]);
    const all = (): ChainVerifier[] => [...verifiers.values()].map(({ verifier }) => verifier);
    // Chains of which only other chains know.
    await walk(endsNoted(all(), keyRing).keys());
    for (const [chain, ends] of endsNoted(all(), keyRing)) known.set(chain, [...(known.get(chain) ?? []), ...ends]);
    const retired = new Map(all().flatMap((verifier) => [...verifier.retired]));
    // Entries that were written while the chains were walked.
    for (const [chain, row] of verifiers)
      row.read = await this.#walk(
        this.#streamOf(chain) ?? '',
        `(${row.read}`,
        (entry) => row.verifier.add(entry),
        row.read,
      );
    const headsAfter = await this.store.heads();
    const chains = [...verifiers].flatMap(([chain, { verifier, lastId }]) => {
      const ends = (known.get(chain) ?? []).filter(({ seq }) => seq > (retired.get(chain) ?? 0));
      const headAfter = headsAfter.get(chain) ?? '';
      const isOver = retired.has(chain) && ends.length === 0 && headAfter === '' && verifier.end.seq === 0;
      if (isOver) return [];
      const traces = { lastId, headBefore: headsBefore.get(chain) ?? '', headAfter, known: ends };
      return { ...verifier.report(traces), head: headAfter, lastId };
    });
    return { chains: chains.toSorted((a, b) => (a.chain < b.chain ? -1 : 1)), earlier: await this.#earlier() };
  }

  async #earlier(): Promise<EarlierReport> {
    let before: AuditEntry | undefined;
    let [entries, fault] = [0, undefined as string | undefined];
    await this.#walk(this.keys.earlierAudit(), '-', (entry) => {
      entries += 1;
      const found = isEarlierFormat(entry) ? earlierFault(entry, before) : 'it is no entry of an audit';
      if (found !== undefined) fault ??= `${entry.id}: ${found}`;
      before = entry;
    });
    return { entries, fault };
  }

  /** Answers with the id of the last entry. */
  async #walk(stream: string, from: string, add: (entry: AuditEntry) => void, read = '0-0'): Promise<string> {
    let last = read;
    for (let start = from; ; start = `(${last}`) {
      const raw = await this.#asked(() => this.client.xrange(stream, start, '+', 'COUNT', PAGE));
      const { entries } = readEntries(raw ?? []);
      for (const entry of entries) add(entry);
      last = entries.at(-1)?.id ?? last;
      if (entries.length < PAGE) return last;
    }
  }

  /** `""` without a stream. */
  async #lastId(stream: string): Promise<string> {
    try {
      const info = await this.#asked(() => this.client.xinfo('STREAM', stream));
      return fieldsOf(((info ?? []) as unknown[]).map(String))['last-generated-id'] ?? '';
    } catch (error) {
      if (error instanceof Error && /no such key/i.test(error.message)) return '';
      throw error;
    }
  }

  #streamOf(chain: string): string | undefined {
    return chain === EARLIER ? this.keys.earlierAudit() : auditStream(this.keys, chain);
  }

  /** `undefined` for a key of another type: nothing of the chain is left. */
  #asked<T>(ask: () => Promise<T>): Promise<T | undefined> {
    return unlessWrongType(() => askRedis('reading the audit', ask));
  }
}
