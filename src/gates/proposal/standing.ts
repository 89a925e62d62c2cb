import { Decimal, parseDecimal } from '../../flow/0-decimal.js';
import type { JsonObject } from '../../flow/0-json.js';
import { type Proposal, shareOf } from '../../flow/1-proposal.js';
import { isAnotherPosition, leftToTarget, type TakenUp, takeUp } from '../../flow/1-standing.js';
import { type Denial, deny } from '../verdict.js';

/** A flat position must be read again this much later before it counts as closed: one empty answer may be wrong. */
const FLAT_CONFIRMED_AFTER_MS = 2_000;

export interface StandingInput {
  readonly proposal: Pick<Proposal, 'action' | 'closePct' | 'newSl' | 'lastUpdateEpochSec'>;
  readonly policy: 'once_per_episode' | 'every_proposal';
  /** What is stored of this proposal; `undefined` for one that was never taken up. */
  readonly takenUp: TakenUp | 'unreadable' | undefined;
  /** The present episode of the symbol; NaN where its record cannot be read. */
  readonly episode: number;
  /** `undefined` where no snapshot is fresh: then no target is fixed. */
  readonly snapshot: { readonly amount: Decimal; readonly tsMs: number } | undefined;
  readonly ledgerAmount: Decimal | undefined;
  /** The market step; `undefined` while the rules cannot be read. */
  readonly step: Decimal | undefined;
}

export type StandingVerdict =
  | {
      readonly allow: true;
      /** With its target; `undefined` while no fresh position is there to fix it from. */
      readonly takenUp: TakenUp | undefined;
      /** The position is another one: everything that was taken up before counts no more. */
      readonly startsEpisode: boolean;
    }
  | (Denial<'repeat_suppressed' | 'target_reached'> & {
      /** What was noticed and must be kept; `undefined` for nothing new. */
      readonly noticed: TakenUp | undefined;
    });

/**
 * Whether there is something to do for a standing proposal, and the target it goes to (docs/standing-proposals.md). A proposal is carried out once in an episode: until its target is reached, or its stop is placed. A
 * position that turned, grew beyond the amount at take-up, or was flat in between is another one and begins another episode.
 */
export function standing(input: StandingInput): StandingVerdict {
  const { takenUp: stored, proposal, snapshot } = input;
  if (!Number.isInteger(input.episode))
    return suppressed({ why: 'the record of what the strategy asks for cannot be read' }, undefined);
  if (stored === 'unreadable') return suppressed({ why: 'what is stored of this proposal cannot be read' }, undefined);
  if (stored === undefined || stored.episode !== input.episode) return takenUpNow(input, input.episode, false);
  const seen = observed(stored, input);
  const noticed = seen === stored ? undefined : seen;
  const stampMs = proposal.lastUpdateEpochSec * 1000;
  if (seen.endedMs !== undefined) {
    if (stampMs > seen.endedMs) return takenUpNow(input, input.episode + 1, true);
    return suppressed({ why: 'the position is another one since', since_ms: seen.endedMs }, noticed);
  }
  const isNewStop = proposal.action === 'UPDATE_SL' && !samePrice(seen.stop, proposal.newSl);
  if (seen.isDone && !isNewStop) {
    // One that was carried out already is known by the id of its plan.
    if (input.policy === 'every_proposal') return takenUpNow(input, input.episode, false);
    return suppressed({ carried_out_at_ms: seen.atMs }, noticed);
  }
  if (seen.target !== undefined && snapshot !== undefined && snapshot.tsMs > seen.atMs) {
    const left = leftToTarget(snapshot.amount, seen);
    if (!left.gt(0) || left.lt(input.step ?? 0)) {
      const context = { target: seen.target, exchange_amt: snapshot.amount, left };
      // A flat answer may be wrong: the Position Brain says no_position to it, and the next read decides.
      if (!snapshot.amount.isZero() || seen.wasFlat)
        return { ...deny('target_reached', context), noticed: { ...seen, isDone: true, atMs: snapshot.tsMs } };
    }
  }
  return { allow: true, takenUp: { ...seen, isDone: false }, startsEpisode: false };
}

function takenUpNow(input: StandingInput, episode: number, startsEpisode: boolean): StandingVerdict {
  const { proposal, snapshot, step } = input;
  const isKnown = snapshot !== undefined && !snapshot.amount.isZero() && step !== undefined;
  return {
    allow: true,
    startsEpisode,
    takenUp: isKnown
      ? takeUp({ amount: snapshot.amount, step }, shareOf(proposal.action, proposal.closePct), episode, snapshot.tsMs)
      : undefined,
  };
}

/** What the position of now says about the one that was taken up. */
function observed(stored: TakenUp, input: StandingInput): TakenUp {
  const { snapshot } = input;
  if (snapshot === undefined || !(snapshot.tsMs > stored.atMs) || stored.endedMs !== undefined) return stored;
  const { amount, tsMs } = snapshot;
  if (amount.isZero()) {
    if (stored.wasFlat) return stored;
    const since = stored.flatSinceMs;
    const isConfirmed = since !== undefined && tsMs >= since + FLAT_CONFIRMED_AFTER_MS;
    if (input.ledgerAmount?.isZero() === true || isConfirmed) return { ...stored, wasFlat: true };
    return since === undefined ? { ...stored, flatSinceMs: tsMs } : stored;
  }
  if (stored.wasFlat || isAnotherPosition(amount, stored, input.step)) return { ...stored, endedMs: tsMs };
  return stored.flatSinceMs === undefined ? stored : { ...stored, flatSinceMs: undefined };
}

function samePrice(before: string, now: string): boolean {
  if (before === now) return true;
  const [left, right] = [parseDecimal(before), parseDecimal(now)];
  return left !== undefined && right !== undefined && left.eq(right);
}

function suppressed(context: JsonObject, noticed: TakenUp | undefined): StandingVerdict {
  return { ...deny('repeat_suppressed', context), noticed };
}
