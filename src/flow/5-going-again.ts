import type { Decimal } from './0-decimal.js';
import { judgeLostOrder, type LostOrder, type OrderEvidence } from './5-evidence.js';

/** How often a full close goes again while the outcome of an order of it is not known. */
export const MOST_RESENDS = 3;
/** No claim of such an order is later than this after the first claim of the close. */
export const RESEND_WITHIN_MS = 20_000;

/** The orders of a close up to the one whose outcome is not known. */
export interface SentSoFar {
  /** What the close leaves of the position; `undefined` if that is not known. */
  readonly target: Decimal | undefined;
  readonly resends: number;
  /** Redis' clock. */
  readonly firstClaimedMs: number | undefined;
  /** The exchange answered this order itself: it has one with its client order id, or had nothing to reduce for it. */
  readonly wasAnswered: boolean;
}

export type AgainWord = { readonly kind: 'may_go_again' } | { readonly kind: 'waits'; readonly because: string };

/** Why the order waits for the proof, whatever the evidence says; `undefined` if the evidence decides. */
export function whyItWaits(order: Pick<LostOrder, 'isStop'>, sent: SentSoFar, nowMs: number): string | undefined {
  // Only a reduce-only order to 0 cannot close more than was asked for if its predecessor filled all the same.
  if (order.isStop || sent.target?.isZero() !== true) return 'only a full close goes again before the proof';
  if (sent.wasAnswered) return 'the exchange answered this order';
  if (!(sent.resends < MOST_RESENDS)) return `it was sent again ${sent.resends} times`;
  if (!(nowMs - (sent.firstClaimedMs ?? -Infinity) < RESEND_WITHIN_MS))
    return `the first order of the close was claimed ${RESEND_WITHIN_MS / 1000} s ago`;
  return undefined;
}

/**
 * Whether a full close may go again before the absence of its order is proven: the exchange cannot accept that order any more, no
 * source that can be had shows it, and the position is what it was at the claim. `evidence` was read after the last moment of
 * acceptance. Pure: `nowMs` is Redis' clock.
 */
export function judgeGoingAgain(order: LostOrder, evidence: OrderEvidence, sent: SentSoFar, nowMs: number): AgainWord {
  const why = whyItWaits(order, sent, nowMs);
  if (why !== undefined) return waits(why);
  const word = judgeLostOrder(order, evidence);
  if (word.kind !== 'absent') return waits(word.because);
  const { before, after, trades, listed, stream } = evidence;
  if (trades === undefined || listed === undefined) return waits('trades or open orders were not read');
  if (stream === 'not_yet') return waits('the user stream is alive and may still report the order');
  // Others may have traded as much as the order: this rule does not ask whose trade moved the position.
  if (before === undefined || after?.amount.eq(before.amount) !== true) return waits('the position is another one');
  return { kind: 'may_go_again' };
}

const waits = (because: string): AgainWord => ({ kind: 'waits', because });
