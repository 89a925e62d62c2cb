import { banOf } from './outcome-policy.js';
import type { AddressLimitsStore, AddressUse, WindowUse } from './address-limits.port.js';
import type { ExchangeAnswer } from './exchange-answer.js';
import type { OrderRoom } from './exchange.port.js';

/**
 * What a call is for. `order` is sent whatever weight is used; `follow_up` (look-ups, cancels, time) may use the part of
 * the budget that is kept for orders; `read` may not.
 */
export type CallPurpose = 'order' | 'follow_up' | 'read';

export interface ExchangeLimits {
  readonly weightPerMinute: number;
  readonly ordersPer10Sec: number;
  readonly ordersPerMinute: number;
}

/** Production's limits; exchangeInfo's replace them once it was read. */
export const DEFAULT_LIMITS: ExchangeLimits = { weightPerMinute: 2400, ordersPer10Sec: 300, ordersPerMinute: 1200 };

/** Reserved for orders: enough to look up dozens of orders in the same minute. */
const RESERVED_SHARE = 0.1;

export type Admission =
  | {
      readonly admitted: true;
      /** Gives the estimate back once the answer's own count is noted. */ readonly settle: () => void;
    }
  | {
      readonly admitted: false;
      /** `bans_unreadable` is a fault of the shared store, not of the exchange. */
      readonly cause: 'bans_unreadable' | 'banned' | 'limit';
      readonly reason: string;
      readonly bannedForMs: number;
      /** Of the shared store. */
      readonly fault?: unknown;
    };

/** An order is admitted by what the shared store said at most this long before: {@link RateBudget.lookAhead}. */
const SEEN_FOR_MS = 250;

const NONE: WindowUse = { window: -1, used: 0 };
const MINUTE_MS = 60_000;
const TEN_SEC_MS = 10_000;

/**
 * The exchange's rate limits as its own answers count them (`X-MBX-USED-WEIGHT-1M`, `X-MBX-ORDER-COUNT-*`): orders first,
 * nothing at all during a ban.
 */
export class RateBudget {
  private limits = DEFAULT_LIMITS;
  private weight = NONE;
  private orders10Sec = NONE;
  private orders1Min = NONE;
  private underway = 0;
  /** When orders were admitted whose answers have not been counted (the exchange's time). */
  private readonly unanswered = new Set<{ readonly admittedMs: number }>();
  private unshared = false;
  private bannedUntilMonotonicMs = 0;
  private seen: { readonly atMs: number; readonly taken: Promise<void> } | undefined;

  constructor(
    private readonly addressLimits: AddressLimitsStore,
    private readonly exchangeTimeMs: () => number,
    private readonly monotonicMs: () => number = () => performance.now(),
  ) {}

  setLimits(limits: ExchangeLimits): void {
    this.limits = limits;
  }

  /** Weight used in the exchange's current minute, calls underway included. */
  get usedWeight(): number {
    return this.current(this.weight, MINUTE_MS) + this.underway;
  }

  /** The ban this process knows of; {@link admit} asks the shared store as well. */
  bannedForMs(): number {
    return Math.max(0, this.bannedUntilMonotonicMs - this.monotonicMs());
  }

  /** Asks the shared store now, because an order may follow: it then waits for no round trip of its own. */
  lookAhead(): void {
    const nowMs = this.monotonicMs();
    if (this.seen !== undefined && nowMs - this.seen.atMs <= SEEN_FOR_MS / 2) return;
    const taken = this.askShared();
    this.seen = { atMs: nowMs, taken };
    // An order that waits for this answer is refused; one that comes later asks again.
    taken.catch(() => (this.seen = undefined));
  }

  /** Checks before a call. Refuses when the ban store cannot be read, because a call during a ban makes the ban longer. */
  async admit(purpose: CallPurpose, weight: number): Promise<Admission> {
    try {
      if (this.unshared) await this.share();
      await (purpose === 'order' ? this.lately() : this.askShared());
    } catch (error) {
      const reason = `the shared ban time cannot be read: ${String(error)}`;
      return { admitted: false, cause: 'bans_unreadable', reason, bannedForMs: 0, fault: error };
    }
    const bannedForMs = this.bannedForMs();
    if (bannedForMs > 0) {
      const reason = `the exchange forbade all calls for another ${Math.ceil(bannedForMs / 1000)} s (rate limit)`;
      return { admitted: false, cause: 'banned', reason, bannedForMs };
    }
    const full = purpose === 'order' ? this.orderLimitReached() : this.weightReached(purpose, weight);
    if (full !== undefined) return { admitted: false, cause: 'limit', reason: full, bannedForMs: 0 };
    this.underway += weight;
    const admitted = { admittedMs: this.exchangeTimeMs() };
    if (purpose === 'order') this.unanswered.add(admitted);
    let open = true;
    const settle = (): void => {
      if (open) this.underway -= weight;
      this.unanswered.delete(admitted);
      open = false;
    };
    return { admitted: true, settle };
  }

  /** Takes the counts and the ban, if any, out of an answer of any kind. */
  async note(answer: ExchangeAnswer): Promise<void> {
    this.weight = this.counted(this.weight, MINUTE_MS, answer.headers['x-mbx-used-weight-1m']);
    this.orders10Sec = this.counted(this.orders10Sec, TEN_SEC_MS, answer.headers['x-mbx-order-count-10s']);
    this.orders1Min = this.counted(this.orders1Min, MINUTE_MS, answer.headers['x-mbx-order-count-1m']);
    this.shareUse();
    const forMs = banOf(answer, this.exchangeTimeMs());
    if (forMs === undefined) return;
    this.fence(forMs);
    this.unshared = true;
    // This process already makes no calls; if the store cannot be written now, it is written before the next call.
    await this.share().catch(() => undefined);
  }

  private lately(): Promise<void> {
    const { seen } = this;
    return seen !== undefined && this.monotonicMs() - seen.atMs <= SEEN_FOR_MS ? seen.taken : this.askShared();
  }

  private async askShared(): Promise<void> {
    const [remainingMs, used] = await Promise.all([this.addressLimits.remainingMs(), this.addressLimits.used()]);
    this.fence(remainingMs);
    this.take(used);
  }

  /** Nobody waits for it: what is not shared now is in the exchange's next answer. */
  private shareUse(): void {
    const { weight, orders10Sec, orders1Min } = this;
    Promise.resolve(this.addressLimits.noteUse({ weight, orders10Sec, orders1Min })).catch(() => undefined);
  }

  /** The later of two counts of the same limit. */
  private take(used: AddressUse | undefined): void {
    if (used === undefined) return;
    this.weight = later(this.weight, used.weight);
    this.orders10Sec = later(this.orders10Sec, used.orders10Sec);
    this.orders1Min = later(this.orders1Min, used.orders1Min);
  }

  private async share(): Promise<void> {
    await this.addressLimits.report(this.bannedForMs());
    this.unshared = false;
  }

  private fence(forMs: number): void {
    if (forMs > 0) this.bannedUntilMonotonicMs = Math.max(this.bannedUntilMonotonicMs, this.monotonicMs() + forMs);
  }

  private weightReached(purpose: CallPurpose, weight: number): string | undefined {
    const { weightPerMinute } = this.limits;
    const open = purpose === 'read' ? Math.floor(weightPerMinute * (1 - RESERVED_SHARE)) : weightPerMinute;
    if (this.usedWeight + weight <= open) return undefined;
    return `request weight ${this.usedWeight} of ${weightPerMinute} a minute is used and the rest is kept for orders`;
  }

  /** What both order limits leave: of the answers' counts, what others behind the address report, and orders without an answer. */
  orderRoom(): OrderRoom {
    const nowMs = this.exchangeTimeMs();
    const tenSec = this.limits.ordersPer10Sec - this.ordersIn(this.orders10Sec, TEN_SEC_MS);
    const minute = this.limits.ordersPerMinute - this.ordersIn(this.orders1Min, MINUTE_MS);
    const windowMs = minute <= 0 ? MINUTE_MS : TEN_SEC_MS;
    return { left: Math.max(0, Math.min(tenSec, minute)), againInMs: windowMs - (nowMs % windowMs) };
  }

  private ordersIn(count: WindowUse, lengthMs: number): number {
    const window = Math.floor(this.exchangeTimeMs() / lengthMs);
    const unanswered = [...this.unanswered].filter(({ admittedMs }) => Math.floor(admittedMs / lengthMs) === window);
    return this.current(count, lengthMs) + unanswered.length;
  }

  private orderLimitReached(): string | undefined {
    if (this.orderRoom().left > 0) return undefined;
    const tenSec = this.ordersIn(this.orders10Sec, TEN_SEC_MS);
    const minute = this.ordersIn(this.orders1Min, MINUTE_MS);
    return `the exchange's order limit is used up: ${tenSec} in 10 s, ${minute} in a minute`;
  }

  private current(count: WindowUse, lengthMs: number): number {
    return count.window === Math.floor(this.exchangeTimeMs() / lengthMs) ? count.used : 0;
  }

  /** Answers may arrive out of order: within one window the highest count is the latest. */
  private counted(count: WindowUse, lengthMs: number, header: string | undefined): WindowUse {
    if (header === undefined || !/^\d{1,9}$/.test(header)) return count;
    const window = Math.floor(this.exchangeTimeMs() / lengthMs);
    return { window, used: Math.max(count.window === window ? count.used : 0, Number(header)) };
  }
}

function later(a: WindowUse, b: WindowUse): WindowUse {
  if (a.window !== b.window) return a.window > b.window ? a : b;
  return a.used >= b.used ? a : b;
}
