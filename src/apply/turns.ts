import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { shareOf } from '../flow/1-proposal.js';
import { isFromStrategy } from '../flow/1-standing.js';
import type { PlanRequest } from './next-order.js';

/** A request for a slot. */
export interface Turn {
  /** One waits for each; a newer one takes the place of an earlier one. */
  readonly key: string;
  readonly planId: string;
  readonly symbol: string;
  readonly action: string;
  readonly killScore: number;
  readonly isFullClose: boolean;
}

/** A turn that has not come. */
export interface WaitingTurn extends Turn {
  /** Counts those who came before it. */
  readonly arrival: number;
  /** Since when it waits (`performance.now()`). */
  readonly sinceMs: number;
}

/** Below zero if `a` has its turn before `b`: the higher kill score, then full closes, then who came first. */
export const byTurn = (a: WaitingTurn, b: WaitingTurn): number =>
  b.killScore - a.killScore || Number(b.isFullClose) - Number(a.isFullClose) || a.arrival - b.arrival;

/** Begins the keys of operators' calls. */
export const CALL = 'call:';

/** The newest proposal of a symbol's strategy, each plan that is due, and each call has its place. */
export function keyOf({ proposal, planId, source, occasion }: PlanRequest): string {
  if (occasion.kind === 'known') return `retry:${planId}`;
  return isFromStrategy(source) ? `strategy:${proposal.symbol}` : `${CALL}${randomUUID()}`;
}

export function turnOf({ proposal, planId }: PlanRequest, key: string): Turn {
  const { symbol, action, killScore, closePct } = proposal;
  return {
    key,
    planId,
    symbol,
    action,
    killScore: killScore.toNumber(),
    isFullClose: shareOf(action, closePct) === 100,
  };
}

/** The same bytes by the same way: nothing new to judge. */
export const isSame = (a: PlanRequest, b: PlanRequest): boolean =>
  a.source === b.source && a.planId === b.planId && isDeepStrictEqual(a.fields, b.fields);
