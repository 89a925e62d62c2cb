import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Keys } from '../../redis/keys/keys.js';
import { asRedisError, RedisRefused, RedisUnavailable } from '../../redis/connection/redis.errors.js';
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
/** Entries that wait in this process until they can be stored. */
const MAX_WAITING = 1_000;
const STORE_AGAIN_MS = 1_000;
const LAST_TRY_MS = 2_000;

export interface AuditPage {
  /** Newest first. */
  readonly entries: readonly StoredAuditEntry[];
  readonly fault: ChainFault | undefined;
  /** Cursor for older entries; `undefined` at the end. */
  readonly nextCursor: string | undefined;
}

interface WaitingEntry {
  readonly facts: AuditFacts;
  /** By Redis' clock; `undefined` if it cannot be read now. */
  readonly atMs: Promise<number | undefined>;
  readonly tried: Resolvable;
}

/** The answer of {@link AuditLog.record}. */
interface Resolvable {
  readonly promise: Promise<boolean>;
  readonly isSettled: boolean;
  readonly resolve: (stored: boolean) => void;
}

/**
 * The append-only, hash-chained record of who did what. An entry that cannot be stored is kept in this process, logged in full, and
 * stored in its order as soon as that is possible.
 */
@Injectable()
export class AuditLog implements OnApplicationShutdown {
  /** Hash of the entry that the next one links to. */
  #last = GENESIS;
  readonly #waiting: WaitingEntry[] = [];
  #storing: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;
  #fault = '';
  #dropped = 0;

  constructor(
    private readonly runner: ScriptRunner,
    @Inject(COMMANDS) private readonly client: RedisClient,
    @Inject(KEYS) private readonly keys: Keys,
    private readonly time: RedisTime,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * Appends one entry. Answers `false` when it is not stored yet: the action itself was carried out. More entries than
   * {@link MAX_WAITING} are dropped and counted.
   */
  async record(facts: AuditFacts): Promise<boolean> {
    if (this.#waiting.length >= MAX_WAITING) {
      this.#dropped += 1;
      this.logger.error({ audit: facts }, 'an audit entry is dropped: too many wait to be stored');
      return false;
    }
    const entry = { facts, atMs: this.#nowMs(), tried: withResolvers() };
    this.#waiting.push(entry);
    if (this.#retry === undefined) this.#store();
    else this.#keep(entry);
    return entry.tried.promise;
  }

  /** Why entries wait to be stored, and how many; `undefined` when none do. */
  get fault(): string | undefined {
    if (this.#fault === '' && this.#dropped === 0) return undefined;
    const dropped = this.#dropped === 0 ? '' : `; ${this.#dropped} were dropped and are only in the log`;
    return `${this.#waiting.length} audit entries of this process wait to be stored (${this.#fault})${dropped}`;
  }

  /** Waits for the entries that can be stored now. */
  async settled(): Promise<void> {
    await this.#storing;
  }

  async onApplicationShutdown(): Promise<void> {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    if (this.#waiting.length > 0) this.#store();
    await Promise.race([this.#storing, sleep(LAST_TRY_MS, undefined, { ref: false })]);
    clearTimeout(this.#retry);
  }

  async #nowMs(): Promise<number | undefined> {
    try {
      return await this.time.nowMs();
    } catch (error) {
      if (error instanceof RedisUnavailable || error instanceof RedisRefused) return undefined;
      throw error;
    }
  }

  #store(): void {
    this.#storing ??= this.#storeAll().finally(() => {
      this.#storing = undefined;
      // Recorded after the last was stored.
      if (this.#waiting.length > 0 && this.#retry === undefined) this.#store();
    });
  }

  /** In order; stops at the first that cannot be stored. */
  async #storeAll(): Promise<void> {
    for (let entry = this.#waiting[0]; entry !== undefined; entry = this.#waiting[0]) {
      try {
        await this.#append(entry);
      } catch (error) {
        this.#fault = error instanceof Error ? error.message : String(error);
        for (const each of this.#waiting) this.#keep(each);
        this.#retry = setTimeout(() => this.#tryAgain(), STORE_AGAIN_MS).unref();
        return;
      }
      this.#waiting.shift();
      entry.tried.resolve(true);
    }
    if (this.#fault !== '') this.logger.info('the audit entries that waited are stored');
    this.#fault = '';
  }

  #tryAgain(): void {
    this.#retry = undefined;
    this.#store();
  }

  /** The caller waits no longer. The log has the entry in case it is never stored. */
  #keep({ facts, tried }: WaitingEntry): void {
    if (tried.isSettled) return;
    this.logger.error({ audit: facts, fault: this.#fault }, 'an audit entry could not be stored yet');
    tried.resolve(false);
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

  async #append({ facts, atMs: recordedMs }: WaitingEntry): Promise<void> {
    const atMs = await recordedMs;
    let nowMs = atMs ?? (await this.time.nowMs());
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const entry = linkAfter(this.#last, facts, nowMs);
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
          if (atMs === undefined) nowMs = Number(values[1]);
          continue;
      }
      word satisfies never;
    }
    throw new RedisUnavailable(`the audit chain moved ${MAX_ROUNDS} times while one entry was to be added`);
  }
}

function withResolvers(): Resolvable {
  let settle: (stored: boolean) => void = () => undefined;
  const promise = new Promise<boolean>((resolve) => (settle = resolve));
  const made = {
    promise,
    isSettled: false,
    resolve: (stored: boolean): void => {
      made.isSettled = true;
      settle(stored);
    },
  };
  return made;
}
