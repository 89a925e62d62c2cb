import { describe, expect, it } from 'vitest';
import { Decimal } from '../../flow/0-decimal.js';
import type { MarketSymbol } from '../../flow/0-primitives.js';
import { plainVerdict } from '../../../test/harness/plain-verdict.js';
import type { PositionInput } from './evidence.js';
import { judgePosition } from './index.js';

const D = (text: string): Decimal => new Decimal(text);
const NOW = 1_000_000;

const PASSES: PositionInput = {
  plan: {
    symbol: 'BTCUSDT' as MarketSymbol,
    step: { step: 'CLOSE_PARTIAL_75', type: 'market_reduce_only', side: 'close', pct: 75 },
    mode: 'testnet',
  },
  nowMs: NOW,
  deadlineMs: NOW + 1_200,
  allowlist: new Set(['BTCUSDT']),
  killSwitchReleased: true,
  suspended: false,
  armed: true,
  snapshot: { amount: D('0.010'), tsMs: NOW - 500, restingReduceQty: D('0') },
  exchangeFault: undefined,
  redis: { changedMs: 0, settleUntilMs: 0, proofMs: 30_000, traded: false },
  staleThresholdSec: 10,
  orderOpen: false,
  lastFillMs: NOW - 15_000,
  cooldownSec: 15,
  hold: undefined,
  ledger: { kind: 'present', amount: D('0.010') },
  tolerancePct: 1,
  rules: { stepSize: D('0.001'), minQty: D('0.001'), maxQty: D('1000') },
};
const snapshot = (over: object) => ({
  snapshot: { amount: D('0.010'), tsMs: NOW - 500, restingReduceQty: D('0'), ...over },
});

const mode = (given: PositionInput['plan']['mode']) => ({ plan: { ...PASSES.plan, mode: given } });

/** Everything wrong at once; each entry mends the first thing that is. */
const MENDED: readonly (readonly [string, Partial<PositionInput>])[] = [
  ['not_in_allowlist', { allowlist: new Set(['BTCUSDT']) }],
  ['plan_expired', { deadlineMs: NOW + 1 }],
  ['kill_switch_active', { killSwitchReleased: true }],
  ['disarmed', { armed: true }],
  ['symbol_suspended', { suspended: false }],
  ['exchange_unreachable', { exchangeFault: undefined }],
  ['no_exchange_snapshot', snapshot({ amount: D('0'), tsMs: NOW - 11_000 })],
  ['stale_exchange_state', snapshot({ amount: D('0') })],
  [
    'stale_exchange_state',
    { redis: { changedMs: NOW - 9_000, settleUntilMs: NOW - 500, proofMs: 30_000, traded: undefined } },
  ],
  ['no_position', snapshot({ restingReduceQty: D('0.010') })],
  ['exchange_unreachable', { rules: { stepSize: D('0.001'), minQty: D('1'), maxQty: D('1000') } }],
  [
    'exchange_unreachable',
    { redis: { changedMs: NOW - 9_000, settleUntilMs: NOW - 500, proofMs: 30_000, traded: true } },
  ],
  ['cooldown_in_flight', { redis: { changedMs: NOW - 9_000, settleUntilMs: NOW - 500, proofMs: 9_000, traded: true } }],
  ['cooldown_in_flight', { orderOpen: false }],
  ['cooldown_in_flight', { lastFillMs: NOW - 1_000 }],
  ['reconcile_hold_active', { hold: undefined }],
  ['reconcile_hold_active', { ledger: { kind: 'present', amount: D('-1') } }],
  ['reconcile_required_side_mismatch', { ledger: { kind: 'present', amount: D('1') } }],
  ['reconcile_required_qty_mismatch', { ledger: { kind: 'present', amount: D('0.010') } }],
  ['cooldown_in_flight', { lastFillMs: undefined }],
  ['resting_reduce_orders', snapshot({})],
  ['qty_below_step', { rules: { stepSize: D('0.001'), minQty: D('0.001'), maxQty: D('1000') } }],
];
const ALL_WRONG: PositionInput = {
  ...PASSES,
  allowlist: new Set(),
  deadlineMs: NOW,
  killSwitchReleased: false,
  suspended: true,
  armed: false,
  snapshot: undefined,
  exchangeFault: 'HTTP 500',
  redis: undefined,
  orderOpen: true,
  lastFillMs: NOW,
  hold: 'h',
  ledger: { kind: 'lost' },
  rules: undefined,
};

describe('whether a position may be shrunk', () => {
  it('is yes, with the quantity that is safe', () => {
    const verdict = judgePosition(PASSES);
    expect(verdict.allow && verdict.safeCloseQty.toFixed()).toBe('0.007');
  });

  it('is decided by the first rule that says no, in this order', () => {
    const reasons: string[] = [];
    let input = ALL_WRONG;
    for (const [, mend] of MENDED) {
      const verdict = judgePosition(input);
      reasons.push(verdict.allow ? 'allow' : verdict.reason);
      input = { ...input, ...mend };
    }
    expect(reasons).toEqual(MENDED.map(([reason]) => reason));
    expect(judgePosition(input).allow).toBe(true);
  });

  it.each<[string, Partial<PositionInput>, string | undefined]>([
    ['the symbol is suspended', { suspended: true, ...mode('dry_run') }, 'symbol_suspended'],
    ['the kill switch is engaged', { killSwitchReleased: false }, 'kill_switch_active'],
    [
      'the kill switch is engaged, for a dry run',
      { killSwitchReleased: false, ...mode('dry_run') },
      'kill_switch_active',
    ],
    ['the system is disarmed', { armed: false }, 'disarmed'],
    ['the system is disarmed, for a plan of a foreign Apply', { armed: false, ...mode(undefined) }, 'disarmed'],
    ['the system is disarmed, for a dry run', { armed: false, ...mode('dry_run') }, undefined],
  ])('while %s, part of [C11]', (_what, over, reason) => {
    const verdict = judgePosition({ ...PASSES, ...over });
    expect(verdict.allow ? undefined : verdict.reason).toBe(reason);
  });

  it('is no while our fill shows in the exchange before the ledger has it: in flight, not drift [S16]', () => {
    const pushed = { ...PASSES, ...snapshot({ amount: D('0.003') }), orderOpen: true };
    expect(plainVerdict(judgePosition(pushed) as Parameters<typeof plainVerdict>[0])).toEqual([
      'cooldown_in_flight',
      { seconds_since_last: 15, cooldown_sec: 15, cause: 'order_open' },
    ]);
  });

  it('is no while the ledger has our fill before the exchange shows it: in flight, not drift [S16]', () => {
    const behind: PositionInput = { ...PASSES, ledger: { kind: 'present', amount: D('0.003') }, lastFillMs: NOW - 100 };
    expect(plainVerdict(judgePosition(behind) as Parameters<typeof plainVerdict>[0])).toEqual([
      'cooldown_in_flight',
      { seconds_since_last: 0.1, cooldown_sec: 15, cause: 'snapshot_older_than_fill' },
    ]);
  });
});
