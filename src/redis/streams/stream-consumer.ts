import { setTimeout as sleep } from 'node:timers/promises';
import { Acknowledger } from './acknowledger.js';
import { InOrder } from './in-order.js';
import { ensureConnected } from '../connection/ensure-connected.js';
import { askRedis, asRedisError, RedisUnavailable } from '../connection/redis.errors.js';
import { BLOCK_MS, type RedisClient } from '../connection/redis-clients.js';
import { EntryReader, TOO_LARGE } from './entry-reader.js';
import { type ReadEntries, readFirstStream, type StreamEntry } from './stream-entry.js';
import { afterNextPoll } from '../../runtime/tick-batching.js';

/**
 * The result of handling an entry: `done` is acknowledged by the consumer; `acknowledged` was acknowledged by the handler's script
 * together with its effect; `later` stays pending until another step acknowledges it.
 */
export type Handled = 'done' | 'acknowledged' | 'later';

export interface StreamConsumerOptions {
  readonly stream: string;
  readonly group: string;
  /** `<group>-<INSTANCE_ID>`: stable across restarts, so that pending entries are found again. */
  readonly consumer: string;
  /** Where a new group starts: `$` for new entries only, `0` for all stored entries. */
  readonly from: '$' | '0';
  readonly handle: (entry: StreamEntry) => Promise<Handled>;
  /** Entries with the same key are handled in order, one after the other; all others in parallel. */
  readonly orderBy?: (entry: StreamEntry) => string;
  /** Moves an entry that cannot be handled to the dead letters with its reason, and acknowledges it, unless another consumer has it. */
  readonly deadLetter: (entry: StreamEntry, reason: string, tries: number) => Promise<unknown>;
  /** Called after a deleted group was created again: entries it may have missed must be found elsewhere. */
  readonly onGroupRemade?: () => Promise<void>;
  readonly onProblem: (what: string, error: unknown) => void;
  /** Entries that another consumer has not acknowledged for this long are taken over. */
  readonly takeOverAfterMs?: number;
  readonly maxTries?: number;
}

const BATCH = 200;
const MAX_SIDE_BY_SIDE = 2_000;
/** Of a backlog this many are handled at a time, and new entries are looked for this often meanwhile. */
const BACKLOG_AT_ONCE = 100;
const BACKLOG_BLOCK_MS = 5;
const FIRST_ID = '0-0';
const BEYOND_ALL = '18446744073709551615-0';
const TAKE_OVER_EVERY_MS = 5_000;
const TAKE_OVER_AFTER_MS = 15_000;
/** A live consumer takes over entries with this idle time within {@link TAKE_OVER_EVERY_MS}. */
export const TAKEN_AT_ONCE_MS = 3_600_000;
const MAX_TRIES = 5;
const RETRY_BASE_MS = 50;
const RETRY_MAX_MS = 2_000;
const RECONNECT_PAUSE_MS = 100;

const retryPauseMs = (round: number): number => Math.min(RETRY_BASE_MS * 2 ** round, RETRY_MAX_MS);

/**
 * Reads one stream as a member of a consumer group: the pending entries of this name, new ones, and from time to time entries that
 * other consumers left. An entry is acknowledged after its effect, never before. An entry that fails repeatedly goes to
 * the dead letters. The loop is single-flight and survives a lost connection, a deleted stream and a deleted group.
 */
export class StreamConsumer {
  readonly #active = new Map<string, Promise<void>>();
  /** Called after every handled entry, because the loop may wait for a free slot. */
  #slotFree: () => void = () => undefined;
  readonly #order = new InOrder();
  readonly #acknowledger: Acknowledger;
  readonly #reader: EntryReader;
  #running: Promise<void> | undefined;
  #stopping = false;
  #lastBeatMs = performance.now();
  #lastTakeOverMs = -Infinity;
  /** Where to go on with the pending entries of this name; `undefined` when all were read. */
  #ownPendingAfter: string | undefined = FIRST_ID;
  /** Where to go on with the entries that others left; `undefined` when all were looked at. */
  #takeOverFrom: string | undefined;
  /** Entries of either kind that are being handled. */
  #backlogActive = 0;

  constructor(
    private readonly blocking: RedisClient,
    private readonly commands: RedisClient,
    private readonly options: StreamConsumerOptions,
  ) {
    this.#acknowledger = new Acknowledger(commands, options.stream, options.group);
    this.#reader = new EntryReader(blocking, options.stream);
  }

  get name(): string {
    return `${this.options.group} on ${this.options.stream}`;
  }

  /** Milliseconds since the last iteration of the loop; readiness checks it. */
  idleMs(): number {
    return performance.now() - this.#lastBeatMs;
  }

  /** As {@link ensureConnected}. */
  connect(): Promise<void> {
    return ensureConnected(this.blocking);
  }

  /** May be called again after it has thrown. */
  async start(): Promise<void> {
    await askRedis(`${this.name}: XGROUP CREATE`, () => this.#makeGroup(this.options.from));
    this.#running = this.#loop();
  }

  /** Takes nothing new, waits at most `graceMs` for entries that are being handled, and closes the blocking connection. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    // Ends the blocking read. Entries delivered to it meanwhile stay pending for this name.
    this.blocking.disconnect();
    const drained = Promise.all([...this.#active.values(), this.#running]);
    await Promise.race([drained, sleep(graceMs, undefined, { ref: false })]);
  }

  async #loop(): Promise<void> {
    while (!this.#stopping) {
      try {
        await this.#readBacklog();
        await this.#readNew();
        this.#lastBeatMs = performance.now();
      } catch (error) {
        await this.#recover(error);
      }
    }
  }

  async #recover(error: unknown): Promise<void> {
    if (this.#stopping) return;
    this.#ownPendingAfter = FIRST_ID;
    const message = error instanceof Error ? error.message : String(error);
    if (!message.includes('NOGROUP') && !message.includes('UNBLOCKED')) {
      this.options.onProblem(`${this.name}: reading failed`, asRedisError(error, 'reading the stream'));
      if (message.includes('timed out')) this.blocking.disconnect(true);
      await sleep(RECONNECT_PAUSE_MS);
      return;
    }
    try {
      if (await this.#makeGroup(this.options.from)) {
        this.options.onProblem(`${this.name}: the stream or group was deleted and has been created again`, error);
        await this.options.onGroupRemade?.();
      }
    } catch (failure) {
      this.options.onProblem(
        `${this.name}: the group could not be created again`,
        asRedisError(failure, 'XGROUP CREATE'),
      );
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

  /**
   * Entries with an order are read completely before new ones. Of all others a part is read, so that a new entry waits for no
   * backlog, however long.
   */
  async #readBacklog(): Promise<void> {
    if (this.options.orderBy === undefined) return this.#readSomeBacklog(BACKLOG_AT_ONCE - this.#backlogActive);
    do await this.#readSomeBacklog(BATCH);
    while (this.#hasBacklog && !this.#stopping);
  }

  async #readSomeBacklog(count: number): Promise<void> {
    if (count <= 0) return;
    if (this.#ownPendingAfter !== undefined) await this.#readOwnPending(this.#ownPendingAfter, count);
    if (this.#ownPendingAfter === undefined) await this.#takeOver(count);
  }

  get #hasBacklog(): boolean {
    return this.#ownPendingAfter !== undefined || this.#takeOverFrom !== undefined;
  }

  async #readOwnPending(after: string, count: number): Promise<void> {
    const { stream, group, consumer } = this.options;
    const start = after === FIRST_ID ? '-' : `(${after}`;
    // Reads nothing. Redis knows a consumer, and shows it, from its first read that does not wait.
    if (after === FIRST_ID)
      await this.blocking.xreadgroup('GROUP', group, consumer, 'COUNT', 1, 'STREAMS', stream, BEYOND_ALL);
    const rows = (await this.commands.xpending(stream, group, start, '+', count, consumer)) as readonly [id: string][];
    const ids = rows.map(([id]) => id);
    this.#ownPendingAfter = ids.at(-1);
    await this.#readPending(ids);
  }

  async #readNew(): Promise<void> {
    const { stream, group, consumer } = this.options;
    const waitMs = this.#hasBacklog ? BACKLOG_BLOCK_MS : BLOCK_MS;
    const ask = ['GROUP', group, consumer, 'COUNT', BATCH, 'BLOCK', waitMs, 'STREAMS', stream, '>'] as const;
    const reply = await this.blocking.xreadgroup(...ask);
    const read = readFirstStream(reply);
    await this.#accept(read);
    // Replies to the commands of those entries may have arrived already and are handled first.
    if (read.entries.length > 0) await afterNextPoll();
  }

  async #takeOver(count: number): Promise<void> {
    if (this.#takeOverFrom === undefined) {
      if (performance.now() - this.#lastTakeOverMs < TAKE_OVER_EVERY_MS) return;
      this.#lastTakeOverMs = performance.now();
    }
    const { stream, group, consumer } = this.options;
    const idle = this.options.takeOverAfterMs ?? TAKE_OVER_AFTER_MS;
    const from = this.#takeOverFrom ?? FIRST_ID;
    const claim = [stream, group, consumer, idle, from, 'COUNT', count, 'JUSTID'] as const;
    const [next, ids] = (await this.blocking.xautoclaim(...claim)) as [next: string, ids: string[]];
    this.#takeOverFrom = next === FIRST_ID ? undefined : next;
    await this.#readPending(ids);
  }

  /** Entries that were delivered before, by their ids. One that is too large goes to the dead letters without being read. */
  async #readPending(pending: readonly string[]): Promise<void> {
    const wanted = pending.filter((id) => !this.#active.has(id));
    if (wanted.length === 0) return;
    const { entries, gone, tooLarge } = await this.#reader.read(wanted);
    for (const id of tooLarge) await this.options.deadLetter({ id, fields: {} }, TOO_LARGE, 1);
    await this.#accept({ entries, gone }, true);
  }

  async #accept(read: ReadEntries, isBacklog = false): Promise<void> {
    await Promise.all(read.gone.map((id) => this.#acknowledger.add(id)));
    for (const entry of read.entries) {
      if (this.#active.has(entry.id)) continue;
      this.#active.set(entry.id, isBacklog ? this.#attendBacklog(entry) : this.#attend(entry));
      if (this.#active.size >= MAX_SIDE_BY_SIDE) await new Promise<void>((free) => (this.#slotFree = free));
    }
  }

  /** The next entry in order does not wait for the acknowledgement of this one. */
  async #attend(entry: StreamEntry): Promise<void> {
    if ((await this.#inOrder(entry)) === 'done') await this.#acknowledge(entry.id);
    this.#active.delete(entry.id);
    this.#slotFree();
  }

  async #attendBacklog(entry: StreamEntry): Promise<void> {
    this.#backlogActive += 1;
    try {
      await this.#attend(entry);
    } finally {
      this.#backlogActive -= 1;
    }
  }

  #inOrder(entry: StreamEntry): Promise<Handled> {
    const key = this.options.orderBy?.(entry);
    return key === undefined ? this.#handle(entry) : this.#order.run(key, () => this.#handle(entry));
  }

  /** Never rejects: an entry is handled, dead-lettered, or left pending because we are stopping. */
  async #handle(entry: StreamEntry): Promise<Handled> {
    let tries = 0;
    for (let round = 0; ; round += 1) {
      try {
        return await this.options.handle(entry);
      } catch (error) {
        this.options.onProblem(`${this.name}: entry ${entry.id} could not be handled`, error);
        // An unreachable Redis is not a fault of the entry.
        if (!(error instanceof RedisUnavailable)) tries += 1;
        if (tries >= (this.options.maxTries ?? MAX_TRIES) && (await this.#deadLetter(entry, error, tries)))
          return 'acknowledged';
      }
      await sleep(retryPauseMs(round));
      if (this.#stopping) return 'later';
    }
  }

  /** The effect is durable, so only the acknowledgement is retried, until Redis has it or we are stopping. */
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
    const reason = `failed ${tries} times: ${error instanceof Error ? error.message : String(error)}`;
    try {
      await this.options.deadLetter(entry, reason, tries);
      return true;
    } catch (failure) {
      this.options.onProblem(`${this.name}: entry ${entry.id} could not be dead-lettered`, failure);
      return false;
    }
  }
}
