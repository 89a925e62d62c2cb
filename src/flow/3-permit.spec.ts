import { describe, expect, it } from 'vitest';
import { Decimal } from './0-decimal.js';
import { encodeJson } from './0-json.js';
import {
  encodeGovernorBlock,
  encodeGovernorPermit,
  encodePositionDenial,
  encodePositionPermit,
  ISSUER_LABEL,
  type PermitBinding,
} from './3-permit.js';
import { readGovernorBlock, readPermit } from './3-permit-reading.js';

const D = (text: string): Decimal => new Decimal(text);

const BINDING: PermitBinding = {
  planId: '0123456789abcdef',
  symbol: 'BTCUSDT',
  attempt: 2,
  mode: 'testnet',
  planHash: 'hash',
  account: 'account',
  action: 'PARTIAL_75',
  createdAtMs: 1_769_860_800_123,
  expiresAtMs: 1_769_860_860_123,
};
const EXPECTED = {
  planId: '0123456789abcdef',
  symbol: 'BTCUSDT',
  attempt: 2,
  mode: 'testnet',
  planHash: 'hash',
  account: 'account',
  action: 'PARTIAL_75',
  nowMs: 1_769_860_800_200,
} as const;
const OURS = {
  plan_id: '0123456789abcdef',
  attempt: 2,
  mode: 'testnet',
  plan_hash: 'hash',
  account: 'account',
  action: 'PARTIAL_75',
  expires_at_ms: 1_769_860_860_123,
};
const FOREIGN: PermitBinding = { ...BINDING, attempt: undefined, mode: undefined, planHash: undefined };

describe('an issuer whose permit is missing', () => {
  it('is named as in `missing: Governor, P3.3`', () =>
    expect(ISSUER_LABEL).toEqual({ governor: 'Governor', p33: 'P3.3' }));
});

describe("the Governor's permit", () => {
  const grant = {
    position: D('0.01'),
    computedQty: D('0.0075'),
    computedNotional: D('723.75'),
    context: { day: '20260131' },
  };

  it('has the fields of the guide, quantities as plain numbers, and our binding', () => {
    const text = encodeJson(encodeGovernorPermit(BINDING, grant));
    expect(text).toContain('"computed_qty":0.0075,"computed_notional":723.75,');
    expect(JSON.parse(text)).toEqual({
      granted: true,
      symbol: 'BTCUSDT',
      decision: 'EXECUTE',
      computed_qty: 0.0075,
      computed_notional: 723.75,
      created_at: 1_769_860_800.123,
      consumed: false,
      ...OURS,
      issuer: 'governor',
      side: 'SELL',
      max_qty: 0.0075,
      max_notional: 723.75,
      context: { day: '20260131' },
    });
  });

  it('for a plan of another Apply implementation lacks the attempt', () => {
    const permit = JSON.parse(encodeJson(encodeGovernorPermit(FOREIGN, grant))) as object;
    expect(Object.keys(permit)).not.toEqual(expect.arrayContaining(['attempt']));
    expect(permit).not.toHaveProperty('mode');
    expect(permit).not.toHaveProperty('plan_hash');
  });

  it('is read back as a permit with its bound', () => {
    const bytes = encodeJson(encodeGovernorPermit(BINDING, grant));
    const reading = readPermit('governor', bytes, EXPECTED, 'unsigned');
    expect(reading).toMatchObject({ kind: 'allow', permit: { issuer: 'governor', bytes, manual: false } });
    expect(reading.kind === 'allow' && reading.permit.maxQty?.toFixed()).toBe('0.0075');
  });
});

describe("the Position Brain's permit", () => {
  const grant = {
    safeCloseQty: D('0.001').mul(9),
    exchangePositionAmt: D('-0.012'),
    ledgerAmt: D('-0.012'),
    snapshotTsMs: 1_769_860_799_999,
    positionEpoch: '7',
    context: {},
  };

  it('has the fields of the guide, without float noise, and our binding', () => {
    const text = encodeJson(encodePositionPermit(BINDING, grant));
    expect(text).toContain('"safe_close_qty":0.009,"exchange_position_amt":-0.012,"ledger_amt":-0.012,');
    expect(JSON.parse(text)).toEqual({
      allow: true,
      symbol: 'BTCUSDT',
      safe_close_qty: 0.009,
      exchange_position_amt: -0.012,
      ledger_amt: -0.012,
      created_at: 1_769_860_800.123,
      reason: 'sanity_checks_passed',
      ...OURS,
      issuer: 'p33',
      side: 'BUY',
      snapshot_ts_ms: 1_769_860_799_999,
      position_epoch: '7',
      context: {},
    });
  });

  it('is read back as a permit with quantity, position and epoch', () => {
    const bytes = encodeJson(encodePositionPermit(BINDING, grant));
    const reading = readPermit('p33', bytes, EXPECTED, 'unsigned');
    if (reading.kind !== 'allow') throw new Error(JSON.stringify(reading));
    const { maxQty, exchangePositionAmt, ...rest } = reading.permit;
    expect([maxQty?.toFixed(), exchangePositionAmt?.toFixed()]).toEqual(['0.009', '-0.012']);
    expect(rest).toEqual({
      issuer: 'p33',
      bytes,
      side: 'BUY',
      nonce: undefined,
      createdAtMs: BINDING.createdAtMs,
      positionEpoch: '7',
      expiresAtMs: OURS.expires_at_ms,
      manual: false,
    });
  });

  it('that denies has reason and context, and is read back as that denial', () => {
    const context = { age_seconds: 11.5 };
    const denial = encodeJson(encodePositionDenial(BINDING, 'stale_exchange_state', context));
    expect(JSON.parse(denial)).toEqual({
      allow: false,
      symbol: 'BTCUSDT',
      reason: 'stale_exchange_state',
      context,
      created_at: 1_769_860_800.123,
      ...OURS,
      issuer: 'p33',
    });
    expect(readPermit('p33', denial, EXPECTED, 'unsigned')).toEqual({
      kind: 'deny',
      reason: 'stale_exchange_state',
      context,
    });
  });
});

describe("the Governor's block", () => {
  const context = { exec_count_5min: 2, limit: 2 };
  const block = (): string => encodeJson(encodeGovernorBlock(BINDING, 'burst_limit_exceeded', context));

  it('has the fields of the guide, and our binding', () =>
    expect(JSON.parse(block())).toEqual({
      reason: 'burst_limit_exceeded',
      timestamp: 1_769_860_800.123,
      symbol: 'BTCUSDT',
      context,
      ...OURS,
      issuer: 'governor',
    }));

  it('is read back as that denial, an hour later too', () =>
    expect(readGovernorBlock(block(), { ...EXPECTED, nowMs: EXPECTED.nowMs + 3_600_000 }, 'unsigned')).toEqual({
      kind: 'deny',
      reason: 'burst_limit_exceeded',
      context,
    }));

  it('of another Governor implementation is accepted', () =>
    expect(
      readGovernorBlock('{"reason":"hourly_limit_exceeded","timestamp":1,"symbol":"BTCUSDT"}', EXPECTED, 'unsigned'),
    ).toEqual({
      kind: 'deny',
      reason: 'hourly_limit_exceeded',
      context: {},
    }));

  it.each([
    ['another attempt', { ...EXPECTED, attempt: 3 }, { kind: 'ignored', detail: 'belongs to attempt 2' }],
    [
      'another mode',
      { ...EXPECTED, mode: 'dry_run' as const },
      { kind: 'ignored', detail: 'was given in mode "testnet"' },
    ],
    [
      'another plan',
      { ...EXPECTED, planId: 'other' },
      { kind: 'invalid', detail: 'plan_id is "0123456789abcdef", not other' },
    ],
  ])('of %s does not end this one [P15] [P5]', (_what, expected, reading) =>
    expect(readGovernorBlock(block(), expected, 'unsigned')).toEqual(reading),
  );

  it.each(['', 'null', '[]', '{"reason":', 'x'.repeat(70)])('%j is not a block', (bytes) =>
    expect(readGovernorBlock(bytes, EXPECTED, 'unsigned')).toEqual({
      kind: 'invalid',
      detail: `the block is not a JSON object: ${JSON.stringify(bytes.slice(0, 60))}`,
    }),
  );
});
