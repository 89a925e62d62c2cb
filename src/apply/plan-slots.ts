import { Inject, Injectable, Optional } from '@nestjs/common';
import { EXCHANGE, type ExchangePort } from '../exchange/exchange.port.js';
import { ISSUERS, type Issuer } from '../flow/3-permit.js';
import { APPLY_SETTINGS, type ApplySettings } from './apply-settings.js';
import { KeyedWaits } from './keyed-waits.js';
import { byTurn, type Turn, type WaitingTurn } from './turns.js';

/** What the issuers serve within a window: plans that one process may have between publishing and claim. */
export const PLANS_UNDER_WAY = 64;

/** A slot for one plan that is about to be published. */
export interface Slot {
  /** Assigns the slot to a published attempt. It is free again when the attempt is claimed or ends, or after `windowMs`. */
  use(planId: string, attempt: number, windowMs: number): void;
  /** Frees the slot because nothing was published. Does nothing after {@link use}. */
  free(): void;
}

/** `displaced`: a newer request waits in its place. `look_again`: whether it still stands. `stopped`: the process is stopping. */
export type Waited = Slot | 'displaced' | 'look_again' | 'withdrawn' | 'timed_out' | 'stopped';

/** One request for a slot, from the moment at which it is known. It ends with a slot, with any end of its wait but `look_again`, or with `leave`. */
export interface Place {
  /** A slot, if one is free and left by those whose turn is before. */
  take(): Slot | undefined;
  /** Waits for a slot, at most `maxMs`. An earlier wait of the same key is displaced, and this one takes its arrival. */
  wait(maxMs?: number): Promise<Waited>;
  /** Ends the request without a slot. */
  leave(): void;
}

/** So long a slot is kept for a request that is judged and whose turn is first: judging takes a round trip. */
const KEPT_FOR_MS = 250;
/** How often those who wait for the exchange's order budget look at it: other processes use it too. */
const LOOK_EVERY_MS = 250;

interface UnderWay {
  readonly timer: NodeJS.Timeout;
  readonly allowedBy: Set<Issuer>;
  /** This process waits for the permits of the attempt and frees the slot itself. */
  isTaken: boolean;
}

const keyOf = (planId: string, attempt: number | string): string => `${planId}:${attempt}`;

/**
 * Limits the plans between publishing and claim, both published and taken by this process, to what the issuers serve within a window
 * and to the orders that the exchange still takes. A claimed order holds no slot. Taking a plan from the stream never waits, because
 * its window is already running; it only counts. Publishing waits for a free slot, the most urgent first, one wait per key.
 */
@Injectable()
export class PlanSlots {
  readonly #underWay = new Map<string, UnderWay>();
  readonly #queue = new KeyedWaits<WaitingTurn, Waited>();
  readonly #paused = new KeyedWaits<undefined, 'stopped'>();
  /** Requests that are being judged, and until when a slot is kept for each. */
  readonly #judged = new Map<WaitingTurn, number>();
  #arrivals = 0;
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
    return this.#queue.all().toSorted(byTurn);
  }

  /** Makes a request known before it is judged, so that of all that were read at once the most urgent get the free slots. */
  enter(turn: Turn): Place {
    let known: WaitingTurn = { ...turn, arrival: (this.#arrivals += 1), sinceMs: performance.now() };
    const keep = (): void => void this.#judged.set(known, performance.now() + KEPT_FOR_MS);
    keep();
    return {
      take: () => {
        const isNext = this.#room() > this.#ahead(known, [...this.#queue.all(), ...this.#kept()]);
        if (!isNext) return undefined;
        this.#judged.delete(known);
        return this.#reserve();
      },
      wait: async (maxMs) => {
        this.#judged.delete(known);
        if (this.#isStopped) return 'stopped';
        const { arrival, sinceMs } = this.#queue.get(turn.key) ?? known;
        if (arrival < known.arrival) known = { ...turn, arrival, sinceMs };
        const waited = this.#queue.enter(turn.key, known, maxMs);
        this.#grant();
        if ((await waited) === 'look_again') keep();
        return waited;
      },
      leave: () => {
        if (this.#judged.delete(known)) this.#grant();
      },
    };
  }

  /** Those who wait with a proposal of this symbol look whether it still stands, and keep their place meanwhile. */
  lookAgain(symbol: string): void {
    for (const turn of this.#queue.all()) if (turn.symbol === symbol) this.#queue.settle(turn.key, 'look_again');
  }

  /** Ends the wait of the plan with this key prefix and symbol; returns its id, `undefined` where none waits. */
  withdraw(keyPrefix: string, symbol: string): string | undefined {
    const found = this.#queue.all().filter((turn) => turn.symbol === symbol && turn.key.startsWith(keyPrefix));
    for (const { key } of found) this.#queue.settle(key, 'withdrawn');
    return found.at(-1)?.planId;
  }

  /** Waits for something else than room: so long, or until a newer one with the same key takes its place. */
  async pause(key: string, ms: number): Promise<'over' | 'displaced' | 'stopped'> {
    if (this.#isStopped) return 'stopped';
    const waited = await this.#paused.enter(key, undefined, ms);
    return waited === 'timed_out' ? 'over' : waited;
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
    this.#queue.settleAll('stopped');
    this.#paused.settleAll('stopped');
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
    if (this.#queue.size === 0 || this.size >= this.limit) return;
    let room = this.#room();
    const kept = room > 0 ? this.#kept() : [];
    for (const turn of room > 0 ? this.waiting() : []) {
      if (room <= this.#ahead(turn, kept)) break;
      this.#queue.settle(turn.key, this.#reserve());
      room -= 1;
    }
    if (this.#queue.size > 0 && this.size < this.limit) this.#lookLater(kept.length > 0);
  }

  /** Requests that are being judged and may still have the slot that is kept for them. */
  #kept(): readonly WaitingTurn[] {
    const nowMs = performance.now();
    return [...this.#judged].filter(([, untilMs]) => nowMs < untilMs).map(([turn]) => turn);
  }

  #ahead(turn: WaitingTurn, others: readonly WaitingTurn[]): number {
    return others.filter((other) => byTurn(other, turn) < 0).length;
  }

  /** Free slots. A dry run sends no orders; otherwise each plan that is under way may need one. */
  #room(): number {
    const limit = this.settings.mode === 'dry_run' ? this.limit : Math.min(this.limit, this.exchange.orderRoom().left);
    return limit - this.size;
  }

  #lookLater(isKept: boolean): void {
    clearTimeout(this.#look);
    const inMs = Math.min(LOOK_EVERY_MS, isKept ? KEPT_FOR_MS : Math.max(1, this.exchange.orderRoom().againInMs));
    this.#look = setTimeout(() => this.#grant(), inMs);
  }
}
