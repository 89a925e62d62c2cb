import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Decimal } from '../../flow/0-decimal.js';
import type { MarketSymbol } from '../../flow/0-primitives.js';
import type { Step } from '../../flow/2-plan.js';
import { plainVerdict } from '../../../test/harness/plain-verdict.js';
import { D, NOW, rulesOf, snapshotOf } from '../../../test/harness/position-inputs.js';
import { safeQuantity } from './safe-quantity.js';

const close = (pct: 100 | 75 | 50): Step => ({ step: 'CLOSE_FULL', type: 'market_reduce_only', side: 'close', pct });
const STOP: Step = { step: 'UPDATE_SL', type: 'stop_loss_order', price: '1' };

describe('the quantity that is safe to close', () => {
  const judge = (
    step: Step,
    amount: string,
    resting = '0',
    rules: ReturnType<typeof rulesOf> | undefined = rulesOf('0.001'),
  ) => {
    const verdict = safeQuantity({
      plan: { symbol: 'BTCUSDT' as MarketSymbol, step },
      snapshot: snapshotOf(amount, 0, resting),
      rules,
    });
    return verdict.allow ? verdict.quantity.toFixed() : plainVerdict(verdict);
  };
  const belowStep = (requested: string, closable: string, step: string, min_qty = step) => [
    'qty_below_step',
    { requested, closable, step, min_qty },
  ];

  it.each([
    ['75 % of 0.010', close(75), '0.010', '0', '0.007'],
    ['75 % of a short', close(75), '-0.010', '0', '0.007'],
    ['75 % of 0.002', close(75), '0.002', '0', '0.001'],
    ['all of it', close(100), '0.0105', '0', '0.01'],
    ['half of what resting orders leave', close(50), '0.010', '0.002', '0.005'],
    ['what resting orders leave', close(75), '0.010', '0.006', '0.004'],
    ['a stop: all of it, whatever rests', STOP, '0.010', '0.010', '0.01'],
  ])('is %s, rounded down [Q1] [Q7] [Q9]', (_what, step, amount, resting, expected) =>
    expect(judge(step, amount, resting)).toBe(expected),
  );

  it.each([
    ['50 % of one step', close(50), '0.001', rulesOf('0.001'), belowStep('0.0005', '0.001', '0.001')],
    [
      'less than the minimum',
      close(50),
      '0.010',
      rulesOf('0.001', '0.006'),
      belowStep('0.005', '0.01', '0.001', '0.006'),
    ],
    ['a part of a step of 1000', close(75), '1300', rulesOf('1000'), belowStep('975', '1300', '1000')],
    ['a stop below one step', STOP, '0.0009', rulesOf('0.001'), belowStep('0.0009', '0.0009', '0.001')],
    ['a step of zero', close(75), '1', rulesOf('0'), ['qty_below_step', { step: '0' }]],
    ['a step that is no number', close(75), '1', rulesOf('NaN'), ['qty_below_step', { step: 'NaN' }]],
    ['a minimum that is no number', close(100), '1', rulesOf('0.1', 'NaN'), belowStep('1', '1', '0.1', 'NaN')],
  ])('is nothing for %s [Q2] [Q8]', (_what, step, amount, rules, verdict) =>
    expect(judge(step, amount, '0', rules)).toEqual(verdict),
  );

  it.each(['0.010', '0.02', 'NaN'])('is nothing when %s of 0.010 is taken by resting orders [Q9]', (resting) =>
    expect(judge(close(75), '0.010', resting)).toEqual([
      'resting_reduce_orders',
      { exchange_amt: '0.01', resting_qty: D(resting).toFixed() },
    ]),
  );

  it('is nothing without a snapshot or without rules', () => {
    const plan = { symbol: 'BTCUSDT' as MarketSymbol, step: close(100) };
    expect(
      plainVerdict(
        safeQuantity({ plan, snapshot: undefined, rules: rulesOf('1') }) as Parameters<typeof plainVerdict>[0],
      ),
    ).toEqual(['resting_reduce_orders', { exchange_amt: '0', resting_qty: '0' }]);
    expect(
      plainVerdict(
        safeQuantity({ plan, snapshot: snapshotOf('1'), rules: undefined }) as Parameters<typeof plainVerdict>[0],
      ),
    ).toEqual(['qty_below_step', { step: '0' }]);
  });

  it('is an exact multiple of the step, at most the share and at most what is closable [Q3]', () => {
    const thousandths = fc.integer({ min: -1_000_000, max: 1_000_000 }).map((n) => D(`${n}e-3`));
    const step = fc.constantFrom('0.001', '0.01', '0.1', '0.5', '1', '1000').map(D);
    fc.assert(
      fc.property(
        thousandths,
        thousandths,
        step,
        fc.constantFrom<100 | 75 | 50>(100, 75, 50),
        (amount, resting, stepSize, pct) => {
          const snapshot = { amount, tsMs: NOW, restingReduceQty: resting.abs() };
          const rules = { stepSize, minQty: stepSize, maxQty: D('1') };
          const verdict = safeQuantity({ plan: { symbol: 'X' as MarketSymbol, step: close(pct) }, snapshot, rules });
          const bound = Decimal.min(amount.abs().mul(pct).div(100), amount.abs().minus(resting.abs()));
          if (!verdict.allow) return bound.lt(stepSize);
          return (
            verdict.quantity.gt(0) &&
            verdict.quantity.lte(bound) &&
            verdict.quantity.mod(stepSize).isZero() &&
            bound.minus(verdict.quantity).lt(stepSize)
          );
        },
      ),
      { numRuns: 3_000 },
    );
    expect(judge(close(100), '7.777', '0', rulesOf('0.5'))).toBe('7.5');
  });
});
