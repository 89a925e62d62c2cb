import { describe, expect, it } from 'vitest';
import { Decimal } from './0-decimal.js';
import { type PlanId } from './0-primitives.js';
import { type Resolution, resolveOrder, type UnsettledOrder } from './5-resolution.js';
import { encodeResult, parseResult } from './5-result.js';

const order = (over: Partial<UnsettledOrder> = {}): UnsettledOrder => ({
  planId: 'aaaaaaaaaaaaaaaa' as PlanId,
  symbol: 'BTCUSDT',
  attempt: 2,
  step: 'CLOSE_PARTIAL_75',
  side: 'SELL',
  quantity: new Decimal('0.007'),
  clientOrderId: 'pg-aaaaaaaaaaaaaaaa-0-2',
  stepSize: new Decimal('0.001'),
  acceptUntilMs: 1_700_000_002_000,
  waitMs: 40,
  ...over,
});
const STOP = { step: 'UPDATE_SL', quantity: undefined } as const;
const said = (outcome: Resolution['outcome'], qty: string): Resolution => ({
  outcome,
  executedQty: new Decimal(qty),
  by: 'alice',
  reason: 'seen at the exchange',
});

const EVIDENCE = { settled_by: 'operator', user_stream: '0 filled' };

describe('a resolution', () => {
  it.each([
    ['filled', '0.007', 'FILLED', 'True', ''],
    ['partly_filled', '0.003', 'PARTLY_FILLED', 'True', ''],
    ['not_found', '0', 'NOT_FOUND', 'False', 'order_not_found'],
  ] as const)('%s %s becomes the result %s', (outcome, qty, state, executed, error) => {
    const resolved = resolveOrder(order(), said(outcome, qty), EVIDENCE);
    if (!resolved.ok) throw new Error(resolved.detail);
    const fields = encodeResult(resolved.result);
    expect(fields).toMatchObject({
      state,
      executed,
      error,
      would_execute: 'True',
      attempt: '2',
      reason: 'resolved by alice: seen at the exchange',
      client_order_id: 'pg-aaaaaaaaaaaaaaaa-0-2',
    });
    expect(parseResult(fields)).toMatchObject({
      ok: true,
      fills:
        qty === '0'
          ? []
          : [
              {
                identity: 'pg-aaaaaaaaaaaaaaaa-0-2',
                side: 'SELL',
                executedQty: new Decimal(qty),
                filledAtMs: 1_700_000_002_000,
              },
            ],
    });
    expect(resolved.result.steps).toMatchObject([
      {
        status: outcome,
        details: { resolved: 'by an operator', by: 'alice', reason: 'seen at the exchange', evidence: EVIDENCE },
      },
    ]);
  });

  it('placed is for a stop', () => {
    expect(resolveOrder(order(STOP), said('placed', '0'), EVIDENCE)).toMatchObject({
      ok: true,
      result: { state: 'PLACED', executed: true, error: '' },
    });
    expect(resolveOrder(order(STOP), said('not_found', '0'), EVIDENCE)).toMatchObject({
      ok: true,
      result: { state: 'NOT_FOUND' },
    });
  });

  it.each<[Partial<UnsettledOrder>, Resolution['outcome'], string, RegExp]>([
    [{}, 'filled', '0', /^executed_qty is 0; more than 0 is needed with filled$/],
    [{}, 'filled', '-0.007', /^executed_qty is -0.007; more than 0/],
    [{}, 'filled', '0.008', /^executed_qty is 0.008; the order was for 0.007$/],
    [{}, 'filled', '0.006', /^executed_qty is 0.006 of 0.007: that is partly_filled$/],
    [{}, 'partly_filled', '0.007', /^executed_qty is the whole order of 0.007: that is filled$/],
    [{}, 'partly_filled', '0.0035', /^executed_qty is 0.0035; a multiple of the market's step 0.001 is needed$/],
    [{}, 'partly_filled', '0', /more than 0 is needed with partly_filled/],
    [{}, 'not_found', '0.001', /^executed_qty is 0.001; with not_found nothing was executed: 0 is needed$/],
    [{}, 'placed', '0', /^only a stop is placed/],
    [STOP, 'filled', '0.007', /^the order is a stop/],
    [STOP, 'placed', '0.007', /with placed nothing was executed/],
    [{ quantity: undefined }, 'filled', '0.007', /^the journal does not say how much was ordered$/],
  ])('is refused for %j as %s %s', (over, outcome, qty, detail) => {
    expect(resolveOrder(order(over), said(outcome, qty), EVIDENCE)).toEqual({
      ok: false,
      detail: expect.stringMatching(detail),
    });
  });

  it('needs no step when the permit stated none', () => {
    expect(resolveOrder(order({ stepSize: undefined }), said('partly_filled', '0.0035'), EVIDENCE).ok).toBe(true);
  });
});
