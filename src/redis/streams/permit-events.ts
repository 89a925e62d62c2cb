import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import type { Fields } from '../../flow/0-primitives.js';
import { ISSUERS } from '../../flow/3-permit.js';
import type { Keys } from '../keys/keys.js';
import { LocalVerdicts } from '../stores/local-verdicts.js';
import { asRedisError } from '../connection/redis.errors.js';
import { limitReplies } from '../connection/reply-limit.js';
import { BLOCK_MS, type RedisClient } from '../connection/redis-clients.js';
import { compareIds, LARGEST_ENTRY_BYTES, readFirstStream, readMeasured, type StreamEntry } from './stream-entry.js';
import { ScriptRunner } from '../scripts/script-runner.js';
import { afterNextPoll } from '../../runtime/tick-batching.js';
import type { OnPermitEvent, PermitEvent } from '../stores/verdicts.js';
import { KEYS, PERMIT_EVENTS_CONNECTION } from '../redis.tokens.js';

const BATCH = 500;
const RECONNECT_PAUSE_MS = 100;

type OnProblem = (what: string, error: unknown) => void;

/** Delivers every verdict: from the stream, on one blocking connection for all plans, and at once if this process issued it. */
@Injectable()
export class PermitEvents {
  #running: Promise<void> | undefined;
  #stopping = false;
  #lastBeatMs = performance.now();

  constructor(
    @Inject(PERMIT_EVENTS_CONNECTION) private readonly blocking: RedisClient,
    @Inject(KEYS) private readonly keys: Keys,
    private readonly local: LocalVerdicts,
    private readonly runner: ScriptRunner,
  ) {
    // What is too long is measured before it is read again: see #loop.
    limitReplies(blocking);
  }

  idleMs(): number {
    return performance.now() - this.#lastBeatMs;
  }

  /** Starts after the newest entry; verdicts from before a plan was taken are read with the plan. */
  async start(onEvent: OnPermitEvent, onProblem: OnProblem): Promise<void> {
    this.local.listen(onEvent);
    this.#running = this.#loop((await this.#read('+')).lastId, onEvent, onProblem);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.blocking.disconnect();
    await this.#running;
  }

  /** The events from an id on, each measured first, and the newest id of the stream. */
  async #read(from: string) {
    const args = { from, count: BATCH, mostBytes: LARGEST_ENTRY_BYTES };
    const { values } = await this.runner.run('read_permit_events', { permitEvents: this.keys.permitEvents() }, args);
    return { ...readMeasured(values[0]), lastId: String(values[1]) };
  }

  /**
   * A stream that was renewed, or deleted and made again after Redis' clock was set back, goes on from an older id than the one that
   * was read last. It is read again from its start: a verdict that is known already changes nothing.
   */
  async #newestOr(after: string): Promise<string> {
    return compareIds((await this.#read('+')).lastId, after) < 0 ? '0-0' : after;
  }

  async #loop(startAfter: string, onEvent: OnPermitEvent, onProblem: OnProblem): Promise<void> {
    let after = startAfter;
    let isBehind = false;
    while (!this.#stopping) {
      try {
        let read: { readonly entries: readonly StreamEntry[]; readonly last: string | undefined };
        // After a failed read, which may be an event that is too large, the next events are measured first.
        if (isBehind) {
          const { entries, ids } = await this.#read(`(${after}`);
          read = { entries, last: ids.at(-1) };
          isBehind = ids.length === BATCH;
        } else {
          const { entries } = await this.#awaitNew(after);
          read = { entries, last: entries.at(-1)?.id };
        }
        this.#lastBeatMs = performance.now();
        after = read.last ?? (await this.#newestOr(after));
        let isAwaited = false;
        for (const { fields } of read.entries) {
          const event = eventIn(fields);
          if (event !== undefined && onEvent(event)) isAwaited = true;
        }
        // If a plan still waits for its other verdict, read again at once; otherwise let other work go first.
        if (read.entries.length > 0 && !isAwaited) await afterNextPoll();
      } catch (error) {
        if (this.#stopping) return;
        isBehind = true;
        onProblem('reading permit events failed', asRedisError(error, 'reading the stream'));
        if (error instanceof Error && error.message.includes('timed out')) this.blocking.disconnect(true);
        await sleep(RECONNECT_PAUSE_MS);
      }
    }
  }

  async #awaitNew(after: string) {
    const stream = this.keys.permitEvents();
    return readFirstStream(await this.blocking.xread('COUNT', BATCH, 'BLOCK', BLOCK_MS, 'STREAMS', stream, after));
  }
}

function eventIn(fields: Fields): PermitEvent | undefined {
  const issuer = ISSUERS.find((known) => known === fields['issuer']);
  if (issuer === undefined) return undefined;
  return {
    planId: fields['plan_id'] ?? '',
    attempt: fields['attempt'] ?? '',
    issuer,
    verdict: fields['verdict'] === 'allow' ? 'allow' : 'deny',
    bytes: fields['permit'] ?? '',
  };
}
