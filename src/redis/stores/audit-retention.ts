import { Inject, Injectable } from '@nestjs/common';
import { Environment } from '../../config/environment.js';
import type { RedisClient } from '../connection/redis-clients.js';
import { askRedis } from '../connection/redis.errors.js';
import { auditStream } from '../keys/audit-keys.js';
import type { Keys } from '../keys/keys.js';
import { COMMANDS, KEYS } from '../redis.tokens.js';
import { ScriptRunner } from '../scripts/script-runner.js';
import { entryTimeMs, readEntries } from '../streams/stream-entry.js';
import { type AuditEntry, placeOf, proofOf, readHead } from './audit-chain.js';
import { AuditStore } from './audit-store.js';
import { CHECKPOINT, RETIRED } from './audit-verifier.js';

const DAY_MS = 86_400_000;
/** A chain keeps no more entries than this, however young they are. */
const MAX_ENTRIES = 200_000;
const MOST_AT_ONCE = 5_000;
const ITSELF = { actor: 'permit-gate', outcome: 'ok' } as const;

/** Keeps the audit bounded: removes what is too old, and says so in the chain. */
@Injectable()
export class AuditRetention {
  readonly #retentionMs: number;

  constructor(
    private readonly store: AuditStore,
    private readonly runner: ScriptRunner,
    @Inject(COMMANDS) private readonly client: RedisClient,
    @Inject(KEYS) private readonly keys: Keys,
    { auditRetentionDays }: Environment,
  ) {
    this.#retentionMs = auditRetentionDays * DAY_MS;
  }

  /** Cuts the own chain and ends those of this role that have nothing young. Each live chain gets an entry at least once a day. */
  async keep(): Promise<void> {
    const { chain, stream } = this.store;
    const { nowMs, length, lastId, heads } = await this.store.read();
    if (!(entryTimeMs(lastId) > nowMs - Math.min(DAY_MS, this.#retentionMs / 4)))
      await this.store.append({ ...ITSELF, action: 'audit.alive', target: chain }, performance.now());
    const beforeMs = nowMs - this.#retentionMs;
    const tooMany = Math.min(length - MAX_ENTRIES, MOST_AT_ONCE);
    const cut = tooMany > 0 ? await this.#entryAt(stream, tooMany) : await this.#newestBefore(stream, `(${beforeMs}`);
    if (cut !== undefined) await this.#cut(cut);
    const [role] = chain.split(':');
    for (const [other, head] of heads)
      if (other !== chain && other.startsWith(`${role}:`)) await this.#retire(other, head, beforeMs);
  }

  /** The checkpoint names the newest entry that is cut, so that the first one left can be linked to it. */
  async #cut(entry: AuditEntry): Promise<void> {
    const { chain, keyRing } = this.store;
    const place = placeOf(entry);
    if (typeof place === 'string' || proofOf(chain, entry, keyRing) === 'wrong') return;
    const { seq, hash } = place;
    const [ms = '', n = ''] = entry.id.split('-');
    const facts = { ...ITSELF, action: CHECKPOINT, target: chain, details: { seq, hash, id: entry.id } };
    await this.store.append(facts, performance.now(), `${ms}-${BigInt(n) + 1n}`);
  }

  async #retire(chain: string, head: string, beforeMs: number): Promise<void> {
    const stream = auditStream(this.keys, chain);
    const end = readHead(chain, head, this.store.keyRing);
    if (stream === undefined || end === undefined) return;
    const newest = await this.#newestBefore(stream, '+');
    if (newest === undefined || entryTimeMs(newest.id) > beforeMs) return;
    const { seq, hash } = end;
    await this.store.append({ ...ITSELF, action: RETIRED, target: chain, details: { seq, hash } }, performance.now());
    await this.runner.run('retire_audit', { audit: stream, auditHeads: this.keys.auditHeads() }, { chain, head });
  }

  async #newestBefore(stream: string, end: string): Promise<AuditEntry | undefined> {
    const raw = await askRedis('reading the audit', () => this.client.xrevrange(stream, end, '-', 'COUNT', 1));
    return readEntries(raw).entries[0];
  }

  /** The entry with this number, counted from the oldest. */
  async #entryAt(stream: string, place: number): Promise<AuditEntry | undefined> {
    const raw = await askRedis('reading the audit', () => this.client.xrange(stream, '-', '+', 'COUNT', place));
    return readEntries(raw).entries.at(-1);
  }
}
