import { Inject, Injectable } from '@nestjs/common';
import type { Keys } from '../../redis/keys/keys.js';
import { type KnownServer, ServerIdentity } from '../../redis/connection/server-identity.js';
import { RedisUnavailable } from '../../redis/connection/redis.errors.js';
import { KEYS, SETTLE_MS } from '../../redis/redis.tokens.js';
import { OwnRights } from '../../redis/scripts/acl/own-rights.js';
import { SharedKeyTypes } from '../../redis/stores/shared-key-types.js';
import { StreamCheck } from '../../redis/streams/stream-check.js';
import { ClockCheck } from './clock-check.js';
import { SnapshotCheck } from './snapshot-check.js';
import { AuditLog } from '../../redis/stores/audit-log.js';
import { RedisTime } from '../system/redis-time.js';

/** A result is reused for this long. */
const CACHE_MS = 1_000;
/** Clocks of one Redis differ from reading to reading by less. */
const TOLERANCE_MS = 1_000;

export interface CheckedPart {
  readonly part: string;
  readonly fault: string | undefined;
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * Proves that this process can do its work on Redis: scripts run, every stream takes entries, shared keys have their type, the
 * rights of the roles are there, the audit is stored, and settling has a reason. One check at a time.
 */
@Injectable()
export class SelfCheck {
  #latest: { readonly parts: Promise<readonly CheckedPart[]>; readonly untilMs: number } | undefined;

  constructor(
    private readonly streams: StreamCheck,
    private readonly types: SharedKeyTypes,
    private readonly rights: OwnRights,
    private readonly audit: AuditLog,
    private readonly server: ServerIdentity,
    private readonly time: RedisTime,
    private readonly snapshots: SnapshotCheck,
    private readonly clocks: ClockCheck,
    @Inject(KEYS) private readonly keys: Keys,
    @Inject(SETTLE_MS) private readonly settleMs: number,
  ) {}

  parts(): Promise<readonly CheckedPart[]> {
    const nowMs = performance.now();
    if (this.#latest === undefined || nowMs >= this.#latest.untilMs)
      this.#latest = { parts: this.#check(), untilMs: nowMs + CACHE_MS };
    return this.#latest.parts;
  }

  async #check(): Promise<readonly CheckedPart[]> {
    const [streams, types, rights, snapshots, clock, settling, audit] = await Promise.all([
      faultIn('redis_streams', () => this.streams.faults()),
      faultIn('redis_keys', () => this.types.faults()),
      faultIn('redis_rights', async () => [await this.rights.fault()]),
      faultIn('snapshots', async () => [await this.snapshots.fault()]),
      faultIn('redis_clock', async () => [await this.clocks.fault()]),
      this.#settling(),
      faultIn('audit', async () => [await this.audit.fault()]),
    ]);
    const { damage } = this.audit;
    return [
      streams,
      types,
      rights,
      snapshots,
      clock,
      settling,
      damage.length === 0 ? audit : { ...audit, details: { damage } },
    ];
  }

  /** Nothing is claimed for a while after Redis changed. A longer time was written by a hand. */
  async #settling(): Promise<CheckedPart> {
    const part = 'settling';
    let known: KnownServer;
    let nowMs: number;
    try {
      known = await this.server.confirm();
      nowMs = await this.time.nowMs();
    } catch (error) {
      if (error instanceof RedisUnavailable) return { part, fault: undefined };
      return { part, fault: textOf(error) };
    }
    const { changedMs, settleUntilMs } = known;
    // Written so that NaN counts as forged.
    if (settleUntilMs <= nowMs) return { part, fault: undefined };
    const until = Number.isFinite(settleUntilMs) ? new Date(Math.min(settleUntilMs, 8e15)).toISOString() : 'no time';
    const isExplained = settleUntilMs <= changedMs + this.settleMs + TOLERANCE_MS && changedMs <= nowMs + TOLERANCE_MS;
    const reason = known.stepMs === 0 ? 'Redis was restarted, failed over or emptied' : "Redis' clock was set";
    if (isExplained) return { part, fault: undefined, details: { until, reason } };
    return {
      part,
      fault: `nothing is claimed until ${until}, and no change of the Redis server explains that: settle_until_ms of ${this.keys.server()} was written by a hand, or Redis' clock was set back. Find out who wrote it, then run redis-cli HSET ${this.keys.server()} settle_until_ms 0`,
    };
  }
}

async function faultIn(part: string, check: () => Promise<readonly (string | undefined)[]>): Promise<CheckedPart> {
  try {
    const found = (await check()).filter((fault) => fault !== undefined);
    return { part, fault: found.length === 0 ? undefined : found.join('; ') };
  } catch (error) {
    // The part `redis` reports a server that does not answer.
    if (error instanceof RedisUnavailable) return { part, fault: undefined };
    return { part, fault: textOf(error) };
  }
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
