import { createHash } from 'node:crypto';
import { Decimal, floorToStep, parseDecimal, toPlainString } from './0-decimal.js';
import { decodeJson, isFiniteNumber, isJsonObject } from './0-json.js';
import { type Proposal, shareOf } from './1-proposal.js';

/** Why the proposal behind a plan no longer stands. */
export type NotStanding = 'proposal_withdrawn' | 'proposal_superseded';

/** A standing proposal as it was taken up: the side it is about and the amount it leaves. Amounts are signed. */
export interface TakenUp {
  /** The episode of the symbol in which it was taken up; in a later one it counts no more. */
  readonly episode: number;
  /** When it was taken up, or filled last; Redis' clock. An older snapshot says nothing about it. */
  readonly atMs: number;
  /** The position at take-up. */
  readonly amount: Decimal;
  /** What is left of the position when the proposal is done; 0 for a full close. A stop has none. */
  readonly target: Decimal | undefined;
  /** Nothing is left to do: the target was reached, or the stop was placed. */
  readonly isDone: boolean;
  /** An order of it has filled: it stays fresh until it is done or withdrawn. */
  readonly hasFilled: boolean;
  /** The stop price that was placed last; `""` for a close. */
  readonly stop: string;
  /** When the position was first seen flat since; the next read decides whether it really is. */
  readonly flatSinceMs: number | undefined;
  /** The position is known to have been flat since: an open one is another position. */
  readonly wasFlat: boolean;
  /** When the position was seen to be another one (grown, turned, opened anew): only a later stamp is about that one. */
  readonly endedMs: number | undefined;
}

/** Hash and stream are the channel of the strategy; every other source is a call of an operator. */
export const isFromStrategy = (source: string): boolean => source === 'hash' || source === 'stream';

/**
 * Tells the standing proposals of a symbol apart (16 hex digits): by share, however that is written, or that it is a stop, and
 * by the id that the strategy gave it. Each call of an operator is a proposal of its own: `callId` is the id of its first plan.
 */
export function identityOf(
  proposal: Pick<Proposal, 'action' | 'closePct' | 'proposalId'>,
  callId: string | undefined,
): string {
  const share = shareOf(proposal.action, proposal.closePct);
  const asked = share === undefined ? proposal.action : `close:${toPlainString(new Decimal(share))}`;
  const whose = callId === undefined ? `strategy:${proposal.proposalId}` : `call:${callId}`;
  return createHash('sha256').update(`${asked}:${whose}`).digest('hex').slice(0, 16);
}

/** Takes a proposal up from a fresh position. `step` is the market step: the target is on it where the position is. */
export function takeUp(
  position: { readonly amount: Decimal; readonly step: Decimal },
  share: number | undefined,
  episode: number,
  atMs: number,
): TakenUp {
  const { amount, step } = position;
  const closes = share === undefined ? undefined : floorToStep(amount.abs().mul(share).div(100), step);
  const left = closes === undefined ? undefined : amount.abs().minus(closes);
  return {
    episode,
    atMs,
    amount,
    target: amount.isNegative() ? left?.neg() : left,
    isDone: false,
    hasFilled: false,
    stop: '',
    flatSinceMs: undefined,
    wasFlat: false,
    endedMs: undefined,
  };
}

/** Whether a position that is not flat is another one than was taken up: on the other side, or larger by a step or more. */
export function isAnotherPosition(amount: Decimal, takenUp: TakenUp, step: Decimal | undefined): boolean {
  if (amount.isNegative() !== takenUp.amount.isNegative()) return true;
  const growth = amount.abs().minus(takenUp.amount.abs());
  return step === undefined ? growth.gt(0) : growth.gte(step);
}

/** How much of a position of this amount is to be closed before the target is reached; 0 at or past it, or on the other side. */
export function leftToTarget(amount: Decimal, takenUp: TakenUp): Decimal {
  const zero = new Decimal(0);
  if (takenUp.target === undefined || amount.isZero() || amount.isNegative() !== takenUp.amount.isNegative())
    return zero;
  return Decimal.max(zero, amount.abs().minus(takenUp.target.abs()));
}

/** After a fill. `left` is what is still to be closed; less than `smallest` (step or minimum) cannot be. */
function afterFill(takenUp: TakenUp, left: Decimal, smallest: Decimal, atMs: number): TakenUp {
  const isDone = !left.gte(smallest);
  return { ...takenUp, atMs, hasFilled: true, isDone, wasFlat: isDone && takenUp.target?.isZero() === true };
}

function amountIn(value: unknown): Decimal | undefined {
  return typeof value === 'string' ? parseDecimal(value) : undefined;
}

/** The standing proposal behind an order, as the claim wrote it; amounts as plain text. */
export interface ClaimedTarget {
  readonly identity: string;
  /** What {@link encodeTakenUp} wrote. */
  readonly takenUp: string;
  /** What was to be closed before the order; `""` for a stop. */
  readonly left: string;
  /** The least that can be closed. */
  readonly smallest: string;
}

/**
 * The standing proposal after an order that was executed: what filled of it, or the stop that was placed. `undefined` where the
 * journal does not say what was claimed.
 */
export function afterOrder(
  claimed: ClaimedTarget,
  done: { readonly executedQty: Decimal; readonly stop: string; readonly atMs: number },
): TakenUp | undefined {
  const takenUp = parseTakenUp(claimed.takenUp);
  if (takenUp === undefined || takenUp === 'unreadable') return undefined;
  if (takenUp.target === undefined) return { ...takenUp, atMs: done.atMs, isDone: true, stop: done.stop };
  const left = parseDecimal(claimed.left);
  const smallest = parseDecimal(claimed.smallest);
  if (left === undefined || smallest === undefined) return undefined;
  return afterFill(takenUp, left.minus(done.executedQty), smallest, done.atMs);
}

/** As Redis keeps it. */
export function encodeTakenUp(takenUp: TakenUp): string {
  return JSON.stringify({
    ...takenUp,
    amount: toPlainString(takenUp.amount),
    target: takenUp.target === undefined ? undefined : toPlainString(takenUp.target),
  });
}

/** Reads what {@link encodeTakenUp} wrote; `undefined` for none, `unreadable` for anything else. */
export function parseTakenUp(text: string): TakenUp | 'unreadable' | undefined {
  if (text === '') return undefined;
  const value = decodeJson(text);
  if (!isJsonObject(value)) return 'unreadable';
  const { episode, atMs, isDone, hasFilled, stop, flatSinceMs, wasFlat, endedMs } = value;
  const amount = amountIn(value['amount']);
  const target = amountIn(value['target']);
  const isWhole =
    isFiniteNumber(episode) &&
    isFiniteNumber(atMs) &&
    amount !== undefined &&
    (value['target'] === undefined || target !== undefined) &&
    typeof isDone === 'boolean' &&
    typeof hasFilled === 'boolean' &&
    typeof stop === 'string' &&
    typeof wasFlat === 'boolean' &&
    (flatSinceMs === undefined || isFiniteNumber(flatSinceMs)) &&
    (endedMs === undefined || isFiniteNumber(endedMs));
  if (!isWhole) return 'unreadable';
  return { episode, atMs, amount, target, isDone, hasFilled, stop, flatSinceMs, wasFlat, endedMs };
}
