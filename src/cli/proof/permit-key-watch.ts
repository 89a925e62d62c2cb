import { setTimeout as sleep } from 'node:timers/promises';
import { type Issuer, ISSUERS } from '../../flow/3-permit.js';
import type { RedisSession } from '../redis-session.js';

/** A permit as it was found under its key. */
export interface FoundPermit {
  readonly bytes: string;
  readonly ttlMs: number;
}

const PAUSE_MS = 1;

/**
 * Reads both permit keys of one plan repeatedly. A permit exists for about a millisecond before the claim removes
 * it, so the reads often miss it; then the permit is read from the events.
 */
export class PermitKeyWatch {
  readonly found: Partial<Record<Issuer, FoundPermit>> = {};
  readonly #running: Promise<void>;
  #stopping = false;

  constructor(
    private readonly session: RedisSession,
    planId: string,
  ) {
    const { keys } = session;
    this.#running = this.#look({ governor: keys.governorPermit(planId), p33: keys.positionPermit(planId) });
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#running;
  }

  async #look(keys: Readonly<Record<Issuer, string>>): Promise<void> {
    while (!this.#stopping) {
      const missing = ISSUERS.filter((issuer) => this.found[issuer] === undefined);
      if (missing.length === 0) return;
      const looked = await Promise.all(missing.map(async (issuer) => [issuer, await this.#one(keys[issuer])] as const));
      for (const [issuer, permit] of looked) if (permit !== undefined) this.found[issuer] = permit;
      await sleep(PAUSE_MS);
    }
  }

  /** Value and life of one key as of the same instant: a transaction. */
  async #one(key: string): Promise<FoundPermit | undefined> {
    const replies = await this.session.commands.multi().get(key).pttl(key).exec();
    const bytes = replies?.[0]?.[1];
    const ttlMs = Number(replies?.[1]?.[1]);
    return typeof bytes === 'string' ? { bytes, ttlMs } : undefined;
  }
}
