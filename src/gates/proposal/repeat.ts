import { Decimal, parseDecimal, plain } from '../../flow/0-decimal.js';
import { decodeJson, isFiniteNumber, isJsonObject } from '../../flow/0-json.js';
import { sideOfAmount } from '../../flow/6-ledger.js';
import type { Proposal } from '../../flow/1-proposal.js';
import { ALLOW, deny, type Verdict } from '../verdict.js';

/** The action of a stored episode that cannot be read: it suppresses, because it may have been the standing one. */
const UNREADABLE = 'unreadable';

/** What was carried out last on a symbol. */
export interface Episode {
  readonly action: string;
  readonly newSl: string;
  readonly proposalId: string;
  /** When it was carried out; Redis' clock. */
  readonly atMs: number;
  /** Signed position amount it left. */
  readonly amountAfter: Decimal;
}

export interface RepeatInput {
  readonly proposal: Pick<Proposal, 'action' | 'newSl' | 'proposalId'>;
  readonly policy: 'once_per_episode' | 'every_proposal';
  readonly lastEpisode: Episode | undefined;
  readonly snapshot: { readonly amount: Decimal; readonly tsMs: number } | undefined;
}

/** The position is larger, or on the other side, than what the last execution left: somebody opened again. */
function reopened(last: Episode, snapshot: RepeatInput['snapshot']): boolean {
  if (snapshot === undefined || !(snapshot.tsMs > last.atMs)) return false;
  if (snapshot.amount.isZero()) return false;
  return (
    snapshot.amount.abs().gt(last.amountAfter.abs()) || sideOfAmount(snapshot.amount) !== sideOfAmount(last.amountAfter)
  );
}

/** A close's stop price says nothing about the close; strategies trail it while the proposal stands. */
function sameStop(last: Episode, proposal: RepeatInput['proposal']): boolean {
  if (proposal.action !== 'UPDATE_SL' || last.newSl === proposal.newSl) return true;
  const [before, now] = [parseDecimal(last.newSl), parseDecimal(proposal.newSl)];
  return before !== undefined && now !== undefined && before.eq(now);
}

/**
 * A proposal that stands for an hour is carried out once: until its action or id changes, its stop price (where it asks
 * for a stop), or the position was opened again.
 */
export function repeat(input: RepeatInput): Verdict<'repeat_suppressed'> {
  const { lastEpisode: last, proposal } = input;
  if (input.policy === 'every_proposal' || last === undefined) return ALLOW;
  const standing =
    last.action === UNREADABLE ||
    (last.action === proposal.action && last.proposalId === proposal.proposalId && sameStop(last, proposal));
  return standing && !reopened(last, input.snapshot)
    ? deny('repeat_suppressed', { carried_out: last.action, at_ms: last.atMs })
    : ALLOW;
}

/** An episode as the journal stores it. */
export function encodeEpisode(episode: Episode): string {
  return JSON.stringify({ ...episode, amountAfter: plain(episode.amountAfter) });
}

const UNREADABLE_EPISODE: Episode = {
  action: UNREADABLE,
  newSl: '',
  proposalId: '',
  atMs: Number.MAX_SAFE_INTEGER,
  amountAfter: new Decimal(0),
};

/** Reads a stored episode; `undefined` for none. One that cannot be read counts as the standing one until it expires. */
export function parseEpisode(text: string): Episode | undefined {
  if (text === '') return undefined;
  const value = decodeJson(text);
  if (!isJsonObject(value)) return UNREADABLE_EPISODE;
  const { action, newSl, proposalId, atMs, amountAfter } = value;
  const amount = typeof amountAfter === 'string' ? parseDecimal(amountAfter) : undefined;
  const isWhole =
    typeof action === 'string' && typeof newSl === 'string' && typeof proposalId === 'string' && amount !== undefined;
  if (!isWhole || !isFiniteNumber(atMs)) return UNREADABLE_EPISODE;
  return { action, newSl, proposalId, atMs, amountAfter: amount };
}
