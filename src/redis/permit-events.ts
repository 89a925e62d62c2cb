import { setTimeout as sleep } from 'node:timers/promises';
import { ISSUERS, type Issuer } from '../flow/3-permit.js';
import type { Keys } from './keys.js';
import { BLOCK_MS, type RedisClient } from './redis-clients.js';
import { readEntries, readFirstStream } from './stream-entry.js';

export interface PermitEvent {
  readonly planId: string;
  /** `""` for a plan of a foreign Apply. */
  readonly attempt: string;
  readonly issuer: Issuer;
  readonly verdict: 'allow' | 'deny';
  /** The permit, denial or block exactly as stored. */
  readonly bytes: string;
}

const BATCH = 500;
const RECONNECT_PAUSE_MS = 100;

/** Reads every verdict as it is issued, on one blocking connection for all waiting plans. */
export class PermitEvents {
  #running: Promise<void> | undefined;
  #stopping = false;
  #lastBeatMs = performance.now();

  constructor(
    private readonly blocking: RedisClient,
    private readonly keys: Keys,
    private readonly onProblem: (what: string, error: unknown) => void,
  ) {}

  idleMs(): number {
    return performance.now() - this.#lastBeatMs;
  }

  /** Starts after the newest entry; what came before a plan was taken is read with the plan. */
  async start(onEvent: (event: PermitEvent) => void): Promise<void> {
    const newest = readEntries(await this.blocking.xrevrange(this.keys.permitEvents(), '+', '-', 'COUNT', 1));
    this.#running = this.#loop(newest.entries[0]?.id ?? '0-0', onEvent);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.blocking.disconnect();
    await this.#running;
  }

  async #loop(startAfter: string, onEvent: (event: PermitEvent) => void): Promise<void> {
    let after = startAfter;
    while (!this.#stopping) {
      try {
        const reply = await this.blocking.xread(
          'COUNT',
          BATCH,
          'BLOCK',
          BLOCK_MS,
          'STREAMS',
          this.keys.permitEvents(),
          after,
        );
        this.#lastBeatMs = performance.now();
        for (const { id, fields } of readFirstStream(reply).entries) {
          after = id;
          const issuer = ISSUERS.find((known) => known === fields['issuer']);
          if (issuer === undefined) continue;
          onEvent({
            planId: fields['plan_id'] ?? '',
            attempt: fields['attempt'] ?? '',
            issuer,
            verdict: fields['verdict'] === 'allow' ? 'allow' : 'deny',
            bytes: fields['permit'] ?? '',
          });
        }
      } catch (error) {
        if (this.#stopping) return;
        this.onProblem('reading permit events failed', error);
        if (error instanceof Error && error.message.includes('timed out')) this.blocking.disconnect(true);
        await sleep(RECONNECT_PAUSE_MS);
      }
    }
  }
}
