import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Decimal, toPlainString } from './0-decimal.js';
import type { PlanId } from './0-primitives.js';
import { clientOrderIdOf, orderQuantity, planOfOrder, reducingSide } from './4-order.js';

const D = (text: string): Decimal => new Decimal(text);
const limits = (stepSize: string, minQty = stepSize, maxQty = '1000000') => ({
  stepSize: D(stepSize),
  minQty: D(minQty),
  maxQty: D(maxQty),
});

describe('the side that shrinks a position', () => {
  it('sells a long', () => expect(reducingSide(D('0.001'))).toBe('SELL'));
  it('buys back a short [Q7]', () => expect(reducingSide(D('-0.001'))).toBe('BUY'));
});

describe('a client order id', () => {
  it('names plan, step and attempt', () =>
    expect(clientOrderIdOf('0123456789abcdef' as PlanId, 0, 2)).toBe('pg-0123456789abcdef-0-2'));

  it('has only characters and a length that the exchange accepts, whatever the plan id', () => {
    const id = clientOrderIdOf('a.b_C-9.'.repeat(8) as PlanId, 0, 99_999);
    expect(id).toBe('pg-a_b_C-9_a_b_C-9_a_b_C-9_-0-99999');
    expect(id.length).toBeLessThanOrEqual(36);
  });

  it('differs between steps and between attempts', () => {
    const ids = [
      [0, 1],
      [0, 2],
      [1, 1],
    ].map(([step = 0, attempt = 0]) => clientOrderIdOf('p' as PlanId, step, attempt));
    expect(new Set(ids).size).toBe(3);
  });

  it.each([
    [clientOrderIdOf('0123456789abcdef' as PlanId, 0, 2), '0123456789abcdef'],
    [clientOrderIdOf('a.b_C-9.'.repeat(8) as PlanId, 9_999, 999_999_999), 'a_b_C-9_a_b_C-9_a_b_C-9_'],
    ['pg-a-0-1', 'a'],
    ['x-pg-a-0-1', undefined],
    ['pg-a-0-1x', undefined],
    ['pg--0-1', undefined],
    [`pg-${'a'.repeat(25)}-0-1`, undefined],
    ['pg-a-12345-1', undefined],
    ['pg-a-0-1234567890', undefined],
    ['pg-a--1', undefined],
    ['pg-a-0-', undefined],
    ['pg-a.b-0-1', undefined],
    ['PG-a-0-1', undefined],
    ['pg-', undefined],
    ['', undefined],
  ])('%j belongs to plan %j', (clientOrderId, planId) => expect(planOfOrder(clientOrderId)).toBe(planId));
});

describe('the quantity of an order', () => {
  it.each([
    ['0.0075', limits('0.001'), '0.007'],
    ['0.0015', limits('0.001'), '0.001'],
    ['1234', limits('1000'), '1000'],
    ['7.9', limits('1'), '7'],
    ['0.002', limits('0.001', '0.002'), '0.002'],
  ])('%s is rounded down, never up [Q1] [Q8] (%#)', (wanted, rules, expected) => {
    const quantity = orderQuantity(D(wanted), rules);
    expect(quantity.kind === 'sendable' && [toPlainString(quantity.quantity), quantity.cutTo]).toEqual([
      expected,
      undefined,
    ]);
  });

  it.each([
    ['0.0005', limits('0.001')],
    ['0', limits('0.001')],
    ['-1', limits('0.001')],
    ['0.0015', limits('0.001', '0.002')],
    ['NaN', limits('0.001')],
    ['1', limits('NaN', '0')],
    ['1', limits('0', '0')],
    ['1', limits('0.001', 'NaN')],
    ['1', limits('0.001', '0.001', 'NaN')],
    ['1', limits('0.001', '0.001', '0')],
  ])('%s is nothing that can be sent [Q2] (%#)', (wanted, rules) =>
    expect(orderQuantity(D(wanted), rules)).toEqual({ kind: 'below_step' }),
  );

  it('above the exchange maximum is cut to it, and says so [Q10]', () => {
    const cut = orderQuantity(D('1500.5'), limits('0.3', '0.3', '120.1'));
    expect(cut.kind === 'sendable' && [toPlainString(cut.quantity), cut.cutTo && toPlainString(cut.cutTo)]).toEqual([
      '120',
      '120',
    ]);
    const exact = orderQuantity(D('120'), limits('0.1', '0.1', '120'));
    expect(exact.kind === 'sendable' && exact.cutTo).toBeUndefined();
  });

  it('is a plain exact multiple of the step, within every bound [Q3]', () => {
    const step = fc.tuple(fc.constantFrom(1, 2, 5), fc.integer({ min: -8, max: 3 })).map(([n, e]) => D(`${n}e${e}`));
    const wanted = fc
      .tuple(fc.bigInt({ min: 0n, max: 10n ** 18n }), fc.integer({ min: 0, max: 12 }))
      .map(([n, e]) => D(`${n}e-${e}`));
    const multiple = fc.integer({ min: 1, max: 1_000_000 });
    fc.assert(
      fc.property(wanted, step, multiple, multiple, (asked, stepSize, min, max) => {
        const rules = { stepSize, minQty: stepSize.mul(min), maxQty: stepSize.mul(max) };
        const order = orderQuantity(asked, rules);
        const largest = Decimal.min(asked, rules.maxQty);
        expect(order.kind).toBe(largest.gte(rules.minQty) ? 'sendable' : 'below_step');
        if (order.kind === 'below_step') return true;
        const { quantity, cutTo } = order;
        return (
          quantity.mod(stepSize).isZero() &&
          quantity.lte(largest) &&
          largest.minus(quantity).lt(stepSize) &&
          /^\d+(\.\d+)?$/.test(toPlainString(quantity)) &&
          (cutTo !== undefined) === asked.gt(rules.maxQty)
        );
      }),
      { numRuns: 3_000 },
    );
  });
});
