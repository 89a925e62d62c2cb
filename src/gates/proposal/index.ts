import type { Decimal } from '../../flow/0-decimal.js';
import type { PlanReason } from '../../flow/0-reasons.js';
import type { Proposal } from '../../flow/1-proposal.js';
import { ALLOW, type Verdict } from '../verdict.js';
import { allowedSymbol } from './allowed-symbol.js';
import { fresh } from './fresh.js';
import { killScore } from './kill-score.js';
import { killSwitch } from './kill-switch.js';
import { type Episode, repeat } from './repeat.js';
import { usableAction } from './usable-action.js';

export interface ProposalInput {
  readonly proposal: Proposal;
  readonly allowlist: ReadonlySet<string>;
  readonly nowSec: number;
  readonly maxAgeSec: number;
  readonly critical: number;
  readonly warning: number;
  /** `undefined` when the control state cannot be read: denies. */
  readonly killSwitchReleased: boolean | undefined;
  readonly policy: 'once_per_episode' | 'every_proposal';
  readonly lastEpisode: Episode | undefined;
  readonly snapshot: { readonly amount: Decimal; readonly tsMs: number } | undefined;
}

/** May this proposal become an executable plan? The first rule that says no is the reason. */
export function judgeProposal(input: ProposalInput): Verdict<PlanReason> {
  const { proposal } = input;
  const { action, newSl } = proposal;
  const verdicts: (() => Verdict<PlanReason>)[] = [
    () => allowedSymbol({ symbol: proposal.symbol, allowlist: input.allowlist }),
    () => fresh({ nowSec: input.nowSec, lastUpdateEpochSec: proposal.lastUpdateEpochSec, maxAgeSec: input.maxAgeSec }),
    () => usableAction({ action, newSl }),
    () => killScore({ action, killScore: proposal.killScore, critical: input.critical, warning: input.warning }),
    () => killSwitch({ killSwitchReleased: input.killSwitchReleased }),
    () => repeat({ proposal, policy: input.policy, lastEpisode: input.lastEpisode, snapshot: input.snapshot }),
  ];
  for (const judge of verdicts) {
    const verdict = judge();
    if (!verdict.allow) return verdict;
  }
  return ALLOW;
}
