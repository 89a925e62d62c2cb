import type { PlanReason } from '../../flow/0-reasons.js';
import type { Proposal } from '../../flow/1-proposal.js';
import { notSuspended } from '../not-suspended.js';
import { type Denial, type Verdict } from '../verdict.js';
import { allowedSymbol } from './allowed-symbol.js';
import { fresh } from './fresh.js';
import { killScore } from './kill-score.js';
import { killSwitch } from './kill-switch.js';
import { standing, type StandingInput, type StandingVerdict } from './standing.js';
import { usableAction } from './usable-action.js';

export interface ProposalInput extends Omit<StandingInput, 'proposal'> {
  readonly proposal: Proposal;
  readonly allowlist: ReadonlySet<string>;
  readonly nowSec: number;
  readonly maxAgeSec: number;
  readonly critical: number;
  readonly warning: number;
  /** `undefined` when the control state cannot be read: denies. */
  readonly killSwitchReleased: boolean | undefined;
  readonly suspended: boolean;
}

/** Something to do, with its target; or the first rule that says no. */
export type ProposalVerdict = StandingVerdict | (Denial<PlanReason> & { readonly noticed?: undefined });

/** A proposal that has filled something stays fresh until it is done or withdrawn. */
function isUnderWay({ takenUp, episode }: ProposalInput): boolean {
  return typeof takenUp === 'object' && takenUp.episode === episode && takenUp.hasFilled && !takenUp.isDone;
}

/** May this proposal become an executable plan? The first rule that says no is the reason. */
export function judgeProposal(input: ProposalInput): ProposalVerdict {
  const { proposal } = input;
  const { action, newSl } = proposal;
  // A stamp from the future is a fault whatever was filled.
  const maxAgeSec = isUnderWay(input) ? Infinity : input.maxAgeSec;
  const verdicts: (() => Verdict<PlanReason>)[] = [
    () => allowedSymbol({ symbol: proposal.symbol, allowlist: input.allowlist }),
    () => fresh({ nowSec: input.nowSec, lastUpdateEpochSec: proposal.lastUpdateEpochSec, maxAgeSec }),
    () => usableAction({ action, newSl }),
    () => killScore({ action, killScore: proposal.killScore, critical: input.critical, warning: input.warning }),
    () => killSwitch({ killSwitchReleased: input.killSwitchReleased }),
    () => notSuspended(input),
  ];
  for (const judge of verdicts) {
    const verdict = judge();
    if (!verdict.allow) return verdict;
  }
  return standing(input);
}
