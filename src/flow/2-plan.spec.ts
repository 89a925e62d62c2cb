import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { MarketSymbol } from './0-primitives.js';
import { parseProposal, type Proposal } from './1-proposal.js';
import { encodePlan, encodeSteps, parsePlan, type PlanDraft, planIdOf, planIdOfUnreadable, stepOf } from './2-plan.js';
import { planHashFault, planHashOf } from './2-plan-hash.js';

const FIELDS = {
  harvest_action: 'PARTIAL_75',
  kill_score: '0.5',
  last_update_epoch: '1769860800',
  computed_at_utc: '2026-01-31T12:00:00Z',
};

function proposal(fields: Readonly<Record<string, string>> = {}, symbol = 'BTCUSDT'): Proposal {
  const reading = parseProposal(symbol, { ...FIELDS, ...fields });
  if (!reading.ok) throw new Error(reading.detail);
  return reading.proposal;
}

describe('the id of a plan', () => {
  // hashlib.sha256(f"BTCUSDT:PARTIAL_75:{float(score):.6f}:None:2026-01-31T12:00:00Z".encode()).hexdigest()[:16]
  it.each([
    ['0.5', 'b4ab0a13ea08c6de'],
    ['0', '691f3cd037b697c3'],
    ['1', '8d8c0eaa1cab33c2'],
    ['0.0000005', '691f3cd037b697c3'],
    ['0.0000015', 'c1fd7206edd20b8c'],
    ['0.0000025', '67d0801858352e65'],
    ['0.0000055', '649b81e62edcd03a'],
    ['0.0000065', 'a7b1025e1728d3b9'],
    ['0.8000005', 'f68b935071916cc9'],
    ['0.1234565', '2879940a782aa400'],
    ['0.0078125', '9038c0c77a55eefc'],
    ['2.6000005', '1833d6a9215be264'],
    ['123456789.0000005', 'b5a0e5a55678b94b'],
    ['0.65432149999999999', '9c0e432c128074b3'],
    ['3.0517578125e-05', 'db9ef9c7cdfca9d6'],
    ['1e-7', '691f3cd037b697c3'],
  ])('with kill score %s is what Python computes, %s', (score, expected) =>
    expect(planIdOf(proposal({ kill_score: score }))).toBe(expected),
  );

  it('rounds a double beside a tie as Python does', () => {
    const hashed = `BTCUSDT:PARTIAL_75:0.100439:None:2026-01-31T12:00:00Z`;
    const expected = createHash('sha256').update(hashed).digest('hex').slice(0, 16);
    expect(planIdOf(proposal({ kill_score: '0.1004385' }))).toBe(expected);
  });

  it('holds the stop as written, and the proposal id where there is one', () => {
    const stop = {
      harvest_action: 'UPDATE_SL',
      kill_score: '0.2',
      new_sl_proposed: '95000.5',
      computed_at_utc: '2026-01-31T12:00:00.123456+00:00',
    };
    expect(planIdOf(proposal(stop))).toBe('7783cef6bb456cda');
    expect(planIdOf(proposal({ ...stop, new_sl_proposed: '95000.50' }))).not.toBe('7783cef6bb456cda');
    const full = { harvest_action: 'FULL_CLOSE_PROPOSED', kill_score: '0.95' };
    expect(planIdOf(proposal({ ...full, proposal_id: 'p-1' }, 'ETHUSDT'))).toBe('19e4476326c5ee1d');
  });

  it('is found again for a proposal that could not be read, from the same texts [A5]', () => {
    const raw = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);
    expect(planIdOfUnreadable('B/T', { ...FIELDS, kill_score: 'NaN' })).toBe(
      raw('B/T:PARTIAL_75:NaN:None:2026-01-31T12:00:00Z'),
    );
    expect(planIdOfUnreadable('X', { new_sl_proposed: '1' })).toBe(raw('X:::1:'));
    expect(planIdOfUnreadable('X', { proposal_id: 'p' })).toBe(raw('X:::None::p'));
  });
});

describe('the step of a plan', () => {
  it.each([
    ['FULL_CLOSE_PROPOSED', '[{"step":"CLOSE_FULL","type":"market_reduce_only","side":"close","pct":100}]'],
    ['PARTIAL_75', '[{"step":"CLOSE_PARTIAL_75","type":"market_reduce_only","side":"close","pct":75}]'],
    ['PARTIAL_50', '[{"step":"CLOSE_PARTIAL_50","type":"market_reduce_only","side":"close","pct":50}]'],
    ['HOLD', '[]'],
  ])('of %s is %s', (action, steps) => expect(encodeSteps(stepOf(proposal({ harvest_action: action })))).toBe(steps));

  it('of UPDATE_SL is a stop at the price as written', () =>
    expect(stepOf(proposal({ harvest_action: 'UPDATE_SL', new_sl_proposed: '95000.50' }))).toEqual({
      step: 'UPDATE_SL',
      type: 'stop_loss_order',
      price: '95000.50',
    }));

  it.each([
    ['95000.50', '95000.5'],
    ['1e-7', '0.0000001'],
    ['', 'null'],
  ])('of UPDATE_SL at %j carries the price as the JSON number %s', (text, price) => {
    const step = stepOf(proposal({ harvest_action: 'UPDATE_SL', new_sl_proposed: text }));
    expect(encodeSteps(step)).toBe(`[{"step":"UPDATE_SL","type":"stop_loss_order","price":${price}}]`);
  });
});

const draft = (over: Partial<PlanDraft> = {}): PlanDraft => ({
  planId: planIdOf(proposal()),
  symbol: 'BTCUSDT',
  decision: 'EXECUTE',
  reasonCodes: ['kill_score_warning_close_ok', 'disarmed'],
  proposal: proposal({ kill_score: '7e-1', new_sl_proposed: '9', R_net: '1.50', k_ts_drop: '0.2', proposal_id: 'p' }),
  raw: {},
  closeQty: '0.007',
  price: '96000',
  source: 'hash',
  timestampSec: '1769860800.123',
  ...over,
});

describe('the entry of a plan', () => {
  it('has the fields of the guide, and our own', () => {
    expect(encodePlan(draft())).toEqual({
      plan_id: 'b4ab0a13ea08c6de',
      symbol: 'BTCUSDT',
      action: 'PARTIAL_75',
      kill_score: '0.7',
      k_regime_flip: '0',
      k_sigma_spike: '0',
      k_ts_drop: '0.2',
      k_age_penalty: '0',
      new_sl_proposed: '9',
      R_net: '1.50',
      decision: 'EXECUTE',
      reason_codes: 'kill_score_warning_close_ok,disarmed',
      steps: '[{"step":"CLOSE_PARTIAL_75","type":"market_reduce_only","side":"close","pct":75}]',
      close_qty: '0.007',
      price: '96000',
      timestamp: '1769860800.123',
      schema: '1',
      source: 'hash',
      computed_at_utc: '2026-01-31T12:00:00Z',
      proposal_id: 'p',
    });
  });

  it('has a step only if it is an EXECUTE of a known action', () => {
    expect(encodePlan(draft({ decision: 'SKIP' }))['steps']).toBe('[]');
    expect(encodePlan(draft({ decision: 'EXECUTE', proposal: undefined }))['steps']).toBe('[]');
  });

  it('shows at most 64 characters of an unreadable proposal [A5]', () => {
    const raw = {
      harvest_action: 'x'.repeat(100),
      kill_score: 'NaN',
      k_ts_drop: 'y',
      R_net: 'z',
      new_sl_proposed: 'low',
      computed_at_utc: 'c',
      proposal_id: 'p',
    };
    const symbol = 'S'.repeat(100) as MarketSymbol;
    expect(encodePlan(draft({ decision: 'ERROR', proposal: undefined, symbol, raw }))).toMatchObject({
      symbol: 'S'.repeat(64),
      action: 'x'.repeat(64),
      kill_score: 'NaN',
      k_ts_drop: 'y',
      k_age_penalty: '',
      R_net: 'z',
      new_sl_proposed: 'low',
      computed_at_utc: 'c',
      proposal_id: 'p',
      steps: '[]',
    });
  });

  it('is read back as the same plan', () => {
    const reading = parsePlan({ ...encodePlan(draft()), attempt: '2', mode: 'testnet', plan_hash: 'h' });
    if (!reading.ok) throw new Error(reading.detail);
    const { killScore, ...plan } = reading.plan;
    expect(killScore.toFixed()).toBe('0.7');
    expect(plan).toEqual({
      planId: 'b4ab0a13ea08c6de',
      symbol: 'BTCUSDT',
      action: 'PARTIAL_75',
      attempt: 2,
      mode: 'testnet',
      planHash: 'h',
      step: { step: 'CLOSE_PARTIAL_75', type: 'market_reduce_only', side: 'close', pct: 75 },
    });
  });
});

describe('the hash of a plan', () => {
  const identity = { attempt: 1, mode: 'testnet', accountFingerprint: 'acc' } as const;
  const fields = { b: '2', a: '1' };

  it('is SHA-256 over the canonical JSON of fields, account, mode and attempt', () => {
    const canonical = '{"a":"1","account":"acc","attempt":"1","b":"2","mode":"testnet"}';
    expect(planHashOf(fields, identity)).toBe(createHash('sha256').update(canonical).digest('hex'));
  });

  it('is the same over the whole entry that carries it', () => {
    const planHash = planHashOf(fields, identity);
    expect(planHashOf({ ...fields, attempt: '9', mode: 'dry_run', plan_hash: planHash }, identity)).toBe(planHash);
  });

  it('is checked by whoever reads the entry, for the account of the entry or for its own [C14]', () => {
    const account = identity.accountFingerprint;
    const entry = { ...fields, account, attempt: String(identity.attempt), mode: identity.mode };
    const hashed = { ...entry, plan_hash: planHashOf(entry, identity) };
    expect(planHashFault(hashed)).toBeUndefined();
    expect(planHashFault(hashed, account)).toBeUndefined();
    const { plan_hash: _none, ...foreign } = hashed;
    expect(planHashFault(foreign)).toBeUndefined();
    const refused =
      /^plan_hash is ".*", and the hash of the fields is .*: the plan was changed after it was published, or is for another account$/;
    expect(planHashFault(hashed, 'another')).toMatch(refused);
    for (const [name, value] of Object.entries(hashed)) {
      expect(planHashFault({ ...hashed, [name]: `${value}0` }), name).toMatch(refused);
    }
    const { account: _gone, ...less } = hashed;
    expect(planHashFault(less)).toMatch(refused);
    expect(planHashFault({ ...hashed, more: '' })).toMatch(refused);
  });

  it.each([
    ['a field', { ...fields, a: '3' }, identity],
    ['another field', { ...fields, c: '' }, identity],
    ['the attempt', fields, { ...identity, attempt: 2 }],
    ['the mode', fields, { ...identity, mode: 'dry_run' as const }],
    ['the account', fields, { ...identity, accountFingerprint: 'other' }],
  ])('changes with %s [P5] [P15]', (_what, changed, by) =>
    expect(planHashOf(changed, by)).not.toBe(planHashOf(fields, identity)),
  );
});

describe('a plan of a free share', () => {
  const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);
  const BASE = 'BTCUSDT:CLOSE_PCT:0.500000:None:2026-01-31T12:00:00Z';
  const free = proposal({ harvest_action: 'CLOSE_PCT', close_pct: '66.6', proposal_id: 'p-1' });

  it('has the share, the proposal id and the number of its continuation in its id', () => {
    expect(planIdOf(free)).toBe(digest(`${BASE}:66.6:p-1`));
    expect(planIdOf(free, 2)).toBe(digest(`${BASE}:66.6:p-1:c2`));
    expect(planIdOf(proposal(), 1)).toBe(digest('BTCUSDT:PARTIAL_75:0.500000:None:2026-01-31T12:00:00Z:c1'));
  });

  it('that cannot be read is found by its raw share', () => {
    const raw = { ...FIELDS, harvest_action: 'CLOSE_PCT', close_pct: '1000', kill_score: '0.500000' };
    expect(planIdOfUnreadable('BTCUSDT', raw)).toBe(digest(`${BASE}:1000`));
  });

  it('closes that share', () => {
    expect(stepOf(free)).toEqual({ step: 'CLOSE_PCT', type: 'market_reduce_only', side: 'close', pct: 66.6 });
    expect(stepOf({ ...free, closePct: '' })).toBeUndefined();
    expect(stepOf(proposal({ harvest_action: 'HOLD' }))).toBeUndefined();
  });

  it('is written with its share, and without one for every other action', () => {
    const draftOf = (of: Proposal | undefined, raw: Readonly<Record<string, string>> = {}): PlanDraft =>
      ({
        planId: planIdOf(free),
        symbol: 'BTCUSDT',
        proposal: of,
        raw,
        decision: 'EXECUTE',
        reasonCodes: [],
        closeQty: '0',
        price: '0',
        timestampSec: '0',
        source: 'test',
      }) as never;
    expect(encodePlan(draftOf(free))['close_pct']).toBe('66.6');
    expect(encodePlan(draftOf(undefined, { close_pct: '1000' }))['close_pct']).toBe('1000');
    expect(encodePlan(draftOf(proposal(), { close_pct: '30' }))).not.toHaveProperty('close_pct');
    expect(encodePlan(draftOf(undefined))).not.toHaveProperty('close_pct');
  });
});
