import { Injectable } from '@nestjs/common';
import { EVENT_SOURCES, type EventSource, type SourcedEntry } from '../../redis/streams/event-streams.js';
import { compareIds } from '../../redis/streams/stream-entry.js';
import { type EventClient, passes } from './event-client.js';
import { eventsOf, orderOf } from './event-of.js';
import { type EventReader, orderKey } from './event-reader.js';
import { EventSettings } from './event-settings.js';
import { EventState } from './event-state.js';
import type { FleetChanged, GateEvent } from './events.dto.js';
import { MOST_RECENT } from './events-query.dto.js';
import type { SeenFleet } from './fleet-view.js';

/** How the answer to a new client begins. */
export type Beginning =
  /** It comes back, and goes on at its place. */
  | { readonly kind: 'at its place' }
  /** It comes back with an id that nobody gave it. */
  | { readonly kind: 'lost its place' }
  /** With the newest events from before; where it does not follow, that is all. */
  | { readonly kind: 'new'; readonly last: number; readonly follows: boolean };

const DETAILS = {
  trimmed:
    'entries after the last event of this client were trimmed; the state follows, then the entries that are left',
  replaced:
    'a stream is not the one of before: it was renewed, or this is another Redis; the state follows, then what is new',
  unknown: 'the Last-Event-ID is not an id that this interface gives; the state follows, then what is new',
} as const;

export function fleetEvent({ instances, missing_roles }: SeenFleet, nowMs: number): FleetChanged {
  return { type: 'fleet.changed', at_ms: nowMs, instances, missing_roles };
}

/** Brings one client from its place to that of the reader. A client that takes no more goes on later from where it is. */
@Injectable()
export class CatchUp {
  constructor(
    private readonly state: EventState,
    private readonly settings: EventSettings,
  ) {}

  /** May be called again where it failed. */
  async begin(client: EventClient, reader: EventReader, beginning: Beginning): Promise<void> {
    switch (beginning.kind) {
      case 'at its place':
        return;
      case 'lost its place':
        client.positions = await reader.reading.newest();
        this.#gap(client, [...EVENT_SOURCES], DETAILS.unknown, reader.nowMs);
        return;
      case 'new':
        if (beginning.last > 0) await this.#recent(client, reader, beginning.last);
        else client.positions = await reader.reading.newest();
        if (!beginning.follows) client.end('these are all');
        client.owesState = passes(client.filter, { type: 'state' });
        client.fleet = reader.fleet.digest;
        return;
    }
    beginning satisfies never;
  }

  /** One page. True if the client is where the reader is: from then on it is live. */
  async step(client: EventClient, reader: EventReader): Promise<boolean> {
    if (client.owesState) {
      const orders = new Set([...reader.orders.values()].map(orderKey));
      const state = await this.state.read(reader.reading, reader.fleet, reader.nowMs);
      if (!client.send(state, true)) return false;
      client.owesState = false;
      client.orders = orders;
      client.fleet = reader.fleet.digest;
      if (client.isFull) return false;
    }
    const page = await reader.reading.read(client.positions);
    const lost = page.lost.filter(({ source }) => client.gaps.get(source) !== client.positions[source]);
    if (lost.length > 0) {
      const positions = { ...client.positions };
      for (const { source, how } of lost) {
        if (how === 'replaced') positions[source] = page.positions[source];
        client.gaps.set(source, positions[source]);
      }
      client.positions = positions;
      const [{ how }] = lost as [(typeof lost)[0]];
      this.#gap(
        client,
        lost.map(({ source }) => source),
        DETAILS[how],
        page.nowMs,
      );
      return false;
    }
    for (const entry of page.entries) if (!client.deliver(entry, eventsOf(entry))) return false;
    client.positions = page.positions;
    return page.isComplete && this.#meets(client, reader, page.nowMs);
  }

  #gap(client: EventClient, streams: readonly EventSource[], detail: string, nowMs: number): void {
    client.send({ type: 'events.gap', at_ms: nowMs, streams, detail }, true);
    client.owesState = true;
  }

  /** What the reader knows and no stream holds: open orders, and who lives. Without a pause, so that the reader cannot go on meanwhile. */
  #meets(client: EventClient, reader: EventReader, nowMs: number): boolean {
    if (reader.isEnded) return false;
    if (EVENT_SOURCES.some((source) => compareIds(client.positions[source], reader.positions[source]) < 0))
      return false;
    for (const order of reader.orders.values()) {
      if (client.orders.has(orderKey(order))) continue;
      if (!client.send(order)) return false;
      client.orders.add(orderKey(order));
    }
    const { fleet } = reader;
    if (client.fleet !== fleet.digest && !client.sendFleet(fleetEvent(fleet, nowMs), fleet.digest)) return false;
    client.orders.clear();
    client.isLive = true;
    return true;
  }

  /** The newest events, oldest first, of those that are for this client. */
  async #recent(client: EventClient, { reading }: EventReader, last: number): Promise<void> {
    const { symbols, types } = client.filter;
    let positions = await reading.before(symbols === undefined && types === undefined ? last : MOST_RECENT);
    const found: (readonly [entry: SourcedEntry | undefined, event: GateEvent])[] = [];
    const keep = (entry: SourcedEntry | undefined, events: readonly GateEvent[]): void => {
      for (const event of events) if (passes(client.filter, event)) found.push([entry, event]);
      found.splice(0, Math.max(0, found.length - last));
    };
    client.positions = positions;
    while (!client.isClosed) {
      const page = await reading.read(positions);
      positions = page.positions;
      for (const entry of page.entries) keep(entry, eventsOf(entry));
      if (!page.isComplete) continue;
      keep(undefined, (await reading.openOrders([...page.open.keys()])).map(orderOf));
      break;
    }
    for (const [entry, event] of found) {
      await client.drained(this.settings.stalledMs);
      if (entry !== undefined) client.positions = { ...client.positions, [entry.source]: entry.id };
      client.send(event);
    }
    client.positions = positions;
  }
}
