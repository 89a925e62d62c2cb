import { describe, expect, it } from 'vitest';
import { Decimal } from '../../flow/0-decimal.js';
import { BLOCKERS, type BlockerReason } from './blocker.js';
import type { WhyFacts } from './facts.js';
import { whyNot } from './index.js';

const D = (text: string): Decimal => new Decimal(text);
const NOW = Date.UTC(2026, 10, 30, 15, 0, 0);
const BY_BOSS = { by: 'boss', reason: 'wrong prices', atMs: NOW - 60_000 };

const FREE: WhyFacts = {
  symbol: 'BTCUSDT',
  nowMs: NOW,
  mode: 'testnet',
  killSwitch: 'released',
  disarms: [],
  settleUntilMs: 0,
  missingRoles: [],
  bannedUntilMs: 0,
  sharedFaults: [],
  absentFrom: [],
  suspension: undefined,
  hold: undefined,
  order: undefined,
  ledger: { kind: 'present', amount: D('0.010') },
  snapshot: { amount: D('0.010'), markPrice: D('50000'), tsMs: NOW - 500, restingReduceQty: D('0') },
  exchangeFault: undefined,
  staleThresholdSec: 10,
  tolerancePct: 1,
  lastFillMs: NOW - 15_000,
  cooldownSec: 15,
  usage: {
    executionsMs: [NOW - 3_000_000, NOW - 200_000],
    day: '20261130',
    dayNotionalUsd: D('100'),
    dayQty: D('0.001'),
  },
  limits: { perHour: 3, per5Min: 2, notionalPerDayUsd: '5000', qtyPerDay: '0.05' },
  faults: [],
  asked: {
    action: 'PARTIAL_75',
    share: 75,
    stampMs: NOW - 2_000,
    planId: 'p1',
    doneMs: undefined,
    ended: undefined,
    isUnderWay: false,
    staysFresh: false,
  },
  maxAgeSec: 60,
  approvals: [],
};

const order = (state: string) => ({ planId: 'p2', attempt: 2, state, sinceMs: NOW - 5_000 });
const usage = (over: Partial<NonNullable<WhyFacts['usage']>>) => ({
  usage: { ...FREE.usage, ...over } as WhyFacts['usage'],
});
const snapshot = (over: object) => ({ snapshot: { ...FREE.snapshot, ...over } as WhyFacts['snapshot'] });
const asked = (over: object) => ({ asked: { ...FREE.asked, ...over } as WhyFacts['asked'] });

/** One thing wrong, and what is said about it. */
const CASES: readonly (readonly [BlockerReason, Partial<WhyFacts>, string, object])[] = [
  [
    'kill_switch_engaged',
    { killSwitch: BY_BOSS },
    'The kill switch is engaged by boss since 2026-11-30 14:59:00 UTC: wrong prices.',
    { sinceMs: NOW - 60_000, by: 'boss', remedy: 'permit-gate release --reason "…"' },
  ],
  [
    'disarmed',
    { disarms: [BY_BOSS, { by: 'the Governor', reason: 'errors', atMs: NOW - 1_000 }] },
    'The system is disarmed by boss since 2026-11-30 14:59:00 UTC: wrong prices; and by the Governor since 2026-11-30 14:59:59 UTC: errors. Plans are dry runs.',
    { sinceMs: NOW - 60_000, by: 'boss', remedy: 'permit-gate arm --reason "…"' },
  ],
  [
    'dry_run',
    { mode: 'dry_run' },
    'This deployment runs with APPLY_MODE=dry_run: plans are evaluated, no order is sent.',
    {},
  ],
  [
    'not_allowed',
    { absentFrom: ['APPLY_ALLOWLIST', 'P33_ALLOWLIST'] },
    'BTCUSDT is not in APPLY_ALLOWLIST and not in P33_ALLOWLIST. Add it there and start the processes again.',
    {},
  ],
  [
    'symbol_suspended',
    { suspension: { by: 'anna', reason: 'delisted', atMs: NOW - 9_000 } },
    'BTCUSDT is suspended by anna since 2026-11-30 14:59:51 UTC: delisted.',
    { sinceMs: NOW - 9_000, by: 'anna', remedy: 'permit-gate allow BTCUSDT --reason "…"' },
  ],
  [
    'redis_settling',
    { settleUntilMs: NOW + 5_000 },
    'Redis was restarted, failed over or emptied, or its clock was set: nothing is claimed until 2026-11-30 15:00:05 UTC.',
    { untilMs: NOW + 5_000 },
  ],
  [
    'hold',
    { hold: { cause: 'operator', by: 'anna', reason: 'strange', atMs: NOW - 9_000 } },
    'BTCUSDT is on hold (operator) by anna since 2026-11-30 14:59:51 UTC: strange.',
    { sinceMs: NOW - 9_000, by: 'anna', remedy: 'permit-gate unhold BTCUSDT --reason "…"' },
  ],
  [
    'order_unknown',
    { order: order('UNKNOWN') },
    'The outcome of the order of plan p2 (attempt 2) on BTCUSDT is unknown since 2026-11-30 14:59:55 UTC. It is looked up; when that settles nothing, an operator must.',
    { sinceMs: NOW - 5_000, remedy: 'permit-gate resolve p2 --outcome <filled|not_found|…> --reason "…"' },
  ],
  [
    'ledger_missing',
    { ledger: { kind: 'lost', detail: 'last_known_amt is "x"' } },
    'The ledger of BTCUSDT cannot be used: last_known_amt is "x".',
    { remedy: 'permit-gate reconcile BTCUSDT --expected 0.01 --reason "…"' },
  ],
  [
    'drift',
    { ledger: { kind: 'present', amount: D('0.012') } },
    'The exchange says BTCUSDT is 0.01, the ledger says 0.012; the tolerance is 1 % (P33_QTY_TOLERANCE_PCT). Find out who traded, then reconcile.',
    { remedy: 'permit-gate reconcile BTCUSDT --expected 0.01 --reason "…"' },
  ],
  [
    'order_in_flight',
    { order: order('CLAIMED') },
    'The order of plan p2 (attempt 2) on BTCUSDT is open since 2026-11-30 14:59:55 UTC.',
    { sinceMs: NOW - 5_000, remedy: 'permit-gate trace p2' },
  ],
  [
    'cooldown',
    { lastFillMs: NOW - 14_000 },
    'BTCUSDT was filled at 2026-11-30 14:59:46 UTC; it may trade again at 2026-11-30 15:00:01 UTC (P33_COOLDOWN_SEC is 15).',
    { sinceMs: NOW - 14_000, untilMs: NOW + 1_000 },
  ],
  [
    'hourly_limit',
    usage({ executionsMs: [NOW - 3_600_000, NOW - 3_500_000, NOW - 3_000_000, NOW - 1_000_000, NOW - 500_000] }),
    'BTCUSDT used 4 of 3 executions of the last hour, 0 are left (GOV_MAX_EXEC_PER_HOUR). One is free at 2026-11-30 15:10:00 UTC.',
    { untilMs: NOW + 600_000 },
  ],
  [
    'burst_limit',
    usage({ executionsMs: [NOW - 200_000, NOW - 100_000] }),
    'BTCUSDT used 2 of 2 executions of the last five minutes, 0 are left (GOV_MAX_EXEC_PER_5MIN). One is free at 2026-11-30 15:01:40 UTC.',
    { untilMs: NOW + 100_000 },
  ],
  [
    'daily_notional_limit',
    usage({ dayNotionalUsd: D('4700') }),
    'BTCUSDT used 4700 of 5000 USD today (UTC), 300 are left (GOV_MAX_REDUCE_NOTIONAL_PER_DAY_USD); the close that is asked for needs 375 USD. It is free again at 2026-12-01 00:00:00 UTC.',
    { untilMs: Date.UTC(2026, 11, 1) },
  ],
  [
    'daily_quantity_limit',
    usage({ dayQty: D('0.05') }),
    'BTCUSDT used 0.05 of 0.05 today (UTC), 0 are left (GOV_MAX_REDUCE_QTY_PER_DAY); the close that is asked for needs 0.0075. It is free again at 2026-12-01 00:00:00 UTC.',
    { untilMs: Date.UTC(2026, 11, 1) },
  ],
  [
    'snapshot_missing',
    { snapshot: undefined, lastFillMs: undefined, exchangeFault: 'HTTP 500' },
    'The position of BTCUSDT was not read from the exchange yet. The exchange: HTTP 500.',
    { remedy: 'permit-gate doctor' },
  ],
  [
    'snapshot_stale',
    { ...snapshot({ tsMs: NOW - 11_000 }), lastFillMs: NOW - 90_000 },
    'The position of BTCUSDT was last read at 2026-11-30 14:59:49 UTC, 11 s ago; 10 s are allowed (P33_STALE_THRESHOLD_SEC).',
    { sinceMs: NOW - 11_000 },
  ],
  [
    'no_position',
    { ...snapshot({ amount: D('0') }), ledger: { kind: 'present', amount: D('0') } },
    'The exchange says BTCUSDT is flat: there is nothing to close.',
    {},
  ],
  [
    'symbol_fault',
    { faults: ['k is a list, not a hash: BTCUSDT is stopped. Delete it (redis-cli DEL k) and reconcile BTCUSDT'] },
    'BTCUSDT is stopped: k is a list, not a hash: BTCUSDT is stopped. Delete it (redis-cli DEL k) and reconcile BTCUSDT.',
    { remedy: 'redis-cli DEL k' },
  ],
  [
    'role_missing',
    { missingRoles: [{ role: 'governor', lastSeenMs: NOW - 20_000 }] },
    'No process with ROLES=governor is alive; the last one was seen at 2026-11-30 14:59:40 UTC.',
    { sinceMs: NOW - 20_000, remedy: 'ROLES=governor permit-gate serve' },
  ],
  [
    'exchange_banned',
    { bannedUntilMs: NOW + 120_000 },
    'The exchange has banned this address until 2026-11-30 15:02:00 UTC: no process calls it before.',
    { untilMs: NOW + 120_000 },
  ],
  ['proposal_missing', { asked: undefined }, 'No proposal for BTCUSDT has been seen.', {}],
  [
    'proposal_stale',
    asked({ stampMs: NOW - 180_000 }),
    'The last proposal for BTCUSDT (PARTIAL_75) is of 2026-11-30 14:57:00 UTC, 3 min old; 60 s are allowed (APPLY_PROPOSAL_MAX_AGE_SEC). None has been seen since.',
    { sinceMs: NOW - 120_000 },
  ],
  [
    'proposal_done',
    asked({ doneMs: NOW - 60_000, share: undefined }),
    'The proposal for BTCUSDT (PARTIAL_75) was carried out at 2026-11-30 14:59:00 UTC. It is not carried out again (APPLY_REPEAT_POLICY).',
    { sinceMs: NOW - 60_000, remedy: 'permit-gate trace p1' },
  ],
  [
    'plan_ended',
    asked({ ended: { state: 'BLOCKED', why: 'p33_denied: qty_below_step', atMs: NOW - 1_000 } }),
    'The last plan of the proposal for BTCUSDT, p1, ended BLOCKED: p33_denied: qty_below_step.',
    { sinceMs: NOW - 1_000, remedy: 'permit-gate trace p1' },
  ],
  [
    'approval_waiting',
    {
      approvals: [
        { planId: 'p3', symbol: 'BTCUSDT', sinceMs: NOW - 60_000, untilMs: NOW + 60_000, by: ['anna'], needed: 2 },
        { planId: 'p4', symbol: 'ETHUSDT', sinceMs: NOW - 60_000, untilMs: NOW + 60_000, by: [], needed: 1 },
      ],
    },
    'Plan p3 of BTCUSDT waits for an approval since 2026-11-30 14:59:00 UTC, until 2026-11-30 15:01:00 UTC. anna approved it; 2 different people must.',
    { untilMs: NOW + 60_000, remedy: 'permit-gate approve p3 --reason "…"' },
  ],
];

const reasons = (over: Partial<WhyFacts>): BlockerReason[] => whyNot({ ...FREE, ...over }).map(({ reason }) => reason);

describe('what keeps a symbol from trading', () => {
  it('is nothing where all is well', () => expect(whyNot(FREE)).toEqual([]));

  it.each(CASES)('is %s alone, in words', (reason, over, text, more) => {
    const found = whyNot({ ...FREE, ...over });
    expect(found.map((blocker) => blocker.reason)).toEqual([reason]);
    expect(found[0]).toMatchObject({ text, ...more });
  });

  it('has a case here for each reason of the closed set', () =>
    expect(CASES.map(([reason]) => reason)).toEqual(Object.keys(BLOCKERS)));

  it('is listed whole, in the order of the closed set, where everything is wrong', () => {
    const worst: WhyFacts = { ...FREE };
    for (const [reason, over] of CASES)
      if (
        !['snapshot_missing', 'no_position', 'order_in_flight', 'drift', 'proposal_missing', 'order_unknown'].includes(
          reason,
        )
      )
        Object.assign(worst, over, over.usage === undefined ? {} : { usage: { ...worst.usage, ...over.usage } });
    const all = whyNot({
      ...worst,
      order: order('UNKNOWN'),
      lastFillMs: NOW - 1_000,
      limits: { ...FREE.limits, per5Min: 0, perHour: 0, notionalPerDayUsd: '0', qtyPerDay: '0' },
    });
    const order_ = Object.keys(BLOCKERS);
    const found = all.map(({ reason }) => reason);
    expect(found).toEqual(found.toSorted((a, b) => order_.indexOf(a) - order_.indexOf(b)));
    expect(found.length).toBeGreaterThanOrEqual(19);
  });

  it.each<[string, Partial<WhyFacts>, readonly BlockerReason[]]>([
    ['a kill switch that is missing', { killSwitch: 'missing' }, ['kill_switch_engaged']],
    ['a time to settle that is no number', { settleUntilMs: Number.NaN }, ['redis_settling']],
    ['opposite sides', { ledger: { kind: 'present', amount: D('-0.010') } }, ['drift']],
    ['a difference within the tolerance', { ledger: { kind: 'present', amount: D('0.0101') } }, []],
    [
      'a difference while an order is open: no drift',
      { ...FREE, ledger: { kind: 'present', amount: D('1') }, order: order('CLAIMED') },
      ['order_in_flight'],
    ],
    [
      'a difference before the snapshot shows a fill: no drift',
      { ledger: { kind: 'present', amount: D('0.002') }, lastFillMs: NOW - 400, cooldownSec: 0 },
      ['order_in_flight'],
    ],
    ['a fill that the ledger has not counted', { order: order('FILLED') }, ['order_in_flight']],
    ['a guard that cannot be read', { order: 'unreadable' }, ['order_in_flight']],
    ['no ledger yet', { ledger: { kind: 'absent' } }, ['ledger_missing']],
    ['a snapshot from the future', { ...snapshot({ tsMs: NOW + 6_000 }) }, ['snapshot_stale']],
    ['usage of yesterday', usage({ day: '20261129', dayNotionalUsd: D('5000'), dayQty: D('0.05') }), []],
    ['usage that cannot be read', { usage: undefined }, []],
    [
      'limits without one of the quantity',
      { limits: { ...FREE.limits, qtyPerDay: undefined }, ...usage({ dayQty: D('9') }) },
      [],
    ],
    ['HOLD', asked({ action: 'HOLD', share: undefined, stampMs: NOW - 900_000 }), ['proposal_missing']],
    ['an old proposal whose plan is open', asked({ stampMs: NOW - 900_000, isUnderWay: true }), []],
    ['an old proposal that has filled something', asked({ stampMs: NOW - 900_000, staysFresh: true }), []],
    ['a ban that is over', { bannedUntilMs: NOW }, []],
  ])('with %s', (_what, over, expected) => expect(reasons(over)).toEqual(expected));

  it.each([
    ['operator', 'permit-gate unhold BTCUSDT --reason "…"'],
    ['', 'permit-gate unhold BTCUSDT --reason "…"'],
    ['ledger_lost', 'permit-gate reconcile BTCUSDT --expected 0.01 --reason "…"'],
    ['order_outcome_unknown', 'permit-gate reconcile BTCUSDT --expected 0.01 --reason "…"'],
  ])('says how a hold of cause %j ends', (cause, remedy) =>
    expect(whyNot({ ...FREE, hold: { cause, by: 'x', reason: '', atMs: NOW } })[0]?.remedy).toBe(remedy),
  );

  it('names the plan to resolve where a hold is for an order of unknown outcome', () => {
    const hold = { cause: 'order_outcome_unknown', by: 'apply', reason: 'not found', atMs: NOW };
    expect(whyNot({ ...FREE, hold, order: order('UNKNOWN') })[0]?.remedy).toContain('permit-gate resolve p2 ');
  });

  it('never says that a limit of 0 becomes free', () => {
    const [first] = whyNot({ ...FREE, limits: { ...FREE.limits, perHour: 0 } });
    expect(first).toMatchObject({ reason: 'hourly_limit', untilMs: undefined });
    expect(first?.text).toContain('None becomes free.');
  });
});
