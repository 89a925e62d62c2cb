import { describe, expect, it } from 'vitest';
import { plainVerdict } from '../../../test/harness/plain-verdict.js';
import { D, rulesOf, snapshotOf } from '../../../test/harness/position-inputs.js';
import { notOnHold, sameQuantity, sameSide } from './ledger-agreement.js';

describe('ledger and exchange', () => {
  const input = (exchange: string, ledger: string, over: object = {}) => ({
    snapshot: snapshotOf(exchange),
    ledger:
      ledger === 'absent' || ledger === 'lost'
        ? ({ kind: ledger } as const)
        : ({ kind: 'present', amount: D(ledger) } as const),
    hold: undefined,
    tolerancePct: 1,
    rules: rulesOf('0.001'),
    ...over,
  });

  it.each([
    [
      'a hold',
      input('1', '1', { hold: '{"cause":"operator"}' }),
      ['reconcile_hold_active', { hold: '{"cause":"operator"}' }],
    ],
    ['no ledger', input('1', 'absent'), ['reconcile_hold_active', { hold: 'ledger_absent' }]],
    ['a ledger that is gone', input('1', 'lost'), ['reconcile_hold_active', { hold: 'ledger_lost' }]],
    ['a ledger', input('1', '1'), 'allow'],
  ])('%s holds or not [S3] [S15]', (_what, asked, verdict) => expect(plainVerdict(notOnHold(asked))).toEqual(verdict));

  it.each([
    ['1', '-1', ['reconcile_required_side_mismatch', { exchange_side: 'LONG', ledger_side: 'SHORT' }]],
    ['-0.001', '5', ['reconcile_required_side_mismatch', { exchange_side: 'SHORT', ledger_side: 'LONG' }]],
    ['1', '2', 'allow'],
    ['-1', '-2', 'allow'],
    ['1', '0', 'allow'],
    ['0', '-1', 'allow'],
    ['1', 'absent', 'allow'],
  ])('at %s and %s are on one side or not [S7]', (exchange, ledger, verdict) =>
    expect(plainVerdict(sameSide(input(exchange, ledger)))).toEqual(verdict),
  );

  const mismatch = (exchange_amt: string, ledger_amt: string, diff: string, tolerance: string) => [
    'reconcile_required_qty_mismatch',
    { exchange_amt, ledger_amt, diff, tolerance },
  ];

  it.each([
    ['0.062', '0.002', mismatch('0.062', '0.002', '0.06', '0.00062')],
    ['0.001', '0', mismatch('0.001', '0', '0.001', '0.0005')],
    ['-10', '-9.8', mismatch('-10', '-9.8', '0.2', '0.1')],
    ['0', '0.001', mismatch('0', '0.001', '0.001', '0.0005')],
    ['0.062', 'absent', mismatch('0.062', '0', '0.062', '0.00062')],
    ['-0.062', 'lost', mismatch('-0.062', '0', '0.062', '0.00062')],
    ['10', '9.9', 'allow'],
    ['-10', '-10.1', 'allow'],
    ['0.001', '0.0005', 'allow'],
    ['0.062', '0.062', 'allow'],
  ])('at %s and %s agree or not [S6] [S8]', (exchange, ledger, verdict) =>
    expect(plainVerdict(sameQuantity(input(exchange, ledger)))).toEqual(verdict),
  );

  it('agree on nothing without a snapshot or a tolerance', () => {
    expect(plainVerdict(sameQuantity(input('0', '1', { snapshot: undefined })))).toEqual(
      mismatch('0', '1', '1', '0.0005'),
    );
    expect(plainVerdict(sameQuantity(input('1', '1', { tolerancePct: NaN })))).toEqual(mismatch('1', '1', '0', 'NaN'));
    expect(plainVerdict(sameQuantity(input('1', '0.9999', { tolerancePct: 0, rules: undefined })))).toEqual(
      mismatch('1', '0.9999', '0.0001', '0'),
    );
  });
});
