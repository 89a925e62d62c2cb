import type { Response } from 'express';
import type { EventPositions, EventSource, SourcedEntry } from '../../redis/streams/event-streams.js';
import { eventIdOf, type Place } from './event-id.js';
import type { FleetChanged, GateEvent } from './events.dto.js';
import type { EventType } from './events-query.dto.js';

export interface EventFilter {
  readonly symbols: ReadonlySet<string> | undefined;
  readonly types: ReadonlySet<EventType> | undefined;
}

/** What this client is sent: what is about no symbol passes every filter of symbols. */
export function passes({ symbols, types }: EventFilter, event: { readonly type: EventType }): boolean {
  if (types !== undefined && !types.has(event.type)) return false;
  const symbol = 'symbol' in event ? event.symbol : null;
  return symbols === undefined || typeof symbol !== 'string' || symbols.has(symbol);
}

/**
 * One open answer. Nothing is kept for it: while its connection takes no more, it is behind, and reads from the streams again later,
 * from its own place.
 */
export class EventClient {
  /** The last entry of each stream that was written to the connection or is not for this client. */
  positions: EventPositions;
  fleet: string;
  /** Whether it is sent what is read for all; otherwise it reads by itself. */
  isLive = false;
  isClosed = false;
  /** Whether the state is to be sent before anything else. */
  owesState = false;
  /** Of each stream the place at which a gap was reported last: it is reported once. */
  readonly gaps = new Map<EventSource, string>();
  /** Orders that it knows, while it catches up. */
  orders = new Set<string>();
  #isFull = false;
  #isAway = false;

  constructor(
    private readonly response: Response,
    private readonly shown: (json: string) => string,
    readonly filter: EventFilter,
    place: Place,
    readonly mayStay: () => Promise<boolean>,
  ) {
    this.positions = place.positions;
    this.fleet = place.fleet;
    response.on('drain', () => (this.#isFull = false));
    response.on('close', () => (this.isClosed = true));
    // The end of the connection is no fault of this process.
    response.on('error', () => (this.isClosed = true));
  }

  get isFull(): boolean {
    return this.#isFull;
  }

  onClose(listener: () => void): void {
    this.response.on('close', listener);
  }

  open(): void {
    this.response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
      // A proxy that collects an answer before it passes it on would hold every event back.
      'X-Accel-Buffering': 'no',
    });
    this.#write('retry: 1000\n\n');
  }

  /** Writes the event if it is for this client. False if the connection takes nothing now: the event was not written. */
  send(event: GateEvent, always = false): boolean {
    if (this.isClosed || this.#isFull) return false;
    if (!always && !passes(this.filter, event)) return true;
    const id = eventIdOf({ positions: this.positions, fleet: this.fleet });
    this.#write(`id: ${id}\nevent: ${event.type}\ndata: ${this.shown(JSON.stringify(event))}\n\n`);
    return true;
  }

  /**
   * Writes what an entry reports. False if the connection takes nothing now: the place is still before the entry then, so all of it is
   * written again later.
   */
  deliver({ source, id }: SourcedEntry, events: readonly GateEvent[]): boolean {
    const before = this.positions;
    const after = { ...before, [source]: id };
    const meant = events.filter((event) => passes(this.filter, event));
    for (const [at, event] of meant.entries()) {
      if (at === meant.length - 1) this.positions = after;
      if (!this.send(event)) {
        this.positions = before;
        return false;
      }
    }
    this.positions = after;
    return true;
  }

  /** Keeps the connection open, and tells the place of a client whose filter lets little through. */
  heartbeat(): void {
    if (this.#isFull || this.isClosed) return;
    this.#write(`: heartbeat\nid: ${eventIdOf({ positions: this.positions, fleet: this.fleet })}\n\n`);
  }

  /** Says once that nothing can be read now, and once that it can again. */
  redisAway(): void {
    if (!this.#isAway && this.#comment('Redis does not answer; the events go on from here when it does'))
      this.#isAway = true;
  }

  redisBack(): void {
    if (this.#isAway && this.#comment('Redis answers again')) this.#isAway = false;
  }

  /** False if the connection takes nothing now. */
  sendFleet(event: FleetChanged, digest: string): boolean {
    const before = this.fleet;
    this.fleet = digest;
    if (this.send(event)) return true;
    this.fleet = before;
    return false;
  }

  end(text: string): void {
    if (this.isClosed) return;
    this.#comment(text);
    this.isClosed = true;
    this.response.end();
    if (this.#isFull) this.response.destroy();
  }

  /** Resolves once the connection takes more. One that takes nothing for that long is closed. */
  async drained(withinMs: number): Promise<void> {
    if (!this.#isFull || this.isClosed) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => this.response.destroy(), withinMs);
      const done = (): void => {
        clearTimeout(timer);
        this.response.off('drain', done).off('close', done);
        resolve();
      };
      this.response.on('drain', done).on('close', done);
    });
  }

  #comment(text: string): boolean {
    if (this.#isFull || this.isClosed) return false;
    this.#write(`: ${text}\n\n`);
    return true;
  }

  #write(text: string): void {
    if (!this.response.write(text)) this.#isFull = true;
  }
}
