import { describe, expect, it } from 'vitest';
import { Decimal } from '../../flow/0-decimal.js';
import type { TakenUp } from '../../flow/1-standing.js';
import { parseProposal, type Proposal } from '../../flow/1-proposal.js';
import { plainVerdict } from '../../../test/harness/plain-verdict.js';
import { judgeProposal, type ProposalInput } from './index.js';

function proposal(fields: Readonly<Record<string, string>>): Proposal {
  const reading = parseProposal('BTCUSDT', {
    harvest_action: 'PARTIAL_75',
    kill_score: '0.5',
    last_update_epoch: '1000',
    computed_at_utc: '2026-01-31T12:00:00Z',
    ...fields,
  });
  if (!reading.ok) throw new Error(reading.detail);
  return reading.proposal;
}

const PASSES: ProposalInput = {
  proposal: proposal({}),
  allowlist: new Set(['BTCUSDT']),
  nowSec: 1_001,
  maxAgeSec: 60,
  critical: 0.8,
  warning: 0.6,
  killSwitchReleased: true,
  suspended: false,
  policy: 'once_per_episode',
  takenUp: undefined,
  episode: 0,
  snapshot: undefined,
  ledgerAmount: undefined,
  step: undefined,
};
const PLACED: TakenUp = {
  episode: 0,
  atMs: 1,
  amount: new Decimal(1),
  target: undefined,
  isDone: true,
  hasFilled: false,
  stop: '7',
  flatSinceMs: undefined,
  wasFlat: false,
  endedMs: undefined,
};

/** Everything wrong at once; each entry mends the first thing that is. */
const MENDED: readonly (readonly [string, Partial<ProposalInput>])[] = [
  ['not_in_allowlist', { allowlist: new Set(['BTCUSDT']) }],
  ['proposal_stale', { nowSec: 1_001 }],
  ['missing_new_sl', { proposal: proposal({ harvest_action: 'UPDATE_SL', kill_score: '0.95', new_sl_proposed: '7' }) }],
  [
    'kill_score_critical',
    { proposal: proposal({ harvest_action: 'UPDATE_SL', kill_score: '0.1', new_sl_proposed: '7' }) },
  ],
  ['kill_switch_active', { killSwitchReleased: true }],
  ['symbol_suspended', { suspended: false }],
  ['repeat_suppressed', { takenUp: undefined }],
];
const ALL_WRONG: ProposalInput = {
  ...PASSES,
  proposal: proposal({ harvest_action: 'UPDATE_SL', kill_score: '0.95' }),
  allowlist: new Set(),
  nowSec: 2_000,
  killSwitchReleased: undefined,
  suspended: true,
  takenUp: PLACED,
};

describe('whether a proposal becomes a plan', () => {
  it('is yes when every rule passes', () => expect(plainVerdict(judgeProposal(PASSES))).toBe('allow'));

  it('is decided by the first rule that says no, in this order', () => {
    const reasons: string[] = [];
    let input = ALL_WRONG;
    for (const [, mend] of MENDED) {
      const verdict = plainVerdict(judgeProposal(input));
      reasons.push(verdict === 'allow' ? 'allow' : verdict[0]);
      input = { ...input, ...mend };
    }
    expect(reasons).toEqual(MENDED.map(([reason]) => reason));
    expect(plainVerdict(judgeProposal(input))).toBe('allow');
  });

  it('is yes for a full close at kill score 0.95 [A7]', () =>
    expect(
      plainVerdict(
        judgeProposal({ ...PASSES, proposal: proposal({ harvest_action: 'FULL_CLOSE_PROPOSED', kill_score: '0.95' }) }),
      ),
    ).toBe('allow'));

  it('is no for a stop at kill score 0.95, with the figures it was decided on [A8]', () => {
    const stop = proposal({ harvest_action: 'UPDATE_SL', kill_score: '0.95', new_sl_proposed: '7' });
    expect(plainVerdict(judgeProposal({ ...PASSES, proposal: stop }))).toEqual([
      'kill_score_critical',
      { kill_score: '0.95', warning: 0.6, critical: 0.8 },
    ]);
  });

  it('is no for a proposal from the future [A5]', () =>
    expect(plainVerdict(judgeProposal({ ...PASSES, nowSec: 900 }))).toEqual([
      'proposal_invalid',
      { field: 'last_update_epoch', age_seconds: -100, allowed_ahead_seconds: 5 },
    ]));
});
