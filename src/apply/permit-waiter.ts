import { Inject, Injectable } from '@nestjs/common';
import type { JsonObject } from '../flow/0-json.js';
import {
  type PermitExpectation,
  type PermitReading,
  readGovernorBlock,
  readPermit,
  type UsablePermit,
} from '../flow/3-permit-reading.js';
import type { PermitTrust } from '../flow/3-permit-signature.js';
import { type Issuer, ISSUERS } from '../flow/3-permit.js';
import { PermitStore } from '../redis/stores/permit-store.js';
import { RedisClock } from '../redis/connection/redis-clock.js';
import type { PermitEvent, VerdictBytes } from '../redis/stores/verdicts.js';
import { type Logger, ROLE_LOGGER } from '../telemetry/logger.js';
import { GateMetrics } from '../telemetry/metrics.js';
import { APPLY_SETTINGS, type ApplySettings } from './apply-settings.js';
import { UsedPermits } from './used-permits.js';
import { PERMIT_TRUST } from '../signing/trusted-keys-file.js';

export type WaitOutcome =
  | { readonly kind: 'ready'; readonly governor: UsablePermit; readonly p33: UsablePermit }
  | { readonly kind: 'denied'; readonly issuer: Issuer; readonly reason: string; readonly context: JsonObject }
  | { readonly kind: 'invalid'; readonly issuer: Issuer; readonly detail: string }
  | { readonly kind: 'window_over'; readonly missing: readonly Issuer[]; readonly redisFault: boolean }
  /** The process is stopping; another process takes the attempt over. */
  | { readonly kind: 'stopped' };

/** What a waiting attempt expects. `nowMs` is set at each reading. */
export type Waited = Omit<PermitExpectation, 'nowMs'>;

/** The handle of one waiting attempt. */
export interface WaitingPlan {
  readonly outcome: Promise<WaitOutcome>;
  /** Offers the verdicts that are stored under the plan's keys. */
  offer(bytes: VerdictBytes): void;
  /** The window is over by the local clock; the script that records the result decides by Redis' clock. */
  close(): void;
}

interface Waiting {
  readonly expected: Waited;
  readonly entryId: string;
  readonly seen: Map<string, string>;
  readonly usable: Partial<Record<Issuer, UsablePermit>>;
  /** Why a permit in an issuer's name was ignored. The issuer's own permit may still come until the window ends. */
  readonly unproven: Partial<Record<Issuer, string>>;
  redisFault: boolean;
  readonly settle: (outcome: WaitOutcome) => void;
}

const CHECK_CHUNK = 500;

const keyOf = (planId: string, attempt: number | string): string => `${planId}:${attempt}`;

/**
 * Plans wait here for their permits: in memory only, thousands in parallel. An event wakes its plan. Every `stepMs` all waiting
 * plans are checked for permits that came without an event.
 */
@Injectable()
export class PermitWaiter {
  /** By plan and attempt. A copy of the entry waits beside the original until it is recognized, so that it cannot replace it. */
  readonly #waiting = new Map<string, Set<Waiting>>();
  #timer: NodeJS.Timeout | undefined;
  #checking = false;

  constructor(
    private readonly permits: PermitStore,
    private readonly clock: RedisClock,
    private readonly used: UsedPermits,
    @Inject(PERMIT_TRUST) private readonly trust: PermitTrust,
    @Inject(APPLY_SETTINGS) private readonly settings: Pick<ApplySettings, 'stepMs'>,
    private readonly metrics: GateMetrics,
    @Inject(ROLE_LOGGER) private readonly logger: Logger,
  ) {}

  get size(): number {
    return this.#waiting.size;
  }

  /**
   * Call this before reading the stored verdicts, then offer those: a verdict that comes in between is then not missed. The
   * outcome resolves once.
   */
  wait(expected: Waited, entryId: string): WaitingPlan {
    const key = keyOf(expected.planId, expected.attempt);
    // The same entry was delivered to this process twice: only the later delivery waits.
    for (const each of this.#waiting.get(key) ?? []) if (each.entryId === entryId) each.settle({ kind: 'stopped' });
    const group = this.#waiting.get(key) ?? new Set<Waiting>();
    let resolve: (outcome: WaitOutcome) => void = () => undefined;
    const outcome = new Promise<WaitOutcome>((settled) => (resolve = settled));
    const settle = (reached: WaitOutcome): void => {
      if (!group.delete(waiting)) return;
      if (group.size === 0) this.#waiting.delete(key);
      if (this.#waiting.size === 0) this.#stopTimer();
      resolve(reached);
    };
    const waiting: Waiting = {
      expected,
      entryId,
      seen: new Map(),
      usable: {},
      unproven: {},
      redisFault: false,
      settle,
    };
    this.#waiting.set(key, group.add(waiting));
    this.#timer ??= setInterval(() => void this.#check(), this.settings.stepMs);
    return {
      outcome,
      offer: (bytes) => this.#offerFound(waiting, bytes),
      close: () => {
        const missing = ISSUERS.filter((issuer) => waiting.usable[issuer] === undefined);
        const issuer = missing.find((each) => waiting.unproven[each] !== undefined);
        if (issuer === undefined) settle({ kind: 'window_over', missing, redisFault: waiting.redisFault });
        else settle({ kind: 'invalid', issuer, detail: waiting.unproven[issuer] ?? '' });
      },
    };
  }

  stopAll(): void {
    for (const waiting of this.#all()) waiting.settle({ kind: 'stopped' });
  }

  /** Returns true if the plan still waits for another verdict. */
  onEvent(event: PermitEvent): boolean {
    const key = keyOf(event.planId, event.attempt);
    const isBlock = event.issuer === 'governor' && event.verdict === 'deny';
    for (const waiting of this.#waiting.get(key) ?? []) this.#offer(waiting, event.issuer, isBlock, event.bytes);
    return this.#waiting.has(key);
  }

  #all(): Waiting[] {
    return [...this.#waiting.values()].flatMap((group) => [...group]);
  }

  #offerFound(waiting: Waiting, bytes: VerdictBytes): void {
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
      isBlock ? readGovernorBlock(bytes, expected, this.trust) : readPermit(issuer, bytes, expected, this.trust),
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
      case 'unproven':
        // A forgery must not block the issuer's own permit.
        waiting.unproven[issuer] = reading.detail;
        return this.#logUnproven(waiting.expected, issuer, reading.detail);
      case 'allow': {
        const fault = this.used.faultOf(reading.permit);
        // The attempt may time out for it, and is then tried again with new permits: a restart must not end a plan.
        if (fault !== undefined) return this.#logUnproven(waiting.expected, issuer, fault);
        waiting.usable[issuer] = reading.permit;
        const { governor, p33 } = waiting.usable;
        if (governor !== undefined && p33 !== undefined) waiting.settle({ kind: 'ready', governor, p33 });
        return;
      }
    }
    reading satisfies never;
  }

  #logUnproven({ planId, symbol, attempt }: Waited, issuer: Issuer, detail: string): void {
    this.metrics.permitsUnproven.inc({ issuer });
    this.logger.warn(
      { plan_id: planId, symbol, attempt, issuer, detail },
      'Permit ignored: it does not prove that its issuer permits this attempt now',
    );
  }

  async #check(): Promise<void> {
    if (this.#checking) return;
    this.#checking = true;
    try {
      const waiting = this.#all();
      for (let from = 0; from < waiting.length; from += CHECK_CHUNK)
        await this.#checkSome(waiting.slice(from, from + CHECK_CHUNK));
    } finally {
      this.#checking = false;
    }
  }

  async #checkSome(some: readonly Waiting[]): Promise<void> {
    try {
      const found = await this.permits.current(some.map((waiting) => waiting.expected.planId));
      for (const [index, waiting] of some.entries()) {
        waiting.redisFault = false;
        const bytes = found[index];
        if (bytes !== undefined) this.#offerFound(waiting, bytes);
      }
    } catch (error) {
      for (const waiting of some) waiting.redisFault = true;
      this.logger.warn({ err: error }, 'waiting plans could not be checked for permits');
    }
  }

  #stopTimer(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
