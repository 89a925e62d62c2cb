import { setTimeout as sleep } from 'node:timers/promises';
import { ISSUERS } from '../flow/3-permit.js';
import type { Keys } from './keys.js';
import type { LocalVerdicts, PermitEvent } from './local-verdicts.js';
import { BLOCK_MS, type RedisClient } from './redis-clients.js';
import { readEntries, readFirstStream } from './stream-entry.js';

const BATCH = 500;
const RECONNECT_PAUSE_MS = 100;

/** Every verdict as it is issued: from the stream, on one blocking connection for all waiting plans, and at once where it was issued here. */
export class PermitEvents {
  #running: Promise<void> | undefined;
  #stopping = false;
  #lastBeatMs = performance.now();

  constructor(
    private readonly blocking: RedisClient,
    private readonly keys: Keys,
    private readonly local: LocalVerdicts,
    private readonly onProblem: (what: string, error: unknown) => void,
  ) {}

  idleMs(): number {
    return performance.now() - this.#lastBeatMs;
  }

  /** Starts after the newest entry; what came before a plan was taken is read with the plan. */
  async start(onEvent: (event: PermitEvent) => void): Promise<void> {
    this.local.listen(onEvent);
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
