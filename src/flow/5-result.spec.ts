import { describe, expect, it } from 'vitest';
import { Decimal } from './0-decimal.js';
import type { PlanId } from './0-primitives.js';
import { encodeResult, parseResult, type Result, type StepResult } from './5-result.js';

const D = (text: string): Decimal => new Decimal(text);

const STEP: StepResult = {
  step: 'CLOSE_PARTIAL_75',
  status: 'filled',
  details: { order_status: 'FILLED' },
  orderId: '8389765518475129388',
  side: 'SELL',
  quantity: D('0.007'),
  executedQty: D('0.001').mul(7),
  avgPrice: D('96000.10'),
  clientOrderId: 'pg-0123456789abcdef-0-1',
  filledAtMs: 1_769_860_800_123,
};
const RESULT: Result = {
  planId: '0123456789abcdef' as PlanId,
  symbol: 'BTCUSDT',
  decision: 'EXECUTE',
  executed: true,
  wouldExecute: true,
  steps: [STEP],
  error: '',
  reason: '',
  attempt: 1,
  waitMs: 12,
  clientOrderId: 'pg-0123456789abcdef-0-1',
  state: 'FILLED',
};

/** As the guide's Apply writes it: none of our fields. */
const foreign = (steps: unknown, executed = 'True'): Record<string, string> => ({
  plan_id: '0123456789abcdef',
  symbol: 'BTCUSDT',
  decision: 'EXECUTE',
  executed,
  would_execute: 'True',
  steps_results: typeof steps === 'string' ? steps : JSON.stringify(steps),
  error: '',
  timestamp: '1769860800',
});
const close = { step: 'CLOSE_FULL', status: 'filled', order_id: 'o-1', side: 'SELL', executed_qty: 0.007 };

/** The fills of a reading with their quantities as text. */
function fillsOf(fields: Record<string, string>): unknown {
  const reading = parseResult(fields);
  if (!reading.ok) throw new Error(reading.detail);
  return reading.fills.map((fill) => ({ ...fill, executedQty: fill.executedQty.toFixed() }));
}

describe('a result entry', () => {
  it('has the fields of the guide, and our own', () =>
    expect(encodeResult(RESULT)).toEqual({
      plan_id: '0123456789abcdef',
      symbol: 'BTCUSDT',
      decision: 'EXECUTE',
      executed: 'True',
      would_execute: 'True',
      steps_results:
        '[{"step":"CLOSE_PARTIAL_75","status":"filled","details":{"order_status":"FILLED"},"order_id":"8389765518475129388",' +
        '"side":"SELL","quantity":0.007,"executed_qty":0.007,"reduce_only":true,"avg_price":96000.1,' +
        '"client_order_id":"pg-0123456789abcdef-0-1","filled_at_ms":1769860800123}]',
      error: '',
      schema: '1',
      reason: '',
      attempt: '1',
      wait_ms: '12',
      client_order_id: 'pg-0123456789abcdef-0-1',
      state: 'FILLED',
    }));

  it('without a wait has no wait_ms', () =>
    expect(encodeResult({ ...RESULT, waitMs: undefined, steps: [], executed: false })).toMatchObject({
      wait_ms: '',
      steps_results: '[]',
      executed: 'False',
    }));

  it('is read back as what was traded', () => {
    const reading = parseResult(encodeResult(RESULT));
    if (!reading.ok) throw new Error(reading.detail);
    const { fills, avgPrice, ...rest } = reading;
    expect(rest).toEqual({
      ok: true,
      planId: '0123456789abcdef',
      symbol: 'BTCUSDT',
      attempt: 1,
      executed: true,
      wouldExecute: true,
      state: 'FILLED',
      error: '',
      unknownFills: [],
      clockStepsMs: 0,
    });
    expect(avgPrice?.toFixed()).toBe('96000.1');
    expect(fills.map((fill) => ({ ...fill, executedQty: fill.executedQty.toFixed() }))).toEqual([
      {
        identity: 'pg-0123456789abcdef-0-1',
        orderId: '8389765518475129388',
        side: 'SELL',
        executedQty: '0.007',
        filledAtMs: 1_769_860_800_123,
      },
    ]);
  });
});

describe("the steps of Redis' clock that the times of a result include", () => {
  it.each([
    ['are none in a result of ours that names none', { schema: '1' }, 0],
    ['are those that it names', { schema: '1', clock_steps_ms: '-3600000' }, -3_600_000],
    ['are not known of another publisher', {}, 'unknown'],
  ])('%s', (_what, fields, clockStepsMs) =>
    expect(parseResult({ ...foreign([close]), ...fields })).toMatchObject({ clockStepsMs }),
  );
});

describe('a result of another publisher', () => {
  const fill = { side: 'SELL', executedQty: '0.007', filledAtMs: undefined };

  it('has no attempt, no state, and its order id for identity', () => {
    expect(parseResult(foreign([close]))).toMatchObject({ ok: true, attempt: undefined, state: '', executed: true });
    expect(fillsOf(foreign([close]))).toEqual([{ identity: 'o-1', orderId: 'o-1', ...fill }]);
  });

  it.each<[string, unknown, object]>([
    ['the quantity as text', [{ ...close, executed_qty: '0.0070' }], { identity: 'o-1', orderId: 'o-1' }],
    ['the side in lower case', [{ ...close, side: 'sell' }], { identity: 'o-1', orderId: 'o-1' }],
    ['the other side', [{ ...close, side: 'BUY' }], { identity: 'o-1', orderId: 'o-1', side: 'BUY' }],
    [
      'an order id of 64 characters at most',
      [{ ...close, order_id: 'o'.repeat(65) }],
      { identity: 'o'.repeat(64), orderId: 'o'.repeat(64) },
    ],
    ['an order id as number', [{ ...close, order_id: 12 }], { identity: '12', orderId: '12' }],
    ['a client order id', [{ ...close, client_order_id: 'c' }], { identity: 'c', orderId: 'o-1' }],
    ['no order id', [{ ...close, order_id: null }], { identity: '0123456789abcdef:1:0', orderId: '' }],
  ])('is read with %s', (_what, steps, expected) =>
    expect(fillsOf(foreign(steps))).toEqual([{ ...fill, ...expected }]),
  );

  it.each(['"order_id" : ?,', '"order_id":?,', '"order_id"  :  ?  ,'])(
    'keeps every digit of a long order id in %s so that two orders are not taken for one',
    (member) => {
      const text = (id: string): string =>
        `[{"step":"CLOSE_FULL",${member.replace('?', id)}"side":"SELL","executed_qty":0.007}]`;
      expect([
        fillsOf(foreign(text('8389765518475129388'))),
        fillsOf(foreign(text('8389765518475129389'))),
      ]).toMatchObject([[{ identity: '8389765518475129388' }], [{ identity: '8389765518475129389' }]]);
    },
  );

  it('says which attempt it ends, and with what error', () => {
    const fields = { ...foreign([close], 'False'), attempt: '0', error: 'p33_denied' };
    expect(parseResult(fields)).toMatchObject({ ok: true, attempt: 0, error: 'p33_denied', executed: false });
  });

  it.each<[string, unknown, readonly object[]]>([
    ['executed without a quantity', [{ ...close, executed_qty: '0' }], [{ identity: 'o-1', executedQty: '0' }]],
    ['executed without quantity and side', [{ order_id: 12 }], [{ identity: '12', orderId: '12', executedQty: '0' }]],
    ['a stop, which fills nothing now', [{ ...close, step: 'UPDATE_SL', executed_qty: 0 }], []],
  ])('names the orders whose fill is not known: %s part of [S23]', (_what, steps, expected) => {
    const of = (executed: 'True' | 'False'): unknown => {
      const reading = parseResult(foreign(steps, executed));
      if (!reading.ok) throw new Error(reading.detail);
      expect(reading.fills).toEqual([]);
      return reading.unknownFills.map((each) => ({ ...each, executedQty: each.executedQty.toFixed() }));
    };
    expect(of('True')).toMatchObject(expected);
    expect(of('False')).toEqual([]);
  });

  it('may have no steps at all', () => {
    const { steps_results: _absent, ...stepless } = foreign([]);
    expect(parseResult(stepless)).toMatchObject({ ok: true, fills: [] });
  });

  it('says neither what would have been nor what was wrong unless it is there', () => {
    const { would_execute: _would, error: _error, ...terse } = foreign([close]);
    expect(parseResult(terse)).toMatchObject({ ok: true, wouldExecute: false, error: '' });
    const { plan_id: _missing, ...nameless } = foreign([close]);
    expect(parseResult(nameless)).toEqual({ ok: false, detail: 'plan_id is ""; a token is needed' });
  });

  it('distinguishes the steps of one plan when they name no order', () => {
    const nameless = { ...close, order_id: '' };
    expect(fillsOf({ ...foreign([nameless, nameless]), attempt: '3' })).toMatchObject([
      { identity: '0123456789abcdef:3:0' },
      { identity: '0123456789abcdef:3:1' },
    ]);
  });

  it.each<[string, unknown, string]>([
    ['that traded nothing', [{ ...close, executed_qty: 0 }], 'True'],
    ['without an executed quantity', [{ step: 'CLOSE_FULL', side: 'SELL' }], 'True'],
    ['that placed a stop', [{ ...close, step: 'UPDATE_SL', executed_qty: 1 }], 'True'],
    ['that says it was not executed', [close], 'False'],
    ['without steps', '', 'True'],
    ['with an empty list', [], 'True'],
  ])('%s moves nothing', (_what, steps, executed) => expect(fillsOf(foreign(steps, executed))).toEqual([]));

  it.each([
    ['its own price', [{ ...close, avg_price: '95000.5' }], '95000.5'],
    ['the last price of several', [{ ...close, avg_price: 1 }, { ...close, avg_price: 2 }, close], '2'],
    ['no price', [close], undefined],
    ['no usable price', [{ ...close, avg_price: 'x' }], undefined],
  ])('is priced with %s', (_what, steps, price) => {
    const reading = parseResult(foreign(steps));
    expect(reading.ok && reading.avgPrice?.toFixed()).toBe(price);
  });

  it.each([0, -1, 'x', null])('with filled_at_ms=%j says nothing about the time', (at) =>
    expect(fillsOf(foreign([{ ...close, filled_at_ms: at }]))).toMatchObject([{ filledAtMs: undefined }]),
  );

  it.each<[string, Record<string, string>, string]>([
    ['no plan id', { plan_id: '' }, 'plan_id is ""; a token is needed'],
    ['a plan id that is none', { plan_id: 'a:b' }, 'plan_id is "a:b"; a token is needed'],
    ['a long plan id', { plan_id: 'x'.repeat(70) }, `plan_id is "${'x'.repeat(60)}"; a token is needed`],
    ['a symbol that is none', { symbol: 'B/T' }, 'symbol is "B/T"; an exchange symbol is needed'],
    ['no symbol', { symbol: '' }, 'symbol is ""; an exchange symbol is needed'],
    ['no executed', { executed: 'maybe' }, 'executed is "maybe"; True or False is needed'],
    ['steps that are no JSON', { steps_results: '[{' }, 'steps_results is "[{"; a JSON list of objects is needed'],
    ['steps that are no list', { steps_results: '{}' }, 'steps_results is "{}"; a JSON list of objects is needed'],
    ['a step that is null', { steps_results: '[null]' }, 'steps_results is "[null]"; a JSON list of objects is needed'],
    ['a step that is a list', { steps_results: '[[]]' }, 'steps_results is "[[]]"; a JSON list of objects is needed'],
    ['attempt -1', { attempt: '-1' }, 'attempt is "-1"'],
    ['attempt 1.5', { attempt: '1.5' }, 'attempt is "1.5"'],
    ['attempt in words', { attempt: 'one' }, 'attempt is "one"'],
  ])('is a fault with %s [S11]', (_what, fields, detail) =>
    expect(parseResult({ ...foreign([close]), ...fields })).toEqual({ ok: false, detail }),
  );

  it('is a fault with steps of 64 kB and more [S11]', () => {
    const padded = (length: number): string => `[]${' '.repeat(length - 2)}`;
    expect(parseResult(foreign(padded(65_536)))).toMatchObject({ ok: true });
    expect(parseResult(foreign(padded(65_537)))).toMatchObject({ ok: false });
  });

  it.each<[string, object, string]>([
    ['a negative quantity', { executed_qty: -1 }, 'executed_qty of step 1 is "-1"; zero or more is needed'],
    ['a quantity NaN', { executed_qty: 'NaN' }, 'executed_qty of step 1 is "NaN"; zero or more is needed'],
    ['a quantity that is a list', { executed_qty: [1] }, 'executed_qty of step 1 is ""; zero or more is needed'],
    ['a fill on no side', { side: undefined }, 'side of step 1 is ""; BUY or SELL is needed'],
    ['a fill on another side', { side: 'close' }, 'side of step 1 is "close"; BUY or SELL is needed'],
    ['a side that is a number', { side: 7 }, 'side of step 1 is "7"; BUY or SELL is needed'],
  ])('is a fault with %s [S11]', (_what, member, detail) =>
    expect(parseResult(foreign([close, { ...close, ...member }]))).toEqual({ ok: false, detail }),
  );
});
