import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ACTIONS, isClose, parseProposal, parseShare, shareOf } from './1-proposal.js';

const FIELDS = {
  harvest_action: 'PARTIAL_75',
  kill_score: '0.5',
  k_regime_flip: '0.1',
  k_sigma_spike: '0.2',
  k_ts_drop: '0.3',
  k_age_penalty: '0.4',
  new_sl_proposed: '95000.50',
  R_net: '1.5',
  last_update_epoch: '1769860800.5',
  computed_at_utc: '2026-01-31T12:00:00Z',
  reason_codes: 'a,b',
};
const ISO = 'an ISO 8601 time is needed, such as 2026-01-31T12:00:00Z';
const KNOWN = 'known actions are FULL_CLOSE_PROPOSED, PARTIAL_75, PARTIAL_50, PARTIAL_25, CLOSE_PCT, UPDATE_SL, HOLD';

describe('a proposal', () => {
  it('is read field by field, its texts kept as written', () => {
    const reading = parseProposal('BTCUSDT', { ...FIELDS, unknown: 'kept out' });
    if (!reading.ok) throw new Error(reading.detail);
    const { killScore, ...rest } = reading.proposal;
    expect(killScore.toFixed()).toBe('0.5');
    expect(rest).toEqual({
      symbol: 'BTCUSDT',
      action: 'PARTIAL_75',
      killComponents: { k_regime_flip: '0.1', k_sigma_spike: '0.2', k_ts_drop: '0.3', k_age_penalty: '0.4' },
      closePct: '',
      newSl: '95000.50',
      rNet: '1.5',
      lastUpdateEpochSec: 1_769_860_800.5,
      computedAtUtc: '2026-01-31T12:00:00Z',
      reasonCodes: 'a,b',
      proposalId: '',
    });
  });

  it('needs four fields; the rest may be absent', () => {
    const { harvest_action, kill_score, last_update_epoch, computed_at_utc } = FIELDS;
    const reading = parseProposal('BTCUSDT', { harvest_action, kill_score, last_update_epoch, computed_at_utc });
    expect(reading).toMatchObject({
      ok: true,
      proposal: {
        killComponents: { k_regime_flip: '0', k_sigma_spike: '0', k_ts_drop: '0', k_age_penalty: '0' },
        newSl: '',
        rNet: '0',
        reasonCodes: '',
        proposalId: '',
      },
    });
  });

  it.each(['', 'None', 'none', 'null', ' '])('reads new_sl_proposed=%j as no stop', (text) =>
    expect(parseProposal('BTCUSDT', { ...FIELDS, new_sl_proposed: text })).toMatchObject({
      ok: true,
      proposal: { newSl: '' },
    }),
  );

  it.each([
    '2026-01-31T12:00:00.123456+00:00',
    '2026-01-31T12:00:00',
    '2026-01-31 12:00:00Z',
    '2026-01-31T12:00Z',
    '2026-01-31T12:00:00-05:30',
    '2026-01-31T12:00:00-0530',
  ])('takes %s for a time', (text) =>
    expect(parseProposal('BTCUSDT', { ...FIELDS, computed_at_utc: text })).toMatchObject({
      ok: true,
      proposal: { computedAtUtc: text },
    }),
  );

  it.each<[string, Record<string, string>, string, string]>([
    ['a missing action', { harvest_action: '' }, 'proposal_invalid', 'harvest_action is missing; it is required'],
    ['a blank kill score', { kill_score: ' ' }, 'proposal_invalid', 'kill_score is missing; it is required'],
    ['no time of computing', { computed_at_utc: '' }, 'proposal_invalid', 'computed_at_utc is missing; it is required'],
    ['no update time', { last_update_epoch: '' }, 'proposal_invalid', 'last_update_epoch is missing; it is required'],
    ['kill score NaN', { kill_score: 'NaN' }, 'proposal_invalid', 'kill_score is "NaN"; a finite number is needed'],
    [
      'kill score Infinity',
      { kill_score: 'Infinity' },
      'proposal_invalid',
      'kill_score is "Infinity"; a finite number is needed',
    ],
    [
      'kill score 1e999',
      { kill_score: '1e999' },
      'proposal_invalid',
      'kill_score is "1e999"; a finite number is needed',
    ],
    [
      'a negative kill score',
      { kill_score: '-0.1' },
      'proposal_invalid',
      'kill_score is "-0.1"; zero or more is needed',
    ],
    [
      'a component that is no number',
      { k_ts_drop: 'x' },
      'proposal_invalid',
      'k_ts_drop is "x"; a finite number is needed',
    ],
    ['R_net NaN', { R_net: 'nan' }, 'proposal_invalid', 'R_net is "nan"; a finite number is needed'],
    [
      'a stop that is no number',
      { new_sl_proposed: 'low' },
      'proposal_invalid',
      'new_sl_proposed is "low"; a finite number is needed',
    ],
    [
      'a 10 kB text',
      { reason_codes: 'x'.repeat(10_240) },
      'proposal_invalid',
      'reason_codes is 10240 characters long; 512 are allowed',
    ],
    [
      '513 characters',
      { proposal_id: 'x'.repeat(513) },
      'proposal_invalid',
      'proposal_id is 513 characters long; 512 are allowed',
    ],
    ['an unknown action', { harvest_action: 'OPEN_LONG' }, 'unknown_action', `harvest_action is "OPEN_LONG"; ${KNOWN}`],
    ['an action in lower case', { harvest_action: 'hold' }, 'unknown_action', `harvest_action is "hold"; ${KNOWN}`],
    ['a local time', { computed_at_utc: '31.01.2026' }, 'proposal_invalid', `computed_at_utc is "31.01.2026"; ${ISO}`],
    [
      'month 13',
      { computed_at_utc: '2026-13-31T12:00:00Z' },
      'proposal_invalid',
      `computed_at_utc is "2026-13-31T12:00:00Z"; ${ISO}`,
    ],
    [
      'something before the time',
      { computed_at_utc: '+002026-01-31T12:00:00Z' },
      'proposal_invalid',
      `computed_at_utc is "+002026-01-31T12:00:00Z"; ${ISO}`,
    ],
    [
      'something after the time',
      { computed_at_utc: '2026-01-31 12:00:00Z (x)' },
      'proposal_invalid',
      `computed_at_utc is "2026-01-31 12:00:00Z (x)"; ${ISO}`,
    ],
    [
      'update time zero',
      { last_update_epoch: '0' },
      'proposal_invalid',
      'last_update_epoch is "0"; epoch seconds are needed',
    ],
    [
      'update time NaN',
      { last_update_epoch: 'NaN' },
      'proposal_invalid',
      'last_update_epoch is "NaN"; a finite number is needed',
    ],
  ])('is a fault with %s [A5]', (_what, fields, reason, detail) =>
    expect(parseProposal('BTCUSDT', { ...FIELDS, ...fields })).toEqual({ ok: false, reason, detail }),
  );

  it.each(['harvest_action', 'kill_score', 'computed_at_utc', 'last_update_epoch'])(
    'is a fault without %s',
    (field) => {
      const { [field]: _absent, ...others } = FIELDS as Record<string, string>;
      expect(parseProposal('BTCUSDT', others)).toEqual({
        ok: false,
        reason: 'proposal_invalid',
        detail: `${field} is missing; it is required`,
      });
    },
  );

  it('takes a field of exactly 512 characters', () =>
    expect(parseProposal('BTCUSDT', { ...FIELDS, reason_codes: 'x'.repeat(512) })).toMatchObject({ ok: true }));

  it.each([
    ['None', '0'],
    ['NULL', '0'],
    [' ', '0'],
    [' 0.20 ', '0.20'],
    ['0', '0'],
  ])('takes the optional number %j for %s', (text, expected) =>
    expect(parseProposal('BTCUSDT', { ...FIELDS, k_ts_drop: text, R_net: text })).toMatchObject({
      ok: true,
      proposal: { killComponents: { k_ts_drop: expected }, rNet: expected },
    }),
  );

  it('shows at most 40 characters of what was given', () => {
    expect(parseProposal('BTCUSDT', { ...FIELDS, kill_score: 'y'.repeat(40) })).toMatchObject({
      detail: `kill_score is "${'y'.repeat(40)}"; a finite number is needed`,
    });
    expect(parseProposal('BTCUSDT', { ...FIELDS, kill_score: 'y'.repeat(50) })).toEqual({
      ok: false,
      reason: 'proposal_invalid',
      detail: `kill_score is "${'y'.repeat(40)}…"; a finite number is needed`,
    });
  });

  it.each(['BTC/USDT', '', 'BTC USDT', 'x'.repeat(41)])('is a fault for symbol %j [A5]', (symbol) => {
    const shown = JSON.stringify(symbol.length > 40 ? `${symbol.slice(0, 40)}…` : symbol);
    expect(parseProposal(symbol, FIELDS)).toEqual({
      ok: false,
      reason: 'proposal_invalid',
      detail: `symbol is ${shown}; letters, digits and _ are allowed, 40 at most`,
    });
  });

  it('keeps a tiny kill score', () => {
    const reading = parseProposal('BTCUSDT', { ...FIELDS, kill_score: '1e-300', k_ts_drop: '3.2e-58' });
    expect(reading).toMatchObject({ ok: true, proposal: { killComponents: { k_ts_drop: '3.2e-58' } } });
  });

  it('never throws, whatever the fields hold [C7]', () => {
    const text = fc.oneof(
      fc.string(),
      fc.double().map(String),
      fc.constantFrom(...Object.values(FIELDS), 'None', '-0'),
    );
    const fields = fc.dictionary(fc.constantFrom(...Object.keys(FIELDS), 'proposal_id', '__proto__', 'x'), text);
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.constant('BTCUSDT')), fields, (symbol, broken) => {
        const reading = parseProposal(symbol, { ...FIELDS, ...broken });
        const sound = reading.ok
          ? reading.proposal.killScore.gte(0) && reading.proposal.lastUpdateEpochSec > 0
          : /^\w+ is /.test(reading.detail);
        expect(sound).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('closes', () => {
  it('are the five actions that take risk away', () =>
    expect(ACTIONS.filter(isClose)).toEqual([
      'FULL_CLOSE_PROPOSED',
      'PARTIAL_75',
      'PARTIAL_50',
      'PARTIAL_25',
      'CLOSE_PCT',
    ]));

  it.each(['', 'HOLD', 'OPEN_LONG', 'partial_75'])('%j is none', (action) => expect(isClose(action)).toBe(false));
});

describe('the share of a close', () => {
  const asked = (fields: Readonly<Record<string, string>>) => parseProposal('BTCUSDT', { ...FIELDS, ...fields });

  it('is kept as written for CLOSE_PCT', () => {
    for (const text of ['100', '66.6', '0.000000000000001', '12.3456789012345'])
      expect(asked({ harvest_action: 'CLOSE_PCT', close_pct: ` ${text} ` })).toMatchObject({
        ok: true,
        proposal: { closePct: text },
      });
  });

  it('says nothing beside another action', () => {
    expect(asked({ close_pct: '30' })).toMatchObject({ ok: true, proposal: { closePct: '' } });
    expect(asked({ close_pct: 'rubbish' })).toMatchObject({ ok: true, proposal: { closePct: '' } });
  });

  it.each([
    ['', 'close_pct is missing; CLOSE_PCT needs it'],
    ...['0', '-1', '100.1', 'all', 'NaN', '33.33333333333333'].map((text) => [
      text,
      `close_pct is "${text}"; a per cent above 0, at most 100, with at most 15 digits is needed`,
    ]),
  ])('CLOSE_PCT with close_pct=%j is refused', (text = '', detail = '') => {
    expect(asked({ harvest_action: 'CLOSE_PCT', close_pct: text })).toEqual({
      ok: false,
      reason: 'proposal_invalid',
      detail,
    });
  });

  it.each([
    ['100', 100],
    ['0.5', 0.5],
    ['33.3333333333333', 33.3333333333333],
    ['33.33333333333333', undefined],
    ['0', undefined],
    ['-5', undefined],
    ['101', undefined],
    ['', undefined],
  ])('%j as a number is %s', (text, share) => expect(parseShare(text)).toBe(share));

  it.each([
    ['FULL_CLOSE_PROPOSED', '', 100],
    ['PARTIAL_75', '30', 75],
    ['PARTIAL_50', '', 50],
    ['PARTIAL_25', '', 25],
    ['CLOSE_PCT', '30', 30],
    ['CLOSE_PCT', '', undefined],
    ['UPDATE_SL', '30', undefined],
    ['HOLD', '', undefined],
    ['CLOSE', '30', undefined],
  ])('of %s with close_pct %j is %s', (action, closePct, share) => expect(shareOf(action, closePct)).toBe(share));
});
