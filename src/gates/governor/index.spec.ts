import { describe, expect, it } from 'vitest';
import { Decimal } from '../../flow/0-decimal.js';
import type { MarketSymbol } from '../../flow/0-primitives.js';
import type { Step } from '../../flow/2-plan.js';
import { plainVerdict } from '../../../test/harness/plain-verdict.js';
import { type GovernorInput, judgePlan, utcDay } from './index.js';

const D = (text: string): Decimal => new Decimal(text);
const NOON = Date.UTC(2026, 0, 31, 12);

const close = (pct: 100 | 75 | 50): Step => ({ step: 'CLOSE_FULL', type: 'market_reduce_only', side: 'close', pct });
const STOP: Step = { step: 'UPDATE_SL', type: 'stop_loss_order', price: '90000' };

const PASSES: GovernorInput = {
  plan: {
    symbol: 'BTCUSDT' as MarketSymbol,
    action: 'PARTIAL_75',
    killScore: D('0.5'),
    step: close(75),
    mode: 'testnet',
  },
  nowMs: NOON,
  deadlineMs: NOON + 1_200,
  allowlist: new Set(['BTCUSDT']),
  killSwitchReleased: true,
  suspended: false,
  armed: true,
  approvalRule: { approval: 'auto', aboveUsd: undefined, needed: 1 },
  approval: undefined,
  snapshot: { amount: D('-0.010'), markPrice: D('96000'), tsMs: NOON - 1_000 },
  staleThresholdSec: 10,
  ownPrice: { price: D('96000'), ageMs: 500 },
  priceBandPct: 10,
  killScoreCritical: 0.8,
  usage: { execHour: 2, exec5Min: 1, isCounted: false, day: '20260131', dayNotionalUsd: D('1000'), dayQty: D('0.5') },
  limits: {
    maxExecPerHour: 3,
    maxExecPer5Min: 2,
    maxReduceNotionalPerDayUsd: '5000',
    maxReduceQtyPerDay: '1',
  },
};

const MANUAL: Partial<GovernorInput> = { approvalRule: { approval: 'manual', aboveUsd: undefined, needed: 1 } };

/** A yes with its figures as text, a no with reason and context. */
function judge(over: Partial<GovernorInput>): unknown {
  const verdict = judgePlan({ ...PASSES, ...over });
  if (!verdict.allow) return plainVerdict(verdict);
  return Object.fromEntries(
    Object.entries(verdict).map(([name, value]) => [name, Decimal.isDecimal(value) ? value.toFixed() : value]),
  );
}
const plan = (over: Partial<GovernorInput['plan']>) => ({ plan: { ...PASSES.plan, ...over } });
const usage = (over: Partial<GovernorInput['usage']>) => ({ usage: { ...PASSES.usage, ...over } });
const limits = (over: Partial<GovernorInput['limits']>) => ({ limits: { ...PASSES.limits, ...over } });

const GRANT = {
  allow: true,
  computedQty: '0.0075',
  judgedPrice: '96000',
  computedNotionalUsd: '720',
  reservedQty: '0.0075',
  reservedNotionalUsd: '720',
  day: '20260131',
  dayQty: '0.5075',
  dayNotionalUsd: '1720',
};

describe('a plan within the limits', () => {
  it('gets a yes with what it reserves and what the day has used with it', () => expect(judge({})).toEqual(GRANT));

  it.each([
    [100, '0.01', '960'],
    [50, '0.005', '480'],
  ] as const)('of %s %% is bounded by that share of the position', (pct, qty, notional) =>
    expect(judge(plan({ step: close(pct) }))).toMatchObject({ computedQty: qty, reservedNotionalUsd: notional }),
  );

  it('for a stop is bounded by the position, and reserves nothing of the day', () =>
    expect(judge(plan({ action: 'UPDATE_SL', step: STOP }))).toEqual({
      ...GRANT,
      computedQty: '0.01',
      computedNotionalUsd: '960',
      reservedQty: '0',
      reservedNotionalUsd: '0',
      dayQty: '0.5',
      dayNotionalUsd: '1000',
    }));

  it.each([
    ['no own price', undefined, '960'],
    ['an own price beyond the band, with the band', { price: D('192000'), ageMs: 500 }, '2112'],
  ])('for a stop gets a yes with %s: no limit depends on it', (_, ownPrice, notional) =>
    expect(judge({ ...plan({ action: 'UPDATE_SL', step: STOP }), ownPrice })).toMatchObject({
      allow: true,
      computedNotionalUsd: notional,
      reservedNotionalUsd: '0',
    }),
  );

  it('counts at the own price where that is higher than the snapshot', () =>
    expect(judge({ ownPrice: { price: D('100000'), ageMs: 500 } })).toMatchObject({
      judgedPrice: '100000',
      reservedNotionalUsd: '750',
      dayNotionalUsd: '1750',
    }));

  it('on a flat symbol gets a yes to nothing', () =>
    expect(judge({ snapshot: { amount: D('0'), markPrice: D('1'), tsMs: NOON }, ownPrice: undefined })).toMatchObject({
      allow: true,
      computedQty: '0',
      reservedNotionalUsd: '0',
    }));

  it('has no quantity limit unless one is set', () =>
    expect(judge({ ...limits({ maxReduceQtyPerDay: undefined }), ...usage({ dayQty: D('1e6') }) })).toMatchObject({
      allow: true,
    }));
});

describe('UTC midnight', () => {
  const midnight = Date.UTC(2026, 1, 1);
  const around = (nowMs: number) =>
    judge({
      ...usage({ dayNotionalUsd: D('5000'), dayQty: D('1') }),
      nowMs,
      deadlineMs: nowMs + 1_200,
      snapshot: { amount: D('0.010'), markPrice: D('96000'), tsMs: nowMs },
    });

  it('names its day by UTC', () => {
    expect([utcDay(midnight - 1), utcDay(midnight), utcDay(Date.UTC(2027, 8, 9))]).toEqual([
      '20260131',
      '20260201',
      '20270909',
    ]);
  });

  it('a moment before, the day is still full [G5]', () =>
    expect(around(midnight - 1)).toEqual([
      'daily_limit_exceeded',
      { which: 'notional', used_usd: '5000', asked_usd: '720', limit_usd: '5000' },
    ]));

  it('is behind a clock that was set back: the day that was begun goes on, part of [R13]', () => {
    const nowMs = midnight - 1;
    const input = { nowMs, deadlineMs: midnight, snapshot: { amount: D('0.010'), markPrice: D('96000'), tsMs: nowMs } };
    expect(judge({ ...usage({ day: '20260201', dayNotionalUsd: D('5000') }), ...input })).toContain(
      'daily_limit_exceeded',
    );
    expect(judge({ ...usage({ day: '20260201', dayNotionalUsd: D('0') }), ...input })).toMatchObject({
      day: '20260201',
    });
  });

  it('at it, notional and quantity both start again [G5]', () =>
    expect(around(midnight)).toEqual({ ...GRANT, day: '20260201', dayQty: '0.0075', dayNotionalUsd: '720' }));
});

describe('a plan that the Governor blocks', () => {
  it.each<[string, Partial<GovernorInput>, unknown]>([
    ['after its window', { nowMs: NOON + 1_200 }, ['plan_expired', { late_by_ms: 0 }]],
    [
      'on a symbol outside the allowlist',
      { allowlist: new Set(['X']) },
      ['not_in_allowlist', { symbol: 'BTCUSDT', allowlist: ['X'] }],
    ],
    ['while the symbol is suspended', { suspended: true, ...plan({ mode: 'dry_run' }) }, ['symbol_suspended', {}]],
    ['while the kill switch is engaged, part of [C11]', { killSwitchReleased: false }, ['kill_switch_active', {}]],
    [
      'while the kill switch is engaged, for a dry run, part of [C11]',
      { killSwitchReleased: false, ...plan({ mode: 'dry_run' }) },
      ['kill_switch_active', {}],
    ],
    ['while disarmed', { armed: false }, ['disarmed', {}]],
    ['while disarmed, from a foreign Apply', { armed: false, ...plan({ mode: undefined }) }, ['disarmed', {}]],
    [
      'that keeps risk on at a critical score',
      plan({ action: 'UPDATE_SL', step: STOP, killScore: D('0.9') }),
      ['kill_score_critical_non_close', { kill_score: '0.9', critical: 0.8 }],
    ],
    ['beyond the hour', usage({ execHour: 3 }), ['hourly_limit_exceeded', { exec_count_hour: 3, limit: 3 }]],
    ['beyond the burst', usage({ exec5Min: 2 }), ['burst_limit_exceeded', { exec_count_5min: 2, limit: 2 }]],
    ['without a snapshot', { snapshot: undefined }, ['position_fetch_failed', { cause: 'no_snapshot' }]],
    [
      'beyond the notional of the day',
      usage({ dayNotionalUsd: D('4280.01') }),
      ['daily_limit_exceeded', { which: 'notional', used_usd: '4280.01', asked_usd: '720', limit_usd: '5000' }],
    ],
    [
      'beyond the quantity of the day',
      usage({ dayQty: D('0.993') }),
      ['daily_limit_exceeded', { which: 'quantity', used: '0.993', asked: '0.0075', limit: '1' }],
    ],
    ['that was not approved', MANUAL, ['approval_required', { qty: '0.0075', notional_usd: '720', needed: 1 }]],
  ])('%s', (_what, over, verdict) => expect(judge(over)).toEqual(verdict));

  it('is denied for its first fault, in this order', () => {
    const mended: readonly (readonly [string, Partial<GovernorInput>])[] = [
      ['plan_expired', { nowMs: NOON }],
      ['not_in_allowlist', { allowlist: PASSES.allowlist }],
      ['kill_switch_active', { killSwitchReleased: true }],
      ['disarmed', { armed: true }],
      ['symbol_suspended', { suspended: false }],
      ['kill_score_critical_non_close', plan({})],
      ['hourly_limit_exceeded', usage({ exec5Min: 9, dayNotionalUsd: D('9999') })],
      ['burst_limit_exceeded', usage({ dayNotionalUsd: D('9999') })],
      ['position_fetch_failed', { snapshot: PASSES.snapshot }],
      ['daily_limit_exceeded', usage({})],
      ['approval_required', { approvalRule: PASSES.approvalRule }],
    ];
    let input: GovernorInput = {
      ...PASSES,
      ...plan({ action: 'UPDATE_SL', killScore: D('1') }),
      nowMs: NOON + 9_999,
      allowlist: new Set(),
      killSwitchReleased: false,
      armed: false,
      ...MANUAL,
      suspended: true,
      snapshot: undefined,
      usage: { ...PASSES.usage, execHour: 9, exec5Min: 9, dayNotionalUsd: D('9999') },
    };
    const reasons: string[] = [];
    for (const [, mend] of mended) {
      const verdict = judgePlan(input);
      reasons.push(verdict.allow ? 'allow' : verdict.reason);
      input = { ...input, ...mend };
    }
    expect(reasons).toEqual(mended.map(([reason]) => reason));
    expect(judgePlan(input).allow).toBe(true);
  });
});

describe('a plan that passes nevertheless', () => {
  it.each<[string, Partial<GovernorInput>]>([
    ['a dry run while disarmed', { armed: false, ...plan({ mode: 'dry_run' }) }],
    ['a close at a critical score [A7]', plan({ killScore: D('0.99') })],
  ])('%s', (_what, over) => expect(judge(over)).toMatchObject({ allow: true }));
});
