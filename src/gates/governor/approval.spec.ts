import { describe, expect, it } from 'vitest';
import { Decimal } from '../../flow/0-decimal.js';
import type { MarketSymbol } from '../../flow/0-primitives.js';
import { type Approval, parseApproval } from '../../flow/3-approval.js';
import { plainVerdict } from '../../../test/harness/plain-verdict.js';
import { approved } from './approval.js';

const NOON = Date.UTC(2026, 0, 31, 12);
const D = (text: string): Decimal => new Decimal(text);
type Input = Parameters<typeof approved>[0];

const ANNA = { by: 'anna', reason: 'yes', atMs: NOON - 1 };
const BEN = { by: 'ben', reason: 'yes', atMs: NOON };

const APPROVAL: Approval = {
  planId: 'p1',
  symbol: 'BTCUSDT',
  action: 'PARTIAL_75',
  what: 'BTCUSDT PARTIAL_75 75 % testnet',
  share: '75',
  stop: '',
  qty: D('0.0075'),
  notionalUsd: D('720'),
  killScore: '0.5',
  attempt: '1',
  mode: 'testnet',
  sinceMs: NOON - 5_000,
  needed: 1,
  approvals: [ANNA],
  rejected: undefined,
  validUntilMs: NOON,
};

const APPROVED: Input = {
  plan: {
    symbol: 'BTCUSDT' as MarketSymbol,
    action: 'PARTIAL_75',
    step: { step: 'CLOSE_PARTIAL_75', type: 'market_reduce_only', side: 'close', pct: 75 },
    mode: 'testnet',
  },
  nowMs: NOON,
  rule: { approval: 'manual', aboveUsd: undefined, needed: 1 },
  approval: APPROVAL,
  qty: D('0.0075'),
  notionalUsd: D('720'),
};

const rule = (over: Partial<Input['rule']>): Partial<Input> => ({ rule: { ...APPROVED.rule, ...over } });
const given = (over: Partial<Approval>): Partial<Input> => ({ approval: { ...APPROVAL, ...over } });
const NOBODY = { approval: undefined };
const AUTO = { ...NOBODY, ...rule({ approval: 'auto' }) };

describe('a plan needs no further approval', () => {
  it.each<[string, Partial<Input>]>([
    ['that was approved', {}],
    ['where none is asked for', AUTO],
    ['of the bound exactly', { ...NOBODY, ...rule({ approval: 'auto', aboveUsd: '720' }) }],
    ['of a flat symbol', { ...NOBODY, qty: D('0'), notionalUsd: D('0') }],
    ['of less than was approved', { qty: D('0.007') }],
    ['that two people approved', { ...rule({ needed: 2 }), ...given({ approvals: [ANNA, BEN] }) }],
  ])('%s', (_what, over) => expect(approved({ ...APPROVED, ...over })).toEqual({ allow: true }));
});

describe('a plan must be approved', () => {
  it.each<[string, Partial<Input>]>([
    ['that nobody was asked about', NOBODY],
    ['above the bound', { ...NOBODY, ...rule({ approval: 'auto', aboveUsd: '719.99' }) }],
    ['of an unknown notional', { ...NOBODY, ...rule({ approval: 'auto', aboveUsd: '720' }), notionalUsd: D('NaN') }],
    ['that one of two has approved', rule({ needed: 2 })],
    ['that one person approved twice', { ...rule({ needed: 2 }), ...given({ approvals: [ANNA, ANNA] }) }],
    ['where too few have approved so far', given({ validUntilMs: undefined })],
    ['whose approval is over', given({ validUntilMs: NOON - 1 })],
    ['whose approval has no readable end', given({ validUntilMs: NaN })],
    ['of more than was approved', { qty: D('0.0076') }],
    ['of another share', given({ what: 'BTCUSDT PARTIAL_50 50 % testnet' })],
    ['of another mode', given({ what: 'BTCUSDT PARTIAL_75 75 % dry_run' })],
  ])('%s', (_what, over) =>
    expect(approved({ ...APPROVED, ...over })).toMatchObject({ allow: false, reason: 'approval_required' }),
  );

  it('and the denial says what and by how many', () =>
    expect(plainVerdict(approved({ ...APPROVED, ...NOBODY }))).toEqual([
      'approval_required',
      { qty: '0.0075', notional_usd: '720', needed: 1 },
    ]));
});

it('a rejected plan stays rejected, also if somebody approved it before', () =>
  expect(plainVerdict(approved({ ...APPROVED, ...given({ rejected: BEN }) }))).toEqual([
    'approval_rejected',
    { by: 'ben', why: 'yes' },
  ]));

describe('what is stored of an approval', () => {
  const stored = {
    qty: '1',
    notional_usd: '2',
    since_ms: '3',
    needed: '1',
    approvals: '[{"by":"anna","reason":"yes","at_ms":4}]',
  };

  it('is read', () =>
    expect(parseApproval('p1', stored)).toMatchObject({
      approvals: [{ by: 'anna', reason: 'yes', atMs: 4 }],
      rejected: undefined,
      validUntilMs: undefined,
    }));

  it.each([
    ['nothing', {}],
    ['no quantity', { ...stored, qty: 'x' }],
    ['no time', { ...stored, since_ms: '' }],
    ['no number of people', { ...stored, needed: '0' }],
    ['no list', { ...stored, approvals: '{"length":2}' }],
  ])('is none where there is %s', (_what, fields) => expect(parseApproval('p1', fields)).toBeUndefined());

  it('is a rejection, also where who rejected it cannot be read', () =>
    expect(parseApproval('p1', { ...stored, rejected: 'x' })?.rejected).toEqual({ by: '', reason: '', atMs: 0 }));
});
