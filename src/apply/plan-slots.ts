import { Injectable, Optional } from '@nestjs/common';
import { ISSUERS, type Issuer } from '../flow/3-permit.js';

/** How many plans one process may have between publishing and claim. With more, plans would miss their windows. */
export const PLANS_UNDER_WAY = 64;

/** A slot for one plan that is about to be published. */
export interface Slot {
  /** Assigns the slot to a published attempt. It is free again when the attempt is claimed or ends, or after `windowMs`. */
  use(planId: string, attempt: number, windowMs: number): void;
  /** Frees the slot because nothing was published. Does nothing after {@link use}. */
  free(): void;
}

/** `displaced`: a newer request waits in its place. `stopped`: the process is stopping. */
export type Waited = Slot | 'displaced' | 'timed_out' | 'stopped';

interface UnderWay {
  readonly timer: NodeJS.Timeout;
  readonly allowedBy: Set<Issuer>;
  /** This process waits for the permits of the attempt and frees the slot itself. */
  isTaken: boolean;
}

interface Waiter {
  readonly settle: (waited: Waited) => void;
}

const keyOf = (planId: string, attempt: number | string): string => `${planId}:${attempt}`;

/**
 * Limits the plans between publishing and claim, both published and taken by this process. A claimed order holds no slot. Taking a
 * plan from the stream never waits, because its window is already running; it only counts. Publishing waits for a free slot: full
 * closes first, then in order of arrival, one place per key.
 */
@Injectable()
export class PlanSlots {
  readonly #underWay = new Map<string, UnderWay>();
  readonly #urgent = new Map<string, Waiter>();
  readonly #others = new Map<string, Waiter>();
  readonly #paused = new Map<string, Waiter>();
  #reserved = 0;
  #isStopped = false;

  constructor(@Optional() private readonly limit: number = PLANS_UNDER_WAY) {}

  /** Plans in progress and reserved slots. */
  get size(): number {
    return this.#underWay.size + this.#reserved;
  }

  get waiting(): number {
    return this.#urgent.size + this.#others.size;
  }

  /** A slot, if one is free and no request that comes first waits for it. */
  take(isUrgent: boolean): Slot | undefined {
    const isNext = this.#urgent.size === 0 && (isUrgent || this.#others.size === 0);
    return isNext && this.size < this.limit ? this.#reserve() : undefined;
  }

  /** Waits for a slot, at most `maxMs`. An earlier request with the same key is displaced, and this one takes its place. */
  wait(key: string, isUrgent: boolean, maxMs?: number): Promise<Waited> {
    if (this.#isStopped) return Promise.resolve('stopped');
    const [queue, other] = isUrgent ? [this.#urgent, this.#others] : [this.#others, this.#urgent];
    const waited = this.#enter(queue, key, maxMs);
    other.get(key)?.settle('displaced');
    return waited;
  }

  /** Waits for something else than room: so long, or until a newer one with the same key takes its place. */
  async pause(key: string, ms: number): Promise<'over' | 'displaced' | 'stopped'> {
    if (this.#isStopped) return 'stopped';
    const waited = await this.#enter(this.#paused, key, ms);
    return waited === 'displaced' || waited === 'stopped' ? waited : 'over';
  }

  #enter(queue: Map<string, Waiter>, key: string, maxMs: number | undefined): Promise<Waited> {
    return new Promise((resolve) => {
      const timer = maxMs === undefined ? undefined : setTimeout(() => waiter.settle('timed_out'), maxMs);
      const waiter: Waiter = {
        settle: (waited) => {
          clearTimeout(timer);
          if (queue.get(key) === waiter) queue.delete(key);
          resolve(waited);
        },
      };
      const before = queue.get(key);
      queue.set(key, waiter);
      before?.settle('displaced');
    });
  }

  /** This process waits for the permits of an attempt that any process may have published. */
  occupy(planId: string, attempt: number, windowMs: number): void {
    this.#hold(keyOf(planId, attempt), windowMs).isTaken = true;
  }

  /** The attempt is claimed, or has ended. */
  release(planId: string, attempt: number | string): void {
    const key = keyOf(planId, attempt);
    clearTimeout(this.#underWay.get(key)?.timer);
    if (this.#underWay.delete(key)) this.#grant();
  }

  /** A verdict on an attempt that another process took. Both permits or one denial end its wait. */
  onVerdict(event: { planId: string; attempt: number | string; issuer: Issuer; verdict: 'allow' | 'deny' }): void {
    const held = this.#underWay.get(keyOf(event.planId, event.attempt));
    if (held === undefined || held.isTaken) return;
    held.allowedBy.add(event.issuer);
    if (event.verdict === 'deny' || ISSUERS.every((issuer) => held.allowedBy.has(issuer)))
      this.release(event.planId, event.attempt);
  }

  stop(): void {
    this.#isStopped = true;
    for (const queue of [this.#urgent, this.#others, this.#paused])
      for (const { settle } of queue.values()) settle('stopped');
    for (const { timer } of this.#underWay.values()) clearTimeout(timer);
    this.#underWay.clear();
  }

  #reserve(): Slot {
    let isReserved = true;
    this.#reserved += 1;
    const giveBack = (): boolean => {
      if (!isReserved) return false;
      isReserved = false;
      this.#reserved -= 1;
      return true;
    };
    return {
      use: (planId, attempt, windowMs) => {
        if (giveBack()) this.#hold(keyOf(planId, attempt), windowMs);
      },
      free: () => {
        if (giveBack()) this.#grant();
      },
    };
  }

  #hold(key: string, windowMs: number): UnderWay {
    const known = this.#underWay.get(key);
    if (known !== undefined) return known;
    const timer = setTimeout(() => {
      this.#underWay.delete(key);
      this.#grant();
    }, windowMs);
    const held: UnderWay = { timer, allowedBy: new Set(), isTaken: false };
    this.#underWay.set(key, held);
    return held;
  }

  #grant(): void {
    while (this.size < this.limit) {
      const next = this.#urgent.values().next().value ?? this.#others.values().next().value;
      if (next === undefined) return;
      next.settle(this.#reserve());
    }
  }
}
