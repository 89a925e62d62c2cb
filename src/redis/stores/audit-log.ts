import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { LOGGER, type Logger } from '../../telemetry/logger.js';
import { RedisUnavailable } from '../connection/redis.errors.js';
import type { AuditFacts } from './audit-chain.js';
import { AuditCopy } from './audit-copy.js';
import { AuditRetention } from './audit-retention.js';
import { AuditStore } from './audit-store.js';

/** Entries that wait in this process until they can be stored. */
const MAX_WAITING = 1_000;
const STORE_AGAIN_MS = 1_000;
const LAST_TRY_MS = 500;
const LOOK_EVERY_MS = 10_000;
const RETAIN_EVERY_MS = 3_600_000;
const MAX_DAMAGE = 20;

interface WaitingEntry {
  readonly facts: AuditFacts;
  /** `performance.now()` when it happened. */
  readonly sinceMs: number;
  readonly tried: Resolvable;
}

/** The answer of {@link AuditLog.record}. */
interface Resolvable {
  readonly promise: Promise<boolean>;
  readonly isSettled: boolean;
  readonly resolve: (stored: boolean) => void;
}

/**
 * The record of who did what. An entry that cannot be stored is kept in this process, logged in full, and stored in its order as soon as
 * that is possible. Damage to the chains that this process notices becomes an entry itself.
 */
@Injectable()
export class AuditLog implements OnApplicationShutdown {
  readonly #waiting: WaitingEntry[] = [];
  readonly #damage: string[] = [];
  readonly #beforeClose: (() => Promise<void>)[] = [];
  #storing: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;
  #looking: NodeJS.Timeout | undefined;
  #retainAtMs = 0;
  #fault = '';
  #dropped = 0;
  #closed: Promise<void> | undefined;

  constructor(
    private readonly store: AuditStore,
    private readonly retention: AuditRetention,
    private readonly copy: AuditCopy,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    store.onDamage((detail) => this.#noteDamage(detail));
    store.onStored((entry) => copy.write(store.chain, entry));
    store.expect(copy.found);
  }

  /** From now on the chain is looked at every ten seconds, and what is too old is removed. */
  start(): void {
    this.#looking ??= setInterval(() => void this.look(), LOOK_EVERY_MS).unref();
  }

  /** What is written before the last entries are stored. */
  beforeClose(write: () => Promise<void>): void {
    this.#beforeClose.push(write);
  }

  /** Stores what waits, as far as that is possible now. Call before the connections to Redis are closed. */
  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  onApplicationShutdown(): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    clearInterval(this.#looking);
    await Promise.race([this.#closing(), sleep(LAST_TRY_MS, undefined, { ref: false })]);
    clearTimeout(this.#retry);
  }

  async #closing(): Promise<void> {
    for (const write of this.#beforeClose) await write();
    clearTimeout(this.#retry);
    this.#retry = undefined;
    if (this.#waiting.length > 0) this.#store();
    await this.#storing;
    await this.copy.settled();
  }

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
    const entry = { facts, sinceMs: performance.now(), tried: withResolvers() };
    this.#waiting.push(entry);
    if (this.#retry === undefined) this.#store();
    else this.#keep(entry);
    return entry.tried.promise;
  }

  /** Why the audit is not complete, and what to do; `undefined` when it is. */
  async fault(): Promise<string | undefined> {
    const unread = await this.look();
    const { chain } = this.store;
    const cannot = unread === undefined ? undefined : `the audit chain ${chain} cannot be read (${unread})`;
    const found = [this.#waitingFault() ?? cannot, this.copy.fault].filter((fault) => fault !== undefined);
    if (found.length === 0) return undefined;
    const takesNone = /WRONGTYPE|beyond the reach/.test(`${this.#fault} ${unread}`);
    return `${found.join('; ')}${takesNone ? `: permit-gate streams renew audit:${chain} --reason <text>` : ''}`;
  }

  #waitingFault(): string | undefined {
    if (this.#fault === '' && this.#dropped === 0) return undefined;
    const dropped = this.#dropped === 0 ? '' : `; ${this.#dropped} were dropped and are only in the log`;
    return `${this.#waiting.length} audit entries of this process wait to be stored (${this.#fault})${dropped}`;
  }

  /** What this process found changed in the chains, oldest first. `permit-gate audit verify` says what is missing. */
  get damage(): readonly string[] {
    return this.#damage;
  }

  /** Waits for the entries that can be stored now. */
  async settled(): Promise<void> {
    await this.#storing;
  }

  /** Looks for damage. Answers why the chain cannot be read, if Redis says why. */
  async look(): Promise<string | undefined> {
    try {
      await this.#alone(() => this.store.check());
      if (this.#looking === undefined || performance.now() < this.#retainAtMs) return undefined;
      this.#retainAtMs = performance.now() + RETAIN_EVERY_MS;
      await this.#alone(() => this.retention.keep());
      return undefined;
    } catch (error) {
      if (error instanceof RedisUnavailable) return undefined;
      return error instanceof Error ? error.message : String(error);
    }
  }

  #noteDamage(detail: string): void {
    if (this.#damage.includes(detail)) return;
    this.#damage.push(detail);
    if (this.#damage.length > MAX_DAMAGE) this.#damage.shift();
    this.logger.error({ chain: this.store.chain, detail }, `the audit was changed by somebody else: ${detail}`);
    void this.record({
      actor: 'permit-gate',
      action: 'audit.damage',
      target: this.store.chain,
      reason: detail,
      outcome: 'found',
    });
  }

  #store(): void {
    if (this.#storing !== undefined) return;
    void this.#alone(() => this.#storeAll());
  }

  /** One at a time: entries of this process must not overtake each other. */
  async #alone(work: () => Promise<void>): Promise<void> {
    while (this.#storing !== undefined) await this.#storing;
    this.#storing = work().finally(() => {
      this.#storing = undefined;
      // Recorded after the last was stored.
      if (this.#waiting.length > 0 && this.#retry === undefined) this.#store();
    });
    await this.#storing;
  }

  /** In order; stops at the first that cannot be stored. */
  async #storeAll(): Promise<void> {
    for (let entry = this.#waiting[0]; entry !== undefined; entry = this.#waiting[0]) {
      try {
        await this.store.append(entry.facts, entry.sinceMs);
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
