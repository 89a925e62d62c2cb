import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Keys } from '../../redis/keys/keys.js';
import { asRedisError, RedisUnavailable } from '../../redis/connection/redis.errors.js';
import type { RedisClient } from '../../redis/connection/redis-clients.js';
import { COMMANDS, KEYS } from '../../redis/redis.tokens.js';
import { ScriptRunner } from '../../redis/scripts/script-runner.js';
import { flatOf, readEntries } from '../../redis/streams/stream-entry.js';
import { LOGGER, type Logger } from '../../telemetry/logger.js';
import { RedisTime } from '../system/redis-time.js';
import {
  type AuditFacts,
  type ChainFault,
  findChainFault,
  GENESIS,
  linkAfter,
  type StoredAuditEntry,
} from './audit-entry.js';

/** When another process appended first, the link is computed again; one process wins each round. */
const MAX_ROUNDS = 200;
/** How long a page waits for the entries of this process that are not stored yet. */
const OWN_ENTRIES_WAIT_MS = 1_000;
/** Entries that wait in the queue of this process. */
const MAX_WAITING = 1_000;
const TRY_AGAIN_MS = 2_000;

export interface AuditPage {
  /** Newest first. */
  readonly entries: readonly StoredAuditEntry[];
  readonly fault: ChainFault | undefined;
  /** Cursor for older entries; `undefined` at the end. */
  readonly nextCursor: string | undefined;
}

/** The append-only, hash-chained record of who did what. */
@Injectable()
export class AuditLog implements OnApplicationShutdown {
  #last = '';
  #queue: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  /** Entries that could not be stored, oldest first. */
  readonly #late: AuditFacts[] = [];
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(
    private readonly runner: ScriptRunner,
    @Inject(COMMANDS) private readonly client: RedisClient,
    @Inject(KEYS) private readonly keys: Keys,
    private readonly time: RedisTime,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * Appends one entry. An entry that cannot be written is logged in full, kept, and appended later; this answers `false`: the
   * action itself was carried out.
   */
  async record(facts: AuditFacts): Promise<boolean> {
    if (this.#waiting >= MAX_WAITING) {
      this.logger.error({ audit: facts }, 'an audit entry could not be stored: too many are waiting');
      return false;
    }
    this.#waiting += 1;
    const mine = this.#queue.then(() => this.#append(facts));
    this.#queue = mine.catch(() => undefined);
    try {
      await mine;
      return true;
    } catch (error) {
      this.logger.error(
        { err: error, audit: facts },
        'an audit entry could not be stored; it is kept and stored later',
      );
      this.#keep({ ...facts, outcome: `${facts.outcome}; made at ${new Date().toISOString()}, stored late` });
      return false;
    } finally {
      this.#waiting -= 1;
    }
  }

  onApplicationShutdown(): void {
    clearTimeout(this.#timer);
    this.#isClosed = true;
  }

  #keep(facts: AuditFacts): void {
    if (this.#late.length >= MAX_WAITING) return;
    this.#late.push(facts);
    this.#timer ??= this.#later();
  }

  #later(): NodeJS.Timeout {
    return setTimeout(() => void this.#appendLate(), TRY_AGAIN_MS).unref();
  }

  async #appendLate(): Promise<void> {
    try {
      for (let next = this.#late[0]; next !== undefined; next = this.#late[0]) {
        const facts = next;
        const appended = this.#queue.then(() => this.#append(facts));
        this.#queue = appended.catch(() => undefined);
        await appended;
        this.#late.shift();
      }
      this.#timer = undefined;
    } catch (error) {
      this.logger.debug({ err: error, waiting: this.#late.length }, 'audit entries cannot be stored yet');
      this.#timer = this.#isClosed ? undefined : this.#later();
    }
  }

  /** Waits for the entries that are not stored yet. */
  async settled(): Promise<void> {
    await this.#queue;
  }

  /** A page contains the entries that this process made before the request, if they can be stored in time. */
  async page(cursor: string | undefined, limit: number): Promise<AuditPage> {
    await Promise.race([this.settled(), sleep(OWN_ENTRIES_WAIT_MS, undefined, { ref: false })]);
    const start = cursor === undefined ? '+' : `(${cursor}`;
    try {
      const raw = await this.client.xrevrange(this.keys.audit(), start, '-', 'COUNT', limit + 1);
      const { entries: read } = readEntries(raw);
      const entries = read.slice(0, limit);
      const older = read[limit];
      return {
        entries,
        fault: findChainFault(entries, older),
        nextCursor: older === undefined ? undefined : entries.at(-1)?.id,
      };
    } catch (error) {
      throw asRedisError(error, 'reading the audit');
    }
  }

  async #append(facts: AuditFacts): Promise<void> {
    let nowMs = await this.time.nowMs();
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const entry = linkAfter(this.#last === '' ? GENESIS : this.#last, facts, nowMs);
      const { word, values } = await this.runner.settle(
        performance.now() + 1_000,
        'append_audit',
        { audit: this.keys.audit() },
        { prev: entry.prev, hash: entry.hash, genesis: GENESIS },
        flatOf({ ...entry }),
      );
      switch (word) {
        case 'appended':
          this.#last = entry.hash;
          return;
        case 'moved':
          this.#last = String(values[0]);
          nowMs = Number(values[1]);
          continue;
      }
      word satisfies never;
    }
    throw new RedisUnavailable(`the audit chain moved ${MAX_ROUNDS} times while one entry was to be added`);
  }
}
