import { describe, expect, it } from 'vitest';
import { answeredText, approvalsText } from './approvals.js';

const NOW = 1_000_000;
const PLAN = {
  plan_id: '3f2a9c0d1e4b5a67',
  symbol: 'BTCUSDT',
  action: 'PARTIAL_50',
  share_pct: '50',
  stop_price: null,
  quantity: '0.05',
  notional_usd: '3250',
  kill_score: '0.5',
  since_ms: NOW - 12_000,
  until_ms: NOW + 48_000,
  needed: 2,
  approvals: [{ by: 'anna', reason: 'yes', at_ms: NOW }],
};

describe('the plans that wait for an approval', () => {
  it('are named with what they would do, how long they wait, and who approved them', () =>
    expect(approvalsText({ waiting: [PLAN] }, NOW)).toBe(
      [
        '3f2a9c0d1e4b5a67  BTCUSDT PARTIAL_50  closes 0.05 (50 %)',
        '  3250 USD, kill score 0.5, waits 12 s, 48 s left, 1 of 2 approved: anna',
        '',
        '$ permit-gate approve 3f2a9c0d1e4b5a67 --reason "…"  (or reject)',
      ].join('\n'),
    ));

  it('are named with the price of a stop', () =>
    expect(
      approvalsText({ waiting: [{ ...PLAN, share_pct: null, stop_price: '60000', approvals: [] }] }, NOW),
    ).toContain('stop at 60000 for 0.05\n  3250 USD, kill score 0.5, waits 12 s, 48 s left, 0 of 2 approved'));

  it('may be none', () => expect(approvalsText({ waiting: [] })).toBe('No plan waits for an approval.'));
});

it.each<['approved' | 'counted' | 'rejected', string]>([
  [
    'approved',
    'Plan p1 of X is approved by anna and ben: its next attempt is published now, and every check runs again.',
  ],
  ['counted', 'Plan p1 of X is approved by anna and ben; 2 different people must approve it.'],
  ['rejected', 'Plan p1 of X is rejected: it has ended.'],
])('an answer that is %s', (outcome, said) =>
  expect(
    answeredText({ plan_id: 'p1', symbol: 'X', outcome, needed: 2, approvals: [{ by: 'anna' }, { by: 'ben' }] }),
  ).toBe(said),
);
