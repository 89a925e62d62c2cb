import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { EventStreams } from '../../redis/streams/event-streams.js';
import { compareIds } from '../../redis/streams/stream-entry.js';
import { RedisUnavailable } from '../../redis/connection/redis.errors.js';
import { type Logger, LOGGER } from '../../telemetry/logger.js';
import { type Beginning, CatchUp, fleetEvent } from './catch-up.js';
import type { EventClient } from './event-client.js';
import { eventsOf } from './event-of.js';
import { EventReader, type Read } from './event-reader.js';
import { EventSettings } from './event-settings.js';
import { FleetView } from './fleet-view.js';

const RETRY_MS = 250;
/** Until the reader of the first client is there. */
const WAIT_MS = 20;

/**
 * The clients of this process, and the one reader of the streams for all of them; while nobody is connected there is none. A client that
 * is new, slow or comes back reads by itself, from its own place, until it has caught up with the reader.
 */
@Injectable()
export class EventHub implements OnModuleDestroy {
  readonly #clients = new Set<EventClient>();
  #reader: EventReader | undefined;
  #isReading = false;
  #isStopping = false;
  #ticker: NodeJS.Timeout | undefined;
  #beatMs = 0;
  #problem = '';

  constructor(
    private readonly streams: EventStreams,
    private readonly catchUp: CatchUp,
    private readonly fleets: FleetView,
    private readonly settings: EventSettings,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  get isFull(): boolean {
    return this.#isStopping || this.#clients.size >= this.settings.mostClients;
  }

  /** Whether the streams are being read for anybody. */
  get isReading(): boolean {
    return this.#isReading;
  }

  onModuleDestroy(): void {
    this.#isStopping = true;
    for (const client of this.#clients) client.end('the process is stopping');
    clearInterval(this.#ticker);
  }

  add(client: EventClient, beginning: Beginning): void {
    this.#clients.add(client);
    client.onClose(() => this.#remove(client));
    this.#ticker ??= setInterval(() => this.#tick(), this.settings.checkMs).unref();
    if (!this.#isReading) void this.#readForAll();
    void this.#bring(client, beginning);
  }

  #remove(client: EventClient): void {
    this.#clients.delete(client);
    if (this.#clients.size > 0) return;
    clearInterval(this.#ticker);
    this.#ticker = undefined;
  }

  /** Tokens are checked again, so that one that is revoked ends its streams too. */
  #tick(): void {
    const nowMs = performance.now();
    const isBeat = nowMs - this.#beatMs >= this.settings.heartbeatMs;
    if (isBeat) this.#beatMs = nowMs;
    for (const client of this.#clients) {
      if (isBeat) client.heartbeat();
      void this.#check(client);
    }
  }

  async #check(client: EventClient): Promise<void> {
    try {
      if (!(await client.mayStay())) client.end('the token is no longer valid');
    } catch (error) {
      // A session is in Redis; while that is away nothing is sent anyway.
      this.#failed(error);
    }
  }

  /** Until the client is sent what the reader reads, or is gone. */
  async #bring(client: EventClient, beginning?: Beginning): Promise<void> {
    let left = beginning;
    while (!client.isClosed) {
      await client.drained(this.settings.stalledMs);
      const reader = this.#reader;
      if (reader === undefined) {
        await sleep(WAIT_MS);
        continue;
      }
      try {
        if (left !== undefined) {
          await this.catchUp.begin(client, reader, left);
          left = undefined;
        } else if (await this.catchUp.step(client, reader)) {
          client.redisBack();
          return;
        }
      } catch (error) {
        this.#failed(error);
        await sleep(RETRY_MS);
      }
    }
  }

  async #readForAll(): Promise<void> {
    this.#isReading = true;
    while (this.#isNeeded) {
      try {
        await this.#session();
      } catch (error) {
        this.#failed(error);
        await sleep(RETRY_MS);
      }
    }
    this.#isReading = false;
  }

  get #isNeeded(): boolean {
    return this.#clients.size > 0 && !this.#isStopping;
  }

  async #session(): Promise<void> {
    const { reading, close } = await this.streams.open();
    let reader: EventReader | undefined;
    try {
      reader = await EventReader.at(reading, this.fleets, this.settings.fleetMs);
      this.#reader = reader;
      this.#problem = '';
      while (this.#isNeeded) {
        const read = await reader.read();
        this.#pass(reader, read);
        if (read.page.isComplete) await sleep(this.settings.pollMs);
      }
    } finally {
      reader?.end();
      this.#reader = undefined;
      close();
      for (const client of this.#live()) this.#fellBehind(client);
    }
  }

  /** What was read, to every client that is live, without a pause. */
  #pass(reader: EventReader, read: Read): void {
    const { page, orders, fleet } = read;
    // Each client finds out by itself what of it is lost to it.
    if (page.lost.length > 0) for (const client of this.#live()) this.#fellBehind(client);
    for (const entry of page.entries) {
      const events = eventsOf(entry).filter(
        (event) => event.type !== 'order.sent' || reader.orders.get(event.plan_id)?.attempt !== event.attempt,
      );
      for (const client of this.#live()) {
        if (compareIds(entry.id, client.positions[entry.source]) > 0 && !client.deliver(entry, events))
          this.#fellBehind(client);
      }
    }
    for (const client of this.#live()) {
      if (!orders.every((order) => client.send(order))) this.#fellBehind(client);
      else if (fleet !== undefined && !client.sendFleet(fleetEvent(fleet, page.nowMs), fleet.digest))
        this.#fellBehind(client);
    }
    reader.learn(read);
  }

  #live(): EventClient[] {
    return [...this.#clients].filter((client) => client.isLive);
  }

  #fellBehind(client: EventClient): void {
    client.isLive = false;
    if (!this.#isStopping) void this.#bring(client);
  }

  #failed(error: unknown): void {
    if (this.#isStopping) return;
    const problem = error instanceof Error ? error.message : String(error);
    if (problem !== this.#problem && !(error instanceof RedisUnavailable))
      this.logger.warn({ err: error }, 'reading the events failed; it is tried again');
    this.#problem = problem;
    for (const client of this.#clients) client.redisAway();
  }
}
