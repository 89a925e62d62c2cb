import { describe, expect, it } from 'vitest';
import { Decimal } from '../../flow/0-decimal.js';
import { plainVerdict } from '../../../test/harness/plain-verdict.js';
import { allowedSymbol } from './allowed-symbol.js';
import { fresh } from './fresh.js';
import { killScore } from './kill-score.js';
import { killSwitch } from './kill-switch.js';
import { usableAction } from './usable-action.js';

describe('the allowlist', () => {
  const allowlist = new Set(['BTCUSDT', 'ETHUSDT']);

  it('passes what it names', () => expect(plainVerdict(allowedSymbol({ symbol: 'ETHUSDT', allowlist }))).toBe('allow'));

  it.each(['SOLUSDT', 'btcusdt', '', 'BTCUSDT '])('denies %j [A12]', (symbol) =>
    expect(plainVerdict(allowedSymbol({ symbol, allowlist }))).toEqual([
      'not_in_allowlist',
      { symbol, allowlist: ['BTCUSDT', 'ETHUSDT'] },
    ]),
  );

  it('denies everything when it is empty', () =>
    expect(plainVerdict(allowedSymbol({ symbol: 'BTCUSDT', allowlist: new Set() }))).toEqual([
      'not_in_allowlist',
      { symbol: 'BTCUSDT', allowlist: [] },
    ]));
});

describe('freshness', () => {
  const at = (ageSec: number, maxAgeSec = 60) =>
    plainVerdict(fresh({ nowSec: 1_000, lastUpdateEpochSec: 1_000 - ageSec, maxAgeSec }));

  it.each([0, 59.5, 60, -5])('passes at an age of %s s', (ageSec) => expect(at(ageSec)).toBe('allow'));

  it.each([60.5, 3_600])('is over at an age of %s s', (ageSec) =>
    expect(at(ageSec)).toEqual(['proposal_stale', { age_seconds: ageSec, max_age_seconds: 60 }]),
  );

  it.each([-5.5, -3_600, NaN, -Infinity])(
    'is a fault at an age of %s s: from the future, or no time at all',
    (ageSec) =>
      expect(at(ageSec)).toEqual([
        'proposal_invalid',
        { field: 'last_update_epoch', age_seconds: ageSec, allowed_ahead_seconds: 5 },
      ]),
  );

  it('is over without a window length', () =>
    expect(at(1, NaN)).toEqual(['proposal_stale', { age_seconds: 1, max_age_seconds: NaN }]));
});

describe('the kill score', () => {
  const judge = (action: string, score: string, critical = 0.8, warning = 0.6) =>
    plainVerdict(killScore({ action, killScore: new Decimal(score), critical, warning }));
  const context = (score: string) => ({ kill_score: score, warning: 0.6, critical: 0.8 });

  it.each(['FULL_CLOSE_PROPOSED', 'PARTIAL_75', 'PARTIAL_50'])('0.95 never blocks %s for being urgent [A7]', (action) =>
    expect(judge(action, '0.95')).toBe('allow'),
  );

  it.each(['UPDATE_SL', 'HOLD', 'OPEN_LONG', ''])('0.95 blocks %j, which is not a close [A8]', (action) =>
    expect(judge(action, '0.95')).toEqual(['kill_score_critical', context('0.95')]),
  );

  it.each([
    ['0.59999', 'allow'],
    ['0.6', ['kill_score_warning_risk_increase', context('0.6')]],
    ['0.79999', ['kill_score_warning_risk_increase', context('0.79999')]],
    ['0.8', ['kill_score_critical', context('0.8')]],
  ])('%s lets UPDATE_SL pass only below the warning', (score, verdict) =>
    expect(judge('UPDATE_SL', score)).toEqual(verdict),
  );

  it('that is not a number, or a limit that is not, blocks every action except a close', () => {
    expect(judge('UPDATE_SL', 'NaN')).toMatchObject(['kill_score_critical', {}]);
    expect(judge('UPDATE_SL', '0.1', NaN)).toMatchObject(['kill_score_critical', {}]);
    expect(judge('UPDATE_SL', '0.1', 0.8, NaN)).toMatchObject(['kill_score_warning_risk_increase', {}]);
  });
});

describe('the kill switch', () => {
  it.each([
    [true, 'allow'],
    [false, ['kill_switch_active', { known: true }]],
    [undefined, ['kill_switch_active', { known: false }]],
  ])('released=%s [C2]', (killSwitchReleased, verdict) =>
    expect(plainVerdict(killSwitch({ killSwitchReleased }))).toEqual(verdict),
  );
});

describe('an action', () => {
  it.each(['FULL_CLOSE_PROPOSED', 'PARTIAL_75', 'PARTIAL_50'] as const)('%s needs no stop', (action) =>
    expect(plainVerdict(usableAction({ action, newSl: '' }))).toBe('allow'),
  );

  it('HOLD asks for nothing', () =>
    expect(plainVerdict(usableAction({ action: 'HOLD', newSl: '1' }))).toEqual(['action_hold', {}]));

  it.each(['0.00001', '95000'])('UPDATE_SL passes with a stop at %s', (newSl) =>
    expect(plainVerdict(usableAction({ action: 'UPDATE_SL', newSl }))).toBe('allow'),
  );

  it.each(['', '0', '-1', 'NaN', 'x'])('UPDATE_SL with a stop at %j has none', (newSl) =>
    expect(plainVerdict(usableAction({ action: 'UPDATE_SL', newSl }))).toEqual([
      'missing_new_sl',
      { new_sl_proposed: newSl },
    ]),
  );
});
