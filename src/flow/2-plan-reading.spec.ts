import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePlan } from './2-plan.js';

const close = (pct: unknown, step = 'CLOSE_PARTIAL_75'): string =>
  JSON.stringify([{ step, type: 'market_reduce_only', side: 'close', pct }]);
const stop = (price: unknown): string => JSON.stringify([{ step: 'UPDATE_SL', type: 'stop_loss_order', price }]);

/** As the guide's Apply writes it: no attempt, no mode, no hash. */
const FOREIGN = {
  plan_id: '0123456789abcdef',
  symbol: 'BTCUSDT',
  action: 'PARTIAL_75',
  kill_score: '0.5',
  steps: close(75),
};
const NEEDED = 'exactly one reduce-only step that fits PARTIAL_75 is needed';

describe('a plan entry of another publisher', () => {
  it('is a plan without attempt, mode and hash', () => {
    expect(parsePlan({ ...FOREIGN, extra: 'ignored' })).toMatchObject({
      ok: true,
      plan: { planId: '0123456789abcdef', attempt: undefined, mode: undefined, planHash: undefined },
    });
  });

  it.each([
    [
      'FULL_CLOSE_PROPOSED',
      close(100, 'CLOSE_FULL'),
      { step: 'CLOSE_FULL', type: 'market_reduce_only', side: 'close', pct: 100 },
    ],
    [
      'PARTIAL_50',
      close(50, 'CLOSE_PARTIAL_50'),
      { step: 'CLOSE_PARTIAL_50', type: 'market_reduce_only', side: 'close', pct: 50 },
    ],
    ['UPDATE_SL', stop(1e-7), { step: 'UPDATE_SL', type: 'stop_loss_order', price: '0.0000001' }],
  ])('for %s has the one step that fits', (action, steps, step) =>
    expect(parsePlan({ ...FOREIGN, action, steps })).toMatchObject({ ok: true, plan: { action, step } }),
  );

  it.each<[string, Record<string, string>, string]>([
    ['no plan id', { plan_id: '' }, 'plan_id is ""; a token of 1 to 64 letters and digits is needed'],
    [
      'a plan id that breaks keys',
      { plan_id: 'a:b' },
      'plan_id is "a:b"; a token of 1 to 64 letters and digits is needed',
    ],
    ['a symbol that is none', { symbol: 'B/T' }, 'symbol is "B/T"; an exchange symbol is needed'],
    [
      'an opening action',
      { action: 'OPEN_LONG' },
      'action is "OPEN_LONG"; known actions are FULL_CLOSE_PROPOSED, PARTIAL_75, PARTIAL_50, PARTIAL_25, CLOSE_PCT, UPDATE_SL, HOLD',
    ],
    ['a kill score NaN', { kill_score: 'NaN' }, 'kill_score is "NaN"; a finite number is needed'],
    ['attempt 0', { attempt: '0' }, 'attempt is "0"; a whole number from 1 is needed'],
    ['attempt 1.5', { attempt: '1.5' }, 'attempt is "1.5"; a whole number from 1 is needed'],
    ['attempt NaN', { attempt: 'x' }, 'attempt is "x"; a whole number from 1 is needed'],
    ['another mode', { mode: 'prod' }, 'mode is "prod"; one of dry_run, testnet, production is needed'],
  ])('is a fault with %s [A10]', (_what, fields, detail) =>
    expect(parsePlan({ ...FOREIGN, ...fields })).toMatchObject({ ok: false, detail }),
  );

  it.each([
    ['garbage', 'not json'],
    ['nothing', ''],
    ['no list', '{}'],
    ['null', 'null'],
    ['an empty list', '[]'],
    ['a list of null', '[null]'],
    ['a list of text', '["CLOSE_PARTIAL_75"]'],
    ['two steps', `${close(75).slice(0, -1)},${close(75).slice(1)}`],
    ['an opening step', JSON.stringify([{ step: 'OPEN', type: 'market', side: 'buy', pct: 75 }])],
    [
      'a step that is not reduce-only',
      JSON.stringify([{ step: 'CLOSE_PARTIAL_75', type: 'market', side: 'close', pct: 75 }]),
    ],
    [
      'a step on another side',
      JSON.stringify([{ step: 'CLOSE_PARTIAL_75', type: 'market_reduce_only', side: 'sell', pct: 75 }]),
    ],
    ['another share', close(100)],
    ['the share as text', close('75')],
    ['the step of another action', close(50, 'CLOSE_PARTIAL_50')],
    ['a stop for a close', stop(95_000)],
    [
      'an unknown step in the form of a close',
      JSON.stringify([{ step: 'OPEN', type: 'market_reduce_only', side: 'close', pct: 75 }]),
    ],
    ['a 5 kB text', ' '.repeat(5_000) + close(75)],
  ])('is a fault with %s for steps [A10]', (_what, steps) =>
    expect(parsePlan({ ...FOREIGN, steps })).toEqual({
      ok: false,
      planId: '0123456789abcdef',
      symbol: 'BTCUSDT',
      detail: `steps is ${JSON.stringify(steps.slice(0, 60))}; ${NEEDED}`,
    }),
  );

  it.each([0, -1, null, '95000', true])('is a fault with a stop at %j [A10]', (price) =>
    expect(parsePlan({ ...FOREIGN, action: 'UPDATE_SL', steps: stop(price) })).toMatchObject({ ok: false }),
  );

  it.each(['UPDATE_SL', 'HOLD'])('is a fault when %s has a close step', (action) =>
    expect(parsePlan({ ...FOREIGN, action })).toMatchObject({ ok: false }),
  );

  it.each([
    ['UPDATE_SL', 'limit'],
    ['CLOSE_FULL', 'stop_loss_order'],
  ])('is a fault when a stop is a %s of type %s', (step, type) => {
    const steps = JSON.stringify([{ step, type, price: 1 }]);
    expect(parsePlan({ ...FOREIGN, action: 'UPDATE_SL', steps })).toMatchObject({ ok: false });
  });

  it('is a fault without steps, and with more than 4096 characters of them', () => {
    const { steps, ...stepless } = FOREIGN;
    expect(parsePlan(stepless)).toMatchObject({ ok: false, detail: `steps is ""; ${NEEDED}` });
    expect(parsePlan({ ...FOREIGN, steps: steps.padEnd(4_096) })).toMatchObject({ ok: true });
    expect(parsePlan({ ...FOREIGN, steps: steps.padEnd(4_097) })).toMatchObject({ ok: false });
  });

  it('is a fault without a kill score', () => {
    const { kill_score: _absent, ...scoreless } = FOREIGN;
    expect(parsePlan(scoreless)).toMatchObject({ ok: false, detail: 'kill_score is ""; a finite number is needed' });
  });

  it('may be the first attempt', () =>
    expect(parsePlan({ ...FOREIGN, attempt: '1' })).toMatchObject({ ok: true, plan: { attempt: 1 } }));

  it('names plan and symbol if they could be read, so that it can be denied', () => {
    const { plan_id: _missing, ...nameless } = FOREIGN;
    expect(parsePlan(nameless)).toEqual({
      ok: false,
      planId: undefined,
      symbol: 'BTCUSDT',
      detail: 'plan_id is ""; a token of 1 to 64 letters and digits is needed',
    });
    expect(parsePlan({ ...FOREIGN, symbol: '' })).toMatchObject({
      ok: false,
      planId: '0123456789abcdef',
      symbol: undefined,
    });
  });

  it('never throws and never yields anything but one reduction or one stop [C7]', () => {
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      fc.constantFrom(close(75), close(100, 'CLOSE_FULL'), stop(1), 'PARTIAL_75', '1'),
    );
    const broken = fc.dictionary(fc.constantFrom(...Object.keys(FOREIGN), 'attempt', 'mode'), text, { maxKeys: 3 });
    fc.assert(
      fc.property(broken, (fields) => {
        const reading = parsePlan({ ...FOREIGN, ...fields });
        const step = reading.ok ? reading.plan.step : undefined;
        const reduces =
          step?.type === 'market_reduce_only' && step.side === 'close' && [50, 75, 100].includes(step.pct);
        const protects = step?.type === 'stop_loss_order' && Number(step.price) > 0;
        expect(!reading.ok || reduces || protects).toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('a plan entry of a free share', () => {
  const FREE = { ...FOREIGN, action: 'CLOSE_PCT', close_pct: '30', steps: close(30, 'CLOSE_PCT') };

  it('has its share, and the plan that it continues or repeats', () => {
    expect(parsePlan({ ...FREE, continues: 'a:1', repeats: 'b:2' })).toMatchObject({
      ok: true,
      plan: { step: { step: 'CLOSE_PCT', pct: 30 }, continues: 'a:1', repeats: 'b:2' },
    });
  });

  it.each<[string, Record<string, string>]>([
    ['whose step has another share', { steps: close(31, 'CLOSE_PCT') }],
    ['whose share is missing', { close_pct: '' }],
    ['whose step has no share', { steps: close(undefined, 'CLOSE_PCT') }],
    ['whose share is above 100', { close_pct: '130', steps: close(130, 'CLOSE_PCT') }],
    ['with the step of a fixed share', { close_pct: '75', steps: close(75) }],
    ['with a step that nobody knows', { steps: close(30, 'CLOSE_SOME') }],
    ['with the step of a stop', { steps: stop(1) }],
  ])('%s is no plan', (_what, fields) => {
    expect(parsePlan({ ...FREE, ...fields })).toMatchObject({
      ok: false,
      detail: expect.stringContaining('that fits CLOSE_PCT is needed') as string,
    });
  });

  it('of a fixed share with the step of a free one is no plan', () => {
    expect(parsePlan({ ...FOREIGN, close_pct: '75', steps: close(75, 'CLOSE_PCT') })).toMatchObject({ ok: false });
    expect(parsePlan({ ...FOREIGN, action: 'UPDATE_SL' })).toMatchObject({ ok: false });
    expect(parsePlan({ ...FOREIGN, action: 'HOLD' })).toMatchObject({ ok: false });
    expect(parsePlan({ ...FOREIGN, kill_score: undefined as never })).toMatchObject({ ok: false });
  });
});
