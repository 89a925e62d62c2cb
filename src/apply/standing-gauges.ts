import { Injectable } from '@nestjs/common';
import type { PlanReason } from '../flow/0-reasons.js';
import type { Fields } from '../flow/0-primitives.js';
import { RedisClock } from '../redis/connection/redis-clock.js';
import type { ProposalAnswer } from '../runtime/proposal-intake.js';
import { SelfDescription, type WaitingForCapacity } from '../runtime/self-description.js';
import { PlanSlots } from './plan-slots.js';
import { GateMetrics } from '../telemetry/metrics.js';

/** With these the strategy has what it asked for, asks for nothing, or has not asked lately. */
const SERVED: ReadonlySet<string> = new Set<PlanReason>([
  'duplicate_plan',
  'repeat_suppressed',
  'target_reached',
  'action_hold',
  'proposal_withdrawn',
  'proposal_superseded',
  'proposal_stale',
]);

interface Standing {
  readonly stampSec: number;
  readonly unservedSinceMs: number | undefined;
  /** The reasons of the last answer. */
  readonly why: string;
}

/** Those that have asked in vain for less are not said with each renewal of the lease, nor are more than these. */
const UNSERVED_FOR_SEC = 30;
const MOST_UNSERVED = 20;
/** Of those that wait for capacity, so many are named. */
const MOST_WAITING = 20;

/** How old each standing proposal is, and for how long it has asked in vain: gauges, read at every scrape. */
@Injectable()
export class StandingGauges {
  readonly #standing = new Map<string, Standing>();

  constructor(
    private readonly clock: RedisClock,
    private readonly metrics: GateMetrics,
    private readonly slots: PlanSlots,
    description: SelfDescription,
  ) {
    metrics.beforeScrape(() => this.#show());
    description.unservedBy(() => this.unserved());
    description.waitingBy(() => this.waiting());
  }

  /** Which standing proposals have asked in vain, for how long, and why. */
  unserved(): (readonly [symbol: string, sec: number, why: string])[] {
    const nowMs = performance.now();
    return [...this.#standing]
      .map(([symbol, standing]) => [symbol, Math.floor(unservedSec(standing, nowMs)), standing.why] as const)
      .filter(([, sec]) => sec >= UNSERVED_FOR_SEC)
      .toSorted(([, a], [, b]) => b - a)
      .slice(0, MOST_UNSERVED);
  }

  /** What waits for capacity, the most urgent first. */
  waiting(): WaitingForCapacity {
    const nowMs = performance.now();
    const all = this.slots.waiting();
    const first = all.slice(0, MOST_WAITING).map(({ planId, symbol, action, killScore, sinceMs }) => ({
      plan_id: planId,
      symbol,
      action,
      kill_score: killScore,
      waiting_ms: Math.round(nowMs - sinceMs),
    }));
    return { count: all.length, first };
  }

  /** A poll found this proposal, and it was answered; without an answer, it could not be processed. */
  found(symbol: string, fields: Fields, answer: ProposalAnswer | undefined): void {
    const isServed = answer !== undefined && (answer.decision === 'EXECUTE' || answer.reasonCodes.some(isAnswered));
    const sinceMs = this.#standing.get(symbol)?.unservedSinceMs ?? performance.now();
    this.#standing.set(symbol, {
      stampSec: Number(fields['last_update_epoch']),
      unservedSinceMs: isServed ? undefined : sinceMs,
      why: answer === undefined ? 'it could not be processed' : answer.reasonCodes.join(', ').slice(0, 100),
    });
  }

  gone(symbol: string): void {
    this.#standing.delete(symbol);
  }

  #show(): void {
    const { proposalAge, proposalUnserved } = this.metrics;
    this.metrics.waitingForCapacity.set(this.slots.waiting().length);
    proposalAge.reset();
    proposalUnserved.reset();
    const nowMs = performance.now();
    for (const [symbol, standing] of this.#standing) {
      const { stampSec } = standing;
      const labels = { symbol: this.metrics.symbol(symbol) };
      if (Number.isFinite(stampSec)) proposalAge.set(labels, this.clock.nowMs() / 1000 - stampSec);
      proposalUnserved.set(labels, unservedSec(standing, nowMs));
    }
  }
}

/** For how long it has asked in vain; 0 when it was taken up, or asks for nothing. */
const unservedSec = ({ unservedSinceMs }: Standing, nowMs: number): number =>
  unservedSinceMs === undefined ? 0 : (nowMs - unservedSinceMs) / 1000;

const isAnswered = (reason: string): boolean => SERVED.has(reason);
