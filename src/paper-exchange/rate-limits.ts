import { WireError } from './wire-error.js';

/** Request and order limits. Production values: 2400 weight a minute, 300 orders per 10 s, 1200 a minute. */
export interface Limits {
  readonly weightPerMinute: number;
  readonly ordersPer10s: number;
  readonly ordersPerMinute: number;
  /** Length of the first ban; each further one is twice as long. */
  readonly banMs: number;
  /** Requests answered 429 before the address is banned. */
  readonly violationsBeforeBan: number;
}

export const PRODUCTION_LIMITS: Limits = {
  weightPerMinute: 2400,
  ordersPer10s: 300,
  ordersPerMinute: 1200,
  banMs: 120_000,
  violationsBeforeBan: 10,
};

const MINUTE_MS = 60_000;
const TEN_SECONDS_MS = 10_000;

/** Counts what falls into the current interval; intervals are aligned to the clock, as the exchange's are. */
class Window {
  private startMs = 0;
  private used = 0;

  constructor(private readonly lengthMs: number) {}

  add(amount: number, nowMs: number): number {
    const startMs = nowMs - (nowMs % this.lengthMs);
    if (startMs !== this.startMs) {
      this.startMs = startMs;
      this.used = 0;
    }
    this.used += amount;
    return this.used;
  }

  retryAfterSec(nowMs: number): string {
    return String(Math.max(1, Math.ceil((this.lengthMs - (nowMs % this.lengthMs)) / 1000)));
  }
}

/** The exchange's limits: 429 beyond them, 418 for clients that keep calling. */
export class RateLimits {
  private readonly weight = new Window(MINUTE_MS);
  private readonly orders10s = new Window(TEN_SECONDS_MS);
  private readonly ordersMinute = new Window(MINUTE_MS);
  private violations = 0;
  private bans = 0;
  private bannedUntilMs = 0;

  constructor(readonly limits: Limits) {}

  /**
   * Charges one request.
   * @returns the usage headers
   * @throws WireError 418 during a ban, 429 beyond a limit
   */
  charge(cost: { weight: number; orders: number }, nowMs: number): Record<string, string> {
    if (nowMs < this.bannedUntilMs) throw this.banned(nowMs);
    const used = this.weight.add(cost.weight, nowMs);
    const headers: Record<string, string> = { 'X-MBX-USED-WEIGHT-1M': String(used) };
    if (used > this.limits.weightPerMinute) throw this.tooManyRequests(headers, nowMs);
    this.violations = 0;
    if (cost.orders === 0) return headers;
    const in10s = this.orders10s.add(cost.orders, nowMs);
    const inMinute = this.ordersMinute.add(cost.orders, nowMs);
    headers['X-MBX-ORDER-COUNT-10S'] = String(in10s);
    headers['X-MBX-ORDER-COUNT-1M'] = String(inMinute);
    if (in10s > this.limits.ordersPer10s)
      throw tooManyOrders(this.limits.ordersPer10s, '10 SECOND', headers, this.orders10s, nowMs);
    if (inMinute > this.limits.ordersPerMinute) {
      throw tooManyOrders(this.limits.ordersPerMinute, '1 MINUTE', headers, this.ordersMinute, nowMs);
    }
    return headers;
  }

  /** The `rateLimits` part of exchangeInfo. */
  describe(): { rateLimitType: string; interval: string; intervalNum: number; limit: number }[] {
    return [
      { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: this.limits.weightPerMinute },
      { rateLimitType: 'ORDERS', interval: 'MINUTE', intervalNum: 1, limit: this.limits.ordersPerMinute },
      { rateLimitType: 'ORDERS', interval: 'SECOND', intervalNum: 10, limit: this.limits.ordersPer10s },
    ];
  }

  private tooManyRequests(headers: Record<string, string>, nowMs: number): WireError {
    this.violations += 1;
    if (this.violations > this.limits.violationsBeforeBan) {
      this.violations = 0;
      this.bannedUntilMs = nowMs + this.limits.banMs * 2 ** this.bans;
      this.bans += 1;
      return this.banned(nowMs);
    }
    const text = `Too many requests; current limit is ${this.limits.weightPerMinute} requests per minute. Please use the websocket for live updates to avoid polling the API.`;
    return new WireError(429, -1003, text, { ...headers, 'Retry-After': this.weight.retryAfterSec(nowMs) });
  }

  private banned(nowMs: number): WireError {
    const text = `Way too many requests; IP banned until ${this.bannedUntilMs}. Please use the websocket for live updates to avoid bans.`;
    const retryAfter = String(Math.max(1, Math.ceil((this.bannedUntilMs - nowMs) / 1000)));
    return new WireError(418, -1003, text, { 'Retry-After': retryAfter });
  }
}

function tooManyOrders(
  limit: number,
  per: string,
  headers: Record<string, string>,
  window: Window,
  nowMs: number,
): WireError {
  const text = `Too many new orders; current limit is ${limit} orders per ${per}.`;
  return new WireError(429, -1015, text, { ...headers, 'Retry-After': window.retryAfterSec(nowMs) });
}
