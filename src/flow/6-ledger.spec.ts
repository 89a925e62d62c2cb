import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Decimal } from './0-decimal.js';
import { applyFill, countedUnder, type Fill, type Ledger, sideOfAmount, toleranceOf } from './6-ledger.js';

const D = (value: string | number): Decimal => new Decimal(value);

const ledger = (amount: string, asOfMs = 0): Ledger => ({ lastKnownAmt: D(amount), asOfMs });
const fill = (executedQty: string, over: Partial<Fill> = {}): Fill => ({
  identity: 'o',
  side: 'SELL',
  executedQty: D(executedQty),
  timeMs: 1_000,
  ...over,
});
/** A step with its amounts as text. */
const step = (...args: Parameters<typeof applyFill>): unknown => {
  const taken = applyFill(...args);
  return taken.kind === 'applied' ? [taken.kind, taken.amount.toFixed(), taken.increase.toFixed()] : taken;
};

describe('one fill report', () => {
  it.each([
    ['sold from a long', ledger('0.010'), fill('0.007'), '0', ['applied', '0.003', '0.007']],
    ['bought back from a short', ledger('-0.010'), fill('0.007', { side: 'BUY' }), '0', ['applied', '-0.003', '0.007']],
    ['sold into a short', ledger('0'), fill('0.007'), '0', ['applied', '-0.007', '0.007']],
    ['the rest of a part counted before', ledger('0.006'), fill('0.007'), '0.004', ['applied', '0.003', '0.003']],
    ['the same report again', ledger('0.003'), fill('0.007'), '0.007', { kind: 'known' }],
    ['an earlier part after the whole', ledger('0.003'), fill('0.004'), '0.007', { kind: 'known' }],
    ['nothing', ledger('0.003'), fill('0'), '0', { kind: 'known' }],
    ['before the adoption', ledger('0.010', 1_001), fill('0.007'), '0', { kind: 'covered' }],
    ['at the adoption', ledger('0.010', 1_000), fill('0.007'), '0', { kind: 'covered' }],
    ['after the adoption', ledger('0.010', 999), fill('0.007'), '0', ['applied', '0.003', '0.007']],
    [
      'at an unknown time',
      ledger('0.010', 5_000),
      fill('0.007', { timeMs: undefined }),
      '0',
      ['applied', '0.003', '0.007'],
    ],
    ['known and before the adoption', ledger('0.010', 5_000), fill('0.007'), '0.007', { kind: 'known' }],
    ['of a quantity that is no number', ledger('0.010'), fill('NaN'), '0', { kind: 'known' }],
  ])('%s [S1] [S17] [S18]', (_what, before, report, counted, expected) =>
    expect(step(before, report, D(counted))).toEqual(expected),
  );
});

interface Order {
  readonly side: 'BUY' | 'SELL';
  /** Each part's own quantity, in thousandths. */
  readonly parts: readonly number[];
  /** How often each cumulative report is delivered. */
  readonly deliveries: readonly number[];
}

const order: fc.Arbitrary<Order> = fc.record({
  side: fc.constantFrom('BUY', 'SELL'),
  parts: fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 5 }),
  deliveries: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 5, maxLength: 5 }),
});

/** Every cumulative report of every order, as often as it is delivered. */
function reportsOf(orders: readonly Order[]): Fill[] {
  return orders.flatMap(({ side, parts, deliveries }, index) => {
    let cumulative = D(0);
    return parts.flatMap((part, at) => {
      cumulative = cumulative.plus(D(part).div(1000));
      const report = fill('0', { identity: `o${index}`, side, executedQty: cumulative });
      return Array.from({ length: deliveries[at] ?? 1 }, () => report);
    });
  });
}

/** What a store does: keeps the amount and the largest count of each order. */
function takeAll(start: Ledger, reports: readonly Fill[]): Decimal {
  const counted = new Map<string, Decimal>();
  let amount = start.lastKnownAmt;
  for (const report of reports) {
    const before = counted.get(report.identity) ?? D(0);
    const taken = applyFill({ ...start, lastKnownAmt: amount }, report, before);
    if (taken.kind === 'applied') amount = taken.amount;
    counted.set(report.identity, Decimal.max(before, report.executedQty));
  }
  return amount;
}

describe('fill reports in any order, whole or in parts, however often', () => {
  const shuffled = fc
    .array(order, { minLength: 1, maxLength: 5 })
    .chain((orders) =>
      fc.tuple(fc.constant(orders), fc.shuffledSubarray(reportsOf(orders), { minLength: reportsOf(orders).length })),
    );

  it('move the ledger by what was traded, exactly once [S1] [S18]', () => {
    fc.assert(
      fc.property(shuffled, ([orders, reports]) => {
        const traded = orders.reduce((sum, { side, parts }) => {
          const whole = parts.reduce((total, part) => total.plus(D(part).div(1000)), D(0));
          return side === 'BUY' ? sum.plus(whole) : sum.minus(whole);
        }, D('0.5'));
        expect(takeAll(ledger('0.5'), reports).toFixed()).toBe(traded.toFixed());
      }),
      { numRuns: 2_000 },
    );
  });

  it('move nothing when the adopted amount holds them already [S17]', () => {
    fc.assert(
      fc.property(shuffled, ([, reports]) => {
        expect(takeAll(ledger('0.5', 1_000), reports).toFixed()).toBe('0.5');
      }),
      { numRuns: 500 },
    );
  });
});

describe('what a fill is counted under [S18] [S21] [S23]', () => {
  it.each([
    ['an order of ours', 'pg-0123456789abcdef-0-1', '4711', 'pg-0123456789abcdef-0-1'],
    ['an order of another source', 'grid-1', '4711', '4711'],
    ['an order with our prefix that is none of ours', 'pg-anything', '4711', '4711'],
    ['an order id beyond 2^53', 'grid-1', '8389765989742346123', '8389765989742346123'],
    ['a report without an order id', 'grid-1', '', 'grid-1'],
    ['a report whose order id is none: zero', 'grid-1', '0', 'grid-1'],
    ['a report whose order id is none: text', 'grid-1', 'o-1', 'grid-1'],
    ['a report whose order id is none: text after a number', 'grid-1', '12x', 'grid-1'],
    ['a report whose order id is none: text before a number', 'grid-1', 'x12', 'grid-1'],
  ])('%s', (_what, name, orderId, expected) => expect(countedUnder(name, orderId)).toBe(expected));
});

describe('the side of an amount', () => {
  it.each([
    ['0.001', 'LONG'],
    ['-0.001', 'SHORT'],
    ['0', 'NONE'],
    ['-0', 'NONE'],
  ])('%s is %s', (amount, side) => expect(sideOfAmount(D(amount))).toBe(side));
});

describe('how far ledger and exchange may differ', () => {
  it.each([
    ['1 % of a long', '10', 1, '0.001', '0.1'],
    ['1 % of a short', '-10', 1, '0.001', '0.1'],
    ['half a step where 1 % is less', '0.010', 1, '0.001', '0.0005'],
    ['half a step of a thousand', '1000', 1, '1000', '500'],
    ['nothing but half a step when flat', '0', 1, '0.001', '0.0005'],
    ['a share below a percent', '10', 0.25, '0.001', '0.025'],
  ])('%s [S8] [Q8]', (_what, amount, pct, stepSize, expected) =>
    expect(toleranceOf(D(amount), pct, D(stepSize)).toFixed()).toBe(expected),
  );

  it('is no number when the share is none, so that nothing is within it', () =>
    expect(D(0).lte(toleranceOf(D(1), NaN, D('0.001')))).toBe(false));
});
