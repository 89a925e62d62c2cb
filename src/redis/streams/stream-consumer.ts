import { setTimeout as sleep } from 'node:timers/promises';
import { Acknowledger } from './acknowledger.js';
import { InOrder } from './in-order.js';
import { RedisUnavailable } from '../connection/redis.errors.js';
import { BLOCK_MS, type RedisClient } from '../connection/redis-clients.js';
import { compareIds, type ReadEntries, readEntries, readFirstStream, type StreamEntry } from './stream-entry.js';
import { afterNextPoll } from '../../runtime/tick-batching.js';

/**
 * What became of an entry: `done` is acknowledged by the consumer, `acknowledged` was acknowledged by the handler's own
 * script together with its effect, `later` stays pending because something else will acknowledge it.
 */
export type Handled = 'done' | 'acknowledged' | 'later';

export interface StreamConsumerOptions {
  readonly stream: string;
  readonly group: string;
  /** `<group>-<INSTANCE_ID>`: stable over restarts, so that what was pending is found again. */
  readonly consumer: string;
  /** Where a group that does not exist starts: `$` for what comes from now on, `0` for all that is kept. */
  readonly from: '$' | '0';
  readonly handle: (entry: StreamEntry) => Promise<Handled>;
  /** Entries with the same key are handled one after the other, in order; all others side by side. */
  readonly orderBy?: (entry: StreamEntry) => string;
  /** An entry that cannot be handled is set aside with its reason and acknowledged. */
  readonly deadLetter: (entry: StreamEntry, reason: string, tries: number) => Promise<void>;
  /** The group was there and is gone: it was made again, and what may have been missed must be found elsewhere. */
  readonly onGroupRemade?: () => Promise<void>;
  readonly onProblem: (what: string, error: unknown) => void;
  /** Entries another consumer left unacknowledged for this long are taken over. */
  readonly takeOverAfterMs?: number;
  readonly maxTries?: number;
}

const BATCH = 200;
const MAX_SIDE_BY_SIDE = 2_000;
const TAKE_OVER_EVERY_MS = 5_000;
const TAKE_OVER_AFTER_MS = 15_000;
/** What is marked as idle for this long is taken over by the next live consumer that looks, within {@link TAKE_OVER_EVERY_MS}. */
export const TAKEN_AT_ONCE_MS = 3_600_000;
const MAX_TRIES = 5;
const RETRY_BASE_MS = 50;
const RETRY_MAX_MS = 2_000;
const RECONNECT_PAUSE_MS = 100;

const retryPauseMs = (round: number): number => Math.min(RETRY_BASE_MS * 2 ** round, RETRY_MAX_MS);

/**
 * Reads one stream as a member of a consumer group: first what was pending for this name, then what is new, now and then
 * what others left behind. An entry is acknowledged after its effect, never before; what fails again and again goes to
 * the dead letters. The loop is single-flight and survives a lost connection, a deleted stream and a deleted group.
 */
export class StreamConsumer {
  readonly #active = new Map<string, Promise<void>>();
  /** ReportedRefusal with every entry that is done: somebody may wait for room. */
  #slotFree: () => void = () => undefined;
  readonly #order = new InOrder();
  readonly #acknowledger: Acknowledger;
  #running: Promise<void> | undefined;
  #stopping = false;
  #lastBeatMs = performance.now();
  #lastTakeOverMs = -Infinity;
  #readOwnPending = true;

  constructor(
    private readonly blocking: RedisClient,
    private readonly commands: RedisClient,
    private readonly options: StreamConsumerOptions,
  ) {
    this.#acknowledger = new Acknowledger(commands, options.stream, options.group);
  }

  get name(): string {
    return `${this.options.group} on ${this.options.stream}`;
  }

  /** Milliseconds since the loop last came round; readiness looks at it. */
  idleMs(): number {
    return performance.now() - this.#lastBeatMs;
  }

  async start(): Promise<void> {
    await this.#makeGroup(this.options.from);
    this.#running = this.#loop();
  }

  /** Takes nothing new and waits for what is being handled, at most `graceMs`. Ends its blocking connection. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    // Ends the read that waits for news. What it may have been given meanwhile stays pending for this name.
    this.blocking.disconnect();
    const drained = Promise.all([...this.#active.values(), this.#running]);
    await Promise.race([drained, sleep(graceMs, undefined, { ref: false })]);
  }

  async #loop(): Promise<void> {
    while (!this.#stopping) {
      try {
        if (this.#readOwnPending) await this.#drainOwnPending();
        await this.#takeOver();
        await this.#readNew();
        this.#lastBeatMs = performance.now();
      } catch (error) {
        await this.#recover(error);
      }
    }
  }

  async #recover(error: unknown): Promise<void> {
    if (this.#stopping) return;
    this.#readOwnPending = true;
    const message = error instanceof Error ? error.message : String(error);
    if (!message.includes('NOGROUP') && !message.includes('UNBLOCKED')) {
      this.options.onProblem(`${this.name}: reading failed`, error);
      if (message.includes('timed out')) this.blocking.disconnect(true);
      await sleep(RECONNECT_PAUSE_MS);
      return;
    }
    try {
      if (await this.#makeGroup(this.options.from)) {
        this.options.onProblem(`${this.name}: the stream or group was deleted and has been made again`, error);
        await this.options.onGroupRemade?.();
      }
    } catch (failure) {
      this.options.onProblem(`${this.name}: the group could not be made again`, failure);
      await sleep(RECONNECT_PAUSE_MS);
    }
  }

  async #makeGroup(from: '$' | '0'): Promise<boolean> {
    try {
      await this.commands.xgroup('CREATE', this.options.stream, this.options.group, from, 'MKSTREAM');
      return true;
    } catch (error) {
      if (error instanceof Error && error.message.startsWith('BUSYGROUP')) return false;
      throw error;
    }
  }

  async #drainOwnPending(): Promise<void> {
    const { stream, group, consumer } = this.options;
    let after = '0';
    for (;;) {
      const reply = await this.blocking.xreadgroup('GROUP', group, consumer, 'COUNT', BATCH, 'STREAMS', stream, after);
      const read = readFirstStream(reply);
      const last = [...read.entries.map((entry) => entry.id), ...read.gone].toSorted(compareIds).at(-1);
      if (last === undefined) break;
      await this.#accept(read);
      after = last;
    }
    this.#readOwnPending = false;
  }

  async #readNew(): Promise<void> {
    const { stream, group, consumer } = this.options;
    const reply = await this.blocking.xreadgroup(
      'GROUP',
      group,
      consumer,
      'COUNT',
      BATCH,
      'BLOCK',
      BLOCK_MS,
      'STREAMS',
      stream,
      '>',
    );
    const read = readFirstStream(reply);
    await this.#accept(read);
    // What those entries asked of Redis may be answered already, and goes first.
    if (read.entries.length > 0) await afterNextPoll();
  }

  async #takeOver(): Promise<void> {
    if (performance.now() - this.#lastTakeOverMs < TAKE_OVER_EVERY_MS) return;
    this.#lastTakeOverMs = performance.now();
    const { stream, group, consumer } = this.options;
    const idle = this.options.takeOverAfterMs ?? TAKE_OVER_AFTER_MS;
    let cursor = '0-0';
    do {
      const reply = (await this.blocking.xautoclaim(stream, group, consumer, idle, cursor, 'COUNT', BATCH)) as [
        string,
        Parameters<typeof readEntries>[0],
      ];
      await this.#accept(readEntries(reply[1]));
      cursor = reply[0];
    } while (cursor !== '0-0' && !this.#stopping);
  }

  async #accept(read: ReadEntries): Promise<void> {
    await Promise.all(read.gone.map((id) => this.#acknowledger.add(id)));
    for (const entry of read.entries) {
      if (this.#active.has(entry.id)) continue;
      this.#active.set(entry.id, this.#attend(entry));
      if (this.#active.size >= MAX_SIDE_BY_SIDE) await new Promise<void>((free) => (this.#slotFree = free));
    }
  }

  /** The next entry in order does not wait for the acknowledgement of this one. */
  async #attend(entry: StreamEntry): Promise<void> {
    if ((await this.#inOrder(entry)) === 'done') await this.#acknowledge(entry.id);
    this.#active.delete(entry.id);
    this.#slotFree();
  }

  #inOrder(entry: StreamEntry): Promise<Handled> {
    const key = this.options.orderBy?.(entry);
    return key === undefined ? this.#handle(entry) : this.#order.run(key, () => this.#handle(entry));
  }

  /** Never rejects: an entry is handled, set aside, or left pending because we are stopping. */
  async #handle(entry: StreamEntry): Promise<Handled> {
    let tries = 0;
    for (let round = 0; ; round += 1) {
      try {
        return await this.options.handle(entry);
      } catch (error) {
        this.options.onProblem(`${this.name}: entry ${entry.id} could not be handled`, error);
        // Redis being away says nothing about the entry.
        if (!(error instanceof RedisUnavailable)) tries += 1;
        if (tries >= (this.options.maxTries ?? MAX_TRIES) && (await this.#deadLetter(entry, error, tries)))
          return 'acknowledged';
      }
      await sleep(retryPauseMs(round));
      if (this.#stopping) return 'later';
    }
  }

  /** The effect is durable: only the acknowledgement is tried again, until Redis has it or we are stopping. */
  async #acknowledge(id: string): Promise<void> {
    for (let round = 0; ; round += 1) {
      try {
        return await this.#acknowledger.add(id);
      } catch (error) {
        this.options.onProblem(`${this.name}: entry ${id} could not be acknowledged`, error);
      }
      await sleep(retryPauseMs(round));
      if (this.#stopping) return;
    }
  }

  async #deadLetter(entry: StreamEntry, error: unknown, tries: number): Promise<boolean> {
    try {
      await this.options.deadLetter(
        entry,
        `failed ${tries} times: ${error instanceof Error ? error.message : String(error)}`,
        tries,
      );
      return true;
    } catch (failure) {
      this.options.onProblem(`${this.name}: entry ${entry.id} could not be set aside`, failure);
      return false;
    }
  }
}
