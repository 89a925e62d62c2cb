import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Request } from 'express';
import { AuditLog } from '../../redis/stores/audit-log.js';
import { addressGroup, addressOf } from '../access/address.js';
import { callerOf } from '../access/caller.js';
import type { Problem } from '../problem/problem.js';

const MINUTE_MS = 60_000;
/** While refusals without a token go on, their entry comes after 1, 2, 4, … minutes, in the end once an hour. */
const LONGEST_PAUSE_MINUTES = 60;
/** Of each kind of count, this many are named in an entry. */
const MAX_NAMED = 8;
const MAX_COUNTED = 1_000;
const OTHERS = '(others)';

/** One refused call. */
export interface RefusedCall {
  /** Of the token; `undefined` without a valid one. */
  readonly caller: { readonly name: string; readonly role: string } | undefined;
  readonly address: string;
  /** Method and path. */
  readonly call: string;
  readonly outcome: string;
}

/** Counts by name; beyond {@link MAX_COUNTED} names together. */
class Counts {
  readonly #counts = new Map<string, number>();

  add(name: string): void {
    const key = this.#counts.has(name) || this.#counts.size < MAX_COUNTED ? name : OTHERS;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  get size(): number {
    return this.#counts.size;
  }

  /** The largest, and the sum of the others. */
  get shown(): Readonly<Record<string, number>> {
    const sorted = [...this.#counts].toSorted(([, a], [, b]) => b - a);
    const rest = sorted.slice(MAX_NAMED).reduce((sum, [, count]) => sum + count, 0);
    const named = sorted.slice(0, MAX_NAMED).map(([name, count]) => [name.slice(0, 80), count] as const);
    return Object.fromEntries(rest === 0 ? named : [...named, [OTHERS, rest]]);
  }
}

interface Sum {
  calls: number;
  last: RefusedCall;
  readonly addresses: Counts;
  readonly refused: Counts;
}

const handled = new WeakSet<Request>();

/** The outcome of the call itself is already in the audit, or will be. */
export function auditedElsewhere(request: Request): void {
  handled.add(request);
}

/**
 * Audits API calls that were refused before they reached their handler, in sums: one entry a minute for each token, and one for all calls
 * without a token. So whoever calls, however often, fills neither Redis nor the memory.
 */
@Injectable()
export class RefusalAudit implements OnApplicationShutdown {
  readonly #byToken = new Map<string, Sum>();
  #withoutToken: Sum | undefined;
  #pauseMinutes = 1;
  #passedMinutes = 0;
  readonly #timer = setInterval(() => void this.#everyMinute(), MINUTE_MS).unref();

  constructor(private readonly log: AuditLog) {
    log.beforeClose(() => this.flush());
  }

  /** Called with every error answer; ignores those that are not refused API calls. */
  noteRefused(request: Request, found: Problem): void {
    const path = request.originalUrl.split('?')[0] ?? '';
    if (!/^\/api(\/|$)/i.test(path) || handled.has(request) || found.status >= 500) return;
    const caller = callerOf(request);
    if (caller !== undefined && (found.status === 404 || found.status === 400) && request.method === 'GET') return;
    const call = `${request.method} ${path}`.slice(0, 200);
    this.note({ caller, address: addressOf(request), call, outcome: `refused: ${found.status} ${found.title}` });
  }

  note(refused: RefusedCall): void {
    const { caller } = refused;
    if (caller === undefined) {
      this.#withoutToken = added(this.#withoutToken, refused, addressGroup(refused.address));
    } else {
      this.#byToken.set(caller.name, added(this.#byToken.get(caller.name), refused, refused.address));
    }
  }

  /** Writes all sums now. */
  async flush(): Promise<void> {
    await Promise.all([this.#flushTokens(), this.#flushOthers()]);
  }

  onApplicationShutdown(): void {
    clearInterval(this.#timer);
  }

  async #everyMinute(): Promise<void> {
    this.#passedMinutes += 1;
    await this.#flushTokens();
    if (this.#passedMinutes < this.#pauseMinutes) return;
    this.#passedMinutes = 0;
    this.#pauseMinutes = this.#withoutToken === undefined ? 1 : Math.min(2 * this.#pauseMinutes, LONGEST_PAUSE_MINUTES);
    await this.#flushOthers();
  }

  async #flushTokens(): Promise<void> {
    const sums = [...this.#byToken.values()];
    this.#byToken.clear();
    await Promise.all(sums.map((sum) => this.#write(sum)));
  }

  async #flushOthers(): Promise<void> {
    const sum = this.#withoutToken;
    this.#withoutToken = undefined;
    if (sum !== undefined) await this.#write(sum);
  }

  async #write({ calls, last, addresses, refused }: Sum): Promise<void> {
    const { caller, call, outcome, address } = last;
    await this.log.record({
      actor: caller?.name ?? '',
      role: caller?.role ?? '',
      address: addresses.size === 1 ? address : '(several)',
      action: 'refused',
      target: call,
      outcome,
      details: { calls, refused: refused.shown, ...(addresses.size === 1 ? {} : { addresses: addresses.shown }) },
    });
  }
}

function added(before: Sum | undefined, refused: RefusedCall, address: string): Sum {
  const sum = before ?? { calls: 0, last: refused, addresses: new Counts(), refused: new Counts() };
  sum.calls += 1;
  sum.last = refused;
  sum.addresses.add(address);
  sum.refused.add(`${/\d{3}/.exec(refused.outcome)?.[0] ?? ''} ${refused.call}`);
  return sum;
}
