import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Decimal, floorToStep } from './0-decimal.js';
import {
  afterOrder,
  encodeTakenUp,
  identityOf,
  isFromStrategy,
  leftToTarget,
  parseTakenUp,
  type TakenUp,
  takeUp,
} from './1-standing.js';

const D = (text: string): Decimal => new Decimal(text);
const taken = (amount: string, share: number | undefined, step = '0.001'): TakenUp =>
  takeUp({ amount: D(amount), step: D(step) }, share, 3, 1_000);

describe('what a proposal asks for', () => {
  const of = (action: string, closePct = '', proposalId = '', callId?: string): string =>
    identityOf({ action: action as 'CLOSE_PCT', closePct, proposalId }, callId);

  it.each([
    ['PARTIAL_50', '', 'CLOSE_PCT', '50'],
    ['CLOSE_PCT', '50', 'CLOSE_PCT', '50.0'],
    ['FULL_CLOSE_PROPOSED', '', 'CLOSE_PCT', '1e2'],
    ['PARTIAL_25', '', 'CLOSE_PCT', '+25'],
  ])('is the same for %s %s and %s %s [L9]', (action, pct, other, otherPct) =>
    expect(of(action, pct)).toBe(of(other, otherPct)),
  );

  it.each([
    ['another share', of('PARTIAL_50'), of('PARTIAL_75')],
    ['a stop', of('PARTIAL_50'), of('UPDATE_SL')],
    ['another id', of('PARTIAL_50', '', 'a'), of('PARTIAL_50', '', 'b')],
    ['a call of an operator', of('PARTIAL_50'), of('PARTIAL_50', '', '', 'p1')],
    ['another call', of('PARTIAL_50', '', '', 'p2'), of('PARTIAL_50', '', '', 'p1')],
    ['a strategy whose id looks like a call', of('PARTIAL_50', '', 'x'), of('PARTIAL_50', '', '', 'x')],
  ])('differs for %s [L2]', (_what, one, other) => expect(one).not.toBe(other));
});

describe('the identity of a request', () => {
  const of = (action: string, closePct: string, callId?: string): string =>
    identityOf({ action: action as 'CLOSE_PCT', closePct, proposalId: 'p' }, callId);

  it('is 16 hex digits that hold share or action, channel and id', () => {
    const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);
    expect(of('CLOSE_PCT', '12.50')).toBe(hash('close:12.5:strategy:p'));
    expect(of('UPDATE_SL', '')).toBe(hash('UPDATE_SL:strategy:p'));
    expect(of('PARTIAL_75', '', 'plan')).toBe(hash('close:75:call:plan'));
  });
});

describe('the target of a proposal', () => {
  it('is taken up whole: nothing done, nothing seen', () => {
    const nothing = { isDone: false, hasFilled: false, stop: '', wasFlat: false };
    const none = { flatSinceMs: undefined, endedMs: undefined };
    const stop = takeUp({ amount: D('-2'), step: D('1') }, undefined, 3, 7);
    expect(stop).toEqual({ episode: 3, atMs: 7, amount: D('-2'), target: undefined, ...nothing, ...none });
    const close = takeUp({ amount: D('-2'), step: D('1') }, 50, 3, 7);
    expect(close).toEqual({ episode: 3, atMs: 7, amount: D('-2'), target: D('-1'), ...nothing, ...none });
    expect(leftToTarget(D('-2'), stop).toFixed()).toBe('0');
    expect(leftToTarget(D('2'), close).toFixed()).toBe('0');
  });

  it('is stored as plain text', () =>
    expect(JSON.parse(encodeTakenUp(takeUp({ amount: D('1e-7'), step: D('1e-7') }, 100, 0, 1)))).toEqual({
      episode: 0,
      atMs: 1,
      amount: '0.0000001',
      target: '0',
      isDone: false,
      hasFilled: false,
      stop: '',
      wasFlat: false,
    }));

  it.each([
    ['0.010', 75, '0.001', '0.003'],
    ['-0.010', 75, '0.001', '-0.003'],
    ['0.010', 100, '0.001', '0'],
    ['7', 50, '1', '4'],
    ['0.0105', 100, '0.001', '0.0005'],
    ['1', 33.3, '0.01', '0.67'],
  ])('of %s closed by %s per cent on step %s is %s [L4]', (amount, share, step, target) =>
    expect(taken(amount, share, step).target?.toFixed()).toBe(target),
  );

  it('is none for a stop', () => expect(taken('1', undefined).target).toBeUndefined());

  it.each([
    ['0.010', '0.007'],
    ['0.004', '0.001'],
    ['0.003', '0'],
    ['0.002', '0'],
    ['0', '0'],
    ['-0.010', '0'],
  ])('leaves of a position of %s still %s to close [L4]', (amount, left) =>
    expect(leftToTarget(D(amount), taken('0.010', 75)).toFixed()).toBe(left),
  );

  it('is never passed by shares of what is there, in whatever pieces it fills, and the pieces reach it [L4]', () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.integer({ min: 1, max: 100 }),
        fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { maxLength: 6 }),
        (steps, share, pieces) => {
          const step = D('0.001');
          let amount = step.mul(steps);
          const takenUp = takeUp({ amount, step }, share, 0, 0);
          const target = takenUp.target ?? D('NaN');
          for (const piece of [...pieces, 1]) {
            const permitted = floorToStep(amount.mul(share).div(100), step);
            const left = leftToTarget(amount, takenUp);
            // The share of what is there always leaves room for all that is left.
            expect(permitted.gte(left)).toBe(true);
            const filled = floorToStep(Decimal.min(permitted, left).mul(piece), step);
            amount = amount.minus(filled);
            expect(amount.gte(target)).toBe(true);
          }
          expect(leftToTarget(amount, takenUp).lt(step)).toBe(true);
        },
      ),
    ));
});

describe('a proposal after an order of it', () => {
  const claimed = (takenUp: TakenUp, left = '0.007') => ({
    identity: 'x',
    takenUp: encodeTakenUp(takenUp),
    left,
    smallest: '0.001',
  });
  const after = (executed: string, takenUp = taken('0.010', 75), left = '0.007') =>
    afterOrder(claimed(takenUp, left), { executedQty: D(executed), stop: '90000', atMs: 2_000 });

  it.each([
    ['0.007', true],
    ['0.006', false],
    ['0.0065', true],
    ['0.001', false],
  ])('that filled %s is done: %s [L6]', (executed, isDone) =>
    expect(after(executed)).toMatchObject({ isDone, hasFilled: true, atMs: 2_000, wasFlat: false }),
  );

  it('is flat when the whole position was closed', () =>
    expect(after('0.010', taken('0.010', 100), '0.010')).toMatchObject({ isDone: true, wasFlat: true }));

  it('is done when its stop was placed, and remembers the price', () =>
    expect(after('0', taken('0.010', undefined), '')).toMatchObject({ isDone: true, stop: '90000', hasFilled: false }));

  it.each([
    ['', '0.007', '0.001'],
    ['garbage', '0.007', '0.001'],
    [encodeTakenUp(taken('1', 50)), '', '0.001'],
    [encodeTakenUp(taken('1', 50)), '0.007', 'x'],
  ])('is not known where the journal is %s, %s, %s', (takenUp, left, smallest) =>
    expect(
      afterOrder({ identity: 'x', takenUp, left, smallest }, { executedQty: D('0.001'), stop: '', atMs: 1 }),
    ).toBeUndefined(),
  );
});

describe('what is stored of a proposal', () => {
  const ALL: TakenUp = {
    ...taken('-0.010', 75),
    stop: '1',
    flatSinceMs: 4,
    wasFlat: true,
    endedMs: 5,
    hasFilled: true,
  };

  it.each([ALL, taken('1', undefined)])('is read back as it was written', (takenUp) =>
    expect(parseTakenUp(encodeTakenUp(takenUp))).toEqual(takenUp),
  );

  it('that is not there is none', () => expect(parseTakenUp('')).toBeUndefined());

  it.each([
    'garbage',
    'null',
    '[]',
    '{}',
    encodeTakenUp(ALL).replace('"-0.01"', 'null'),
    encodeTakenUp(ALL).replace('"-0.003"', '"NaN"'),
    encodeTakenUp(ALL).replace('"isDone":false', '"isDone":"no"'),
    encodeTakenUp(ALL).replace('"hasFilled":true', '"hasFilled":1'),
    encodeTakenUp(ALL).replace('"wasFlat":true', '"wasFlat":null'),
    encodeTakenUp(ALL).replace('"stop":"1"', '"stop":1'),
    encodeTakenUp(ALL).replace('"episode":3', '"episode":"3"'),
    encodeTakenUp(ALL).replace('"atMs":1000', '"atMs":null'),
    encodeTakenUp(ALL).replace('"flatSinceMs":4', '"flatSinceMs":"4"'),
    encodeTakenUp(ALL).replace('"endedMs":5', '"endedMs":[]'),
  ])('that cannot be read is unreadable: %s', (text) => expect(parseTakenUp(text)).toBe('unreadable'));
});

describe('the channel of a proposal', () => {
  it.each([
    ['hash', true],
    ['stream', true],
    ['http', false],
    ['', false],
  ])('of source %j is the strategy: %s', (source, expected) => {
    expect(isFromStrategy(source)).toBe(expected);
  });
});
