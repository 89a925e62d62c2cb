import type { JsonObject } from '../flow/0-json.js';
import type { PermitExpectation, PermitReading, UsablePermit } from '../flow/3-permit-reading.js';
import { type Issuer, ISSUERS } from '../flow/3-permit.js';
import type { PermitEvent } from '../redis/permit-events.js';
import type { PermitStore, VerdictBytes } from '../redis/permit-store.js';
import type { RedisClock } from '../redis/redis-clock.js';

export type WaitOutcome =
  | { readonly kind: 'ready'; readonly governor: UsablePermit; readonly p33: UsablePermit }
  | { readonly kind: 'denied'; readonly issuer: Issuer; readonly reason: string; readonly context: JsonObject }
  | { readonly kind: 'invalid'; readonly issuer: Issuer; readonly detail: string }
  | { readonly kind: 'window_over'; readonly missing: readonly Issuer[]; readonly redisFault: boolean }
  /** The process is stopping: the attempt is left to whoever takes over. */
  | { readonly kind: 'stopped' };

/** An attempt that waits. `nowMs` of the expectation is taken anew at each reading. */
export type Waited = Omit<PermitExpectation, 'nowMs'>;

interface Waiting {
  readonly expected: Waited;
  readonly seen: Map<string, string>;
  readonly usable: Partial<Record<Issuer, UsablePermit>>;
  redisFault: boolean;
  readonly settle: (outcome: WaitOutcome) => void;
}

const CHECK_CHUNK = 500;

/**
 * Plans wait here for their permits: in memory only, thousands at once, none holding up another. Events wake the one
 * concerned; every `stepMs` the waiting plans are checked for permits that came without an event.
 */
export class PermitWaiter {
  readonly #waiting = new Map<string, Waiting>();
  #timer: NodeJS.Timeout | undefined;
  #checking = false;

  constructor(
    private readonly permits: PermitStore,
    private readonly clock: RedisClock,
    private readonly stepMs: number,
    private readonly onProblem: (what: string, error: unknown) => void,
  ) {}

  get size(): number {
    return this.#waiting.size;
  }

  /**
   * Resolves once. Register before reading what is there already, then {@link offerAll} that: a verdict that came in
   * between is then seen either way.
   */
  wait(expected: Waited): Promise<WaitOutcome> {
    // An earlier attempt of the plan that still waits here was ended by another process.
    this.#waiting.get(expected.planId)?.settle({ kind: 'stopped' });
    return new Promise((resolve) => {
      const settle = (outcome: WaitOutcome): void => {
        if (this.#waiting.get(expected.planId) !== waiting) return;
        this.#waiting.delete(expected.planId);
        if (this.#waiting.size === 0) this.#stopTimer();
        resolve(outcome);
      };
      const waiting: Waiting = { expected, seen: new Map(), usable: {}, redisFault: false, settle };
      this.#waiting.set(expected.planId, waiting);
      this.#timer ??= setInterval(() => void this.#check(), this.stepMs);
    });
  }

  /** The window of an attempt has passed by the local estimate; the script that records it has the last word. */
  close(planId: string): void {
    const waiting = this.#waiting.get(planId);
    if (waiting === undefined) return;
    const missing = ISSUERS.filter((issuer) => waiting.usable[issuer] === undefined);
    waiting.settle({ kind: 'window_over', missing, redisFault: waiting.redisFault });
  }

  stopAll(): void {
    for (const waiting of this.#waiting.values()) waiting.settle({ kind: 'stopped' });
  }

  onEvent(event: PermitEvent): void {
    const waiting = this.#waiting.get(event.planId);
    if (waiting === undefined) return;
    this.#offer(waiting, event.issuer, event.issuer === 'governor' && event.verdict === 'deny', event.bytes);
  }

  offerAll(planId: string, bytes: VerdictBytes): void {
    const waiting = this.#waiting.get(planId);
    if (waiting === undefined) return;
    if (bytes.block !== '') this.#offer(waiting, 'governor', true, bytes.block);
    if (bytes.p33 !== '') this.#offer(waiting, 'p33', false, bytes.p33);
    if (bytes.governor !== '') this.#offer(waiting, 'governor', false, bytes.governor);
  }

  #offer(waiting: Waiting, issuer: Issuer, isBlock: boolean, bytes: string): void {
    const slot = isBlock ? 'block' : issuer;
    if (waiting.seen.get(slot) === bytes) return;
    waiting.seen.set(slot, bytes);
    const expected = { ...waiting.expected, nowMs: this.clock.nowMs() };
    this.#take(
      waiting,
      issuer,
      isBlock ? this.permits.verifyBlock(bytes, expected) : this.permits.verify(issuer, bytes, expected),
    );
  }

  #take(waiting: Waiting, issuer: Issuer, reading: PermitReading): void {
    switch (reading.kind) {
      case 'ignored':
        return;
      case 'deny':
        return waiting.settle({ kind: 'denied', issuer, reason: reading.reason, context: reading.context });
      case 'invalid':
        return waiting.settle({ kind: 'invalid', issuer, detail: reading.detail });
      case 'allow': {
        waiting.usable[issuer] = reading.permit;
        const { governor, p33 } = waiting.usable;
        if (governor !== undefined && p33 !== undefined) waiting.settle({ kind: 'ready', governor, p33 });
        return;
      }
    }
    reading satisfies never;
  }

  async #check(): Promise<void> {
    if (this.#checking) return;
    this.#checking = true;
    try {
      const planIds = [...this.#waiting.keys()];
      for (let from = 0; from < planIds.length; from += CHECK_CHUNK)
        await this.#checkSome(planIds.slice(from, from + CHECK_CHUNK));
    } finally {
      this.#checking = false;
    }
  }

  async #checkSome(planIds: readonly string[]): Promise<void> {
    try {
      const found = await this.permits.current(planIds);
      for (const [index, planId] of planIds.entries()) {
        const waiting = this.#waiting.get(planId);
        if (waiting !== undefined) waiting.redisFault = false;
        const bytes = found[index];
        if (bytes !== undefined) this.offerAll(planId, bytes);
      }
    } catch (error) {
      for (const planId of planIds) {
        const waiting = this.#waiting.get(planId);
        if (waiting !== undefined) waiting.redisFault = true;
      }
      this.onProblem('waiting plans could not be checked for permits', error);
    }
  }

  #stopTimer(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
