import { Inject, Injectable, Optional } from '@nestjs/common';
import { EXCHANGE, type ExchangePort } from '../exchange/exchange.port.js';
import { ISSUERS, type Issuer } from '../flow/3-permit.js';
import { APPLY_SETTINGS, type ApplySettings } from './apply-settings.js';

/** What the issuers serve within a window: plans that one process may have between publishing and claim. */
export const PLANS_UNDER_WAY = 64;

/** A slot for one plan that is about to be published. */
export interface Slot {
  /** Assigns the slot to a published attempt. It is free again when the attempt is claimed or ends, or after `windowMs`. */
  use(planId: string, attempt: number, windowMs: number): void;
  /** Frees the slot because nothing was published. Does nothing after {@link use}. */
  free(): void;
}

/** One who waits for a slot. */
export interface Turn {
  /** One place for each; a newer one takes the place of an earlier one. */
  readonly key: string;
  readonly planId: string;
  readonly symbol: string;
  readonly action: string;
  readonly killScore: number;
  readonly isFullClose: boolean;
}

/** A turn that has not come, since then (`performance.now()`). */
export interface WaitingTurn extends Turn {
  readonly sinceMs: number;
}

/** `displaced`: a newer request waits in its place. `look_again`: whether it still stands. `stopped`: the process is stopping. */
export type Waited = Slot | 'displaced' | 'look_again' | 'withdrawn' | 'timed_out' | 'stopped';

/** How often those who wait for the exchange's order budget look at it: other processes use it too. */
const LOOK_EVERY_MS = 250;

interface UnderWay {
  readonly timer: NodeJS.Timeout;
  readonly allowedBy: Set<Issuer>;
  /** This process waits for the permits of the attempt and frees the slot itself. */
  isTaken: boolean;
}

interface Waiter {
  readonly settle: (waited: Waited) => void;
}

interface InTurn extends Waiter {
  readonly turn: WaitingTurn;
}

const keyOf = (planId: string, attempt: number | string): string => `${planId}:${attempt}`;

/** Which comes first: the higher kill score, then full closes, then who came first. */
const comesFirst = (a: Turn, b: Turn): number =>
  b.killScore - a.killScore || Number(b.isFullClose) - Number(a.isFullClose);

/**
 * Limits the plans between publishing and claim, both published and taken by this process, to what the issuers serve within a window
 * and to the orders that the exchange still takes. A claimed order holds no slot. Taking a plan from the stream never waits, because
 * its window is already running; it only counts. Publishing waits for a free slot, the most urgent first, one place per key.
 */
@Injectable()
export class PlanSlots {
  readonly #underWay = new Map<string, UnderWay>();
  /** In order of arrival. */
  readonly #queue = new Map<string, InTurn>();
  readonly #paused = new Map<string, Waiter>();
  #reserved = 0;
  #isStopped = false;
  #look: NodeJS.Timeout | undefined;

  constructor(
    @Inject(EXCHANGE) private readonly exchange: Pick<ExchangePort, 'orderRoom'>,
    @Inject(APPLY_SETTINGS) private readonly settings: Pick<ApplySettings, 'mode'>,
    @Optional() private readonly limit: number = PLANS_UNDER_WAY,
  ) {}

  /** Plans in progress and reserved slots. */
  get size(): number {
    return this.#underWay.size + this.#reserved;
  }

  /** Those who wait, in the order in which they get a slot. */
  waiting(): readonly WaitingTurn[] {
    return [...this.#queue.values()].map(({ turn }) => turn).toSorted(comesFirst);
  }

  /** A slot, if one is free and nobody who comes first waits for it. */
  take(turn: Turn): Slot | undefined {
    if (!this.#hasRoom()) return undefined;
    const isNext = [...this.#queue.values()].every((other) => comesFirst(turn, other.turn) < 0);
    return isNext ? this.#reserve() : undefined;
  }

  /** Waits for a slot, at most `maxMs`. An earlier request with the same key is displaced, and this one takes its place. */
  wait(turn: Turn, maxMs?: number): Promise<Waited> {
    if (this.#isStopped) return Promise.resolve('stopped');
    const sinceMs = this.#queue.get(turn.key)?.turn.sinceMs ?? performance.now();
    const waited = this.#enter(this.#queue, turn.key, maxMs, (waiter) => ({ ...waiter, turn: { ...turn, sinceMs } }));
    this.#grant();
    return waited;
  }

  /** Those who wait with a proposal of this symbol look whether it still stands. */
  lookAgain(symbol: string): void {
    for (const { turn, settle } of this.#queue.values()) if (turn.symbol === symbol) settle('look_again');
  }

  /** Ends the wait of the plan with this key prefix and symbol; returns its id, `undefined` where none waits. */
  withdraw(keyPrefix: string, symbol: string): string | undefined {
    const found = [...this.#queue.values()].filter(
      ({ turn }) => turn.symbol === symbol && turn.key.startsWith(keyPrefix),
    );
    for (const { settle } of found) settle('withdrawn');
    return found.at(-1)?.turn.planId;
  }

  /** Waits for something else than room: so long, or until a newer one with the same key takes its place. */
  async pause(key: string, ms: number): Promise<'over' | 'displaced' | 'stopped'> {
    if (this.#isStopped) return 'stopped';
    const waited = await this.#enter(this.#paused, key, ms, (waiter) => waiter);
    return waited === 'displaced' || waited === 'stopped' ? waited : 'over';
  }

  #enter<T extends Waiter>(
    queue: Map<string, T>,
    key: string,
    maxMs: number | undefined,
    made: (waiter: Waiter) => T,
  ): Promise<Waited> {
    return new Promise((resolve) => {
      const timer = maxMs === undefined ? undefined : setTimeout(() => waiter.settle('timed_out'), maxMs);
      const waiter = made({
        settle: (waited) => {
          clearTimeout(timer);
          if (queue.get(key) === waiter) queue.delete(key);
          resolve(waited);
        },
      });
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
    clearTimeout(this.#look);
    for (const { settle } of [...this.#queue.values(), ...this.#paused.values()]) settle('stopped');
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
    while (this.#queue.size > 0 && this.#hasRoom()) {
      const [next] = this.waiting();
      if (next !== undefined) this.#queue.get(next.key)?.settle(this.#reserve());
    }
    if (this.#queue.size > 0 && this.size < this.limit) this.#lookLater();
  }

  /** A dry run sends no orders. Each plan that is under way may need one. */
  #hasRoom(): boolean {
    if (this.size >= this.limit) return false;
    return this.settings.mode === 'dry_run' || this.size < this.exchange.orderRoom().left;
  }

  #lookLater(): void {
    clearTimeout(this.#look);
    const inMs = Math.min(LOOK_EVERY_MS, Math.max(1, this.exchange.orderRoom().againInMs));
    this.#look = setTimeout(() => this.#grant(), inMs);
  }
}
