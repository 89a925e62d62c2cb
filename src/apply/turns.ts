import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { shareOf } from '../flow/1-proposal.js';
import { isFromStrategy } from '../flow/1-standing.js';
import type { PlanRequest } from './next-order.js';
import type { Turn } from './plan-slots.js';

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
