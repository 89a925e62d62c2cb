import type { EventPage, EventPositions, EventReading } from '../../redis/streams/event-streams.js';
import { orderOf } from './event-of.js';
import type { OrderSent } from './events.dto.js';
import type { FleetView, SeenFleet } from './fleet-view.js';

/** What one read found that is new. */
export interface Read {
  readonly page: EventPage;
  readonly orders: readonly OrderSent[];
  /** `undefined` while it is the one of before. */
  readonly fleet: SeenFleet | undefined;
}

export const orderKey = ({ plan_id, attempt }: OrderSent): string => `${plan_id}:${attempt}`;

/** Reads for all clients of a process: the streams, the orders of open plans, and the fleet. */
export class EventReader {
  #open: ReadonlyMap<string, string> = new Map();
  #orders: ReadonlyMap<string, OrderSent> = new Map();
  #fleetReadMs = performance.now();
  #isEnded = false;
  /** By Redis' clock, at the last read. */
  nowMs = 0;

  private constructor(
    readonly reading: EventReading,
    private readonly fleets: FleetView,
    private readonly fleetMs: number,
    /** How far it has read. */
    public positions: EventPositions,
    public fleet: SeenFleet,
  ) {}

  /** Knows the present: what it reads from then on is new. */
  static async at(reading: EventReading, fleets: FleetView, fleetMs: number): Promise<EventReader> {
    const reader = new EventReader(reading, fleets, fleetMs, await reading.newest(), await fleets.read());
    const { page, orders } = await reader.read();
    // Orders that are open already are known with the state.
    reader.learn({ page: { ...page, positions: reader.positions }, orders, fleet: undefined });
    return reader;
  }

  /** Orders that are open, by plan. */
  get orders(): ReadonlyMap<string, OrderSent> {
    return this.#orders;
  }

  /** Changes nothing here until {@link learn}: whoever is told of it is told in the same step. */
  async read(): Promise<Read> {
    const page = await this.reading.read(this.positions);
    const orders = page.isComplete ? await this.#newOrders(page.open) : [];
    return { page, orders, fleet: await this.#newFleet() };
  }

  /** After this it reads no more, and nobody may rely on it. */
  end(): void {
    this.#isEnded = true;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  learn({ page, orders, fleet }: Read): void {
    this.nowMs = page.nowMs;
    this.positions = page.positions;
    if (fleet !== undefined) this.fleet = fleet;
    if (!page.isComplete) return;
    const known = [...this.#orders].filter(([planId]) => page.open.has(planId));
    this.#orders = new Map([...known, ...orders.map((order) => [order.plan_id, order] as const)]);
    this.#open = page.open;
  }

  /** The time of a plan's next check changes when its order is claimed; only those plans are looked at again. */
  async #newOrders(open: ReadonlyMap<string, string>): Promise<OrderSent[]> {
    const changed = [...open].flatMap(([planId, due]) => (this.#open.get(planId) === due ? [] : [planId]));
    const found = (await this.reading.openOrders(changed)).map(orderOf);
    return found.filter((order) => this.#orders.get(order.plan_id)?.attempt !== order.attempt);
  }

  async #newFleet(): Promise<SeenFleet | undefined> {
    if (performance.now() - this.#fleetReadMs < this.fleetMs) return undefined;
    const fleet = await this.fleets.read();
    this.#fleetReadMs = performance.now();
    return fleet.digest === this.fleet.digest ? undefined : fleet;
  }
}
