import { type Decimal, parseDecimal, plain } from '../../flow/0-decimal.js';
import { sideOfAmount } from '../../flow/6-ledger.js';
import type { Proposal } from '../../flow/1-proposal.js';
import { ALLOW, deny, type Verdict } from '../verdict.js';

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
function reopened({ lastEpisode: last, snapshot }: RepeatInput): boolean {
  if (last === undefined || snapshot === undefined || !(snapshot.tsMs > last.atMs)) return false;
  if (snapshot.amount.isZero()) return false;
  return (
    snapshot.amount.abs().gt(last.amountAfter.abs()) || sideOfAmount(snapshot.amount) !== sideOfAmount(last.amountAfter)
  );
}

/** A proposal that stands for an hour is carried out once: until its action, stop price or id changes, or the position was opened again. */
export function repeat(input: RepeatInput): Verdict<'repeat_suppressed'> {
  const { lastEpisode: last, proposal } = input;
  if (input.policy === 'every_proposal' || last === undefined) return ALLOW;
  const standing =
    last.action === proposal.action && last.newSl === proposal.newSl && last.proposalId === proposal.proposalId;
  return standing && !reopened(input)
    ? deny('repeat_suppressed', { carried_out: last.action, at_ms: last.atMs })
    : ALLOW;
}

/** An episode as the journal stores it. */
export function encodeEpisode(episode: Episode): string {
  return JSON.stringify({ ...episode, amountAfter: plain(episode.amountAfter) });
}

/** Reads a stored episode; `undefined` for none or one that cannot be read. */
export function parseEpisode(text: string): Episode | undefined {
  if (text === '') return undefined;
  const value = JSON.parse(text) as Record<string, unknown>;
  const amountAfter = parseDecimal(String(value['amountAfter']));
  if (amountAfter === undefined || typeof value['atMs'] !== 'number') return undefined;
  return {
    action: String(value['action']),
    newSl: String(value['newSl']),
    proposalId: String(value['proposalId']),
    atMs: value['atMs'],
    amountAfter,
  };
}
