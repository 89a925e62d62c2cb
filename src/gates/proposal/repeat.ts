import type { Proposal } from '../../flow/1-proposal.js';
import { ALLOW, deny, type Verdict } from '../verdict.js';

/** What was carried out last on a symbol, as the journal remembers it. */
export interface Episode {
  readonly action: string;
  readonly newSl: string;
  readonly proposalId: string;
  /** The position's side when it was carried out. */
  readonly side: string;
}

export interface RepeatInput {
  readonly proposal: Pick<Proposal, 'action' | 'newSl' | 'proposalId'>;
  readonly policy: 'once_per_episode' | 'every_proposal';
  readonly lastEpisode: Episode | undefined;
}

export function episodeOf(proposal: Pick<Proposal, 'action' | 'newSl' | 'proposalId'>, side: string): Episode {
  return { action: proposal.action, newSl: proposal.newSl, proposalId: proposal.proposalId, side };
}

/** A proposal that stands for an hour is carried out once: until its action, stop price or id changes. */
export function repeat(input: RepeatInput): Verdict<'repeat_suppressed'> {
  const { lastEpisode: last, proposal } = input;
  if (input.policy === 'every_proposal' || last === undefined) return ALLOW;
  const standing = last.action === proposal.action && last.newSl === proposal.newSl && last.proposalId === proposal.proposalId;
  return standing ? deny('repeat_suppressed', { carried_out: last.action }) : ALLOW;
}
