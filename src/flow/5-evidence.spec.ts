import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Decimal } from './0-decimal.js';
import {
  judgeLostOrder,
  type LookedUp,
  type LostOrder,
  objectionTo,
  type OrderEvidence,
  type StreamAlive,
  type StreamVote,
  streamVote,
  type TradeSeen,
} from './5-evidence.js';

const CLAIMED_MS = 100_000;
const READ_MS = 140_000;
const d = (value: number): Decimal => new Decimal(value);
const SELL_2: LostOrder = { side: 'SELL', quantity: d(2), isStop: false };
const STOP: LostOrder = { side: 'SELL', quantity: d(4), isStop: true };

/** A position of 4 before the claim; `after` later. The moments of both reads are known to two seconds. */
function known(after: number | undefined, more: Partial<OrderEvidence> = {}): OrderEvidence {
  return {
    recordedQty: d(0),
    ledgerNamesPlan: false,
    before: { amount: d(4), fromMs: CLAIMED_MS - 2_000, untilMs: CLAIMED_MS },
    after: after === undefined ? undefined : { amount: d(after), fromMs: READ_MS - 2_000, untilMs: READ_MS + 2_000 },
    trades: [],
    listed: false,
    stepSize: d(0.001),
    stream: 'alive_throughout',
    ...more,
  };
}
const trade = (side: 'BUY' | 'SELL', quantity: number, timeMs = 120_000, mayBeOurs = false): TradeSeen => ({
  side,
  quantity: d(quantity),
  timeMs,
  mayBeOurs,
});

describe('the outcome of a lost order part of [E1] [E2]', () => {
  it.each<[string, LostOrder, OrderEvidence, string, RegExp]>([
    ['nothing speaks of it', SELL_2, known(4), 'absent', /where other orders left it/],
    ['the position fell by its size', SELL_2, known(2), 'contradicted', /moved by -2,/],
    ['the position fell by a part', SELL_2, known(3.5), 'contradicted', /moved by -0\.5,/],
    ['the position fell by less than a step', SELL_2, known(3.9995), 'absent', /./],
    ['a short was bought back', { ...SELL_2, side: 'BUY' }, known(6), 'contradicted', /moved by 2,/],
    ['the position grew for no known reason', SELL_2, known(5), 'undecided', /moved the other way/],
    ['the list of open orders shows it', SELL_2, known(4, { listed: true }), 'contradicted', /list of open orders/],
    ['the list of open orders was not read', SELL_2, known(4, { listed: undefined }), 'absent', /./],
    ['others sold as much as it fell', SELL_2, known(2, { trades: [trade('SELL', 2)] }), 'absent', /./],
    ['others sold less than it fell', SELL_2, known(2, { trades: [trade('SELL', 1)] }), 'contradicted', /by -1,/],
    ['others bought, and it stands still', SELL_2, known(4, { trades: [trade('BUY', 2)] }), 'contradicted', /by -2,/],
    [
      'a trade of it may be its own',
      SELL_2,
      known(2, { trades: [trade('SELL', 2, 120_000, true)] }),
      'contradicted',
      /2 traded on its side/,
    ],
    [
      'others sold when the position was read the first time: it may be that sale or this order',
      SELL_2,
      known(2, { trades: [trade('SELL', 2, CLAIMED_MS - 1_000)] }),
      'contradicted',
      /by -2,/,
    ],
    [
      'others sold when the position was read the last time, and it stands still',
      SELL_2,
      known(4, { trades: [trade('SELL', 2, READ_MS)] }),
      'absent',
      /./,
    ],
    [
      'others bought when the position was read the last time: their trade may hide this order',
      SELL_2,
      known(4, { trades: [trade('BUY', 2, READ_MS)] }),
      'contradicted',
      /by -2,/,
    ],
    [
      'trades out of the time do not explain',
      SELL_2,
      known(2, { trades: [trade('SELL', 2, 1)] }),
      'contradicted',
      /-2/,
    ],
    ['the position before is not known', SELL_2, known(4, { before: undefined }), 'undecided', /before the claim/],
    ['the position after is not known', SELL_2, known(undefined), 'undecided', /after the exchange could last accept/],
    ['the step is not known', SELL_2, known(3.9995, { stepSize: undefined }), 'contradicted', /-0\.0005/],
    ['the stream reported all of it', SELL_2, known(4, { recordedQty: d(2) }), 'executed', /reported 2/],
    [
      'the stream reported a part, and the position moved by it',
      SELL_2,
      known(3, { recordedQty: d(1) }),
      'executed',
      /as much/,
    ],
    [
      'the stream reported less than the position moved',
      SELL_2,
      known(2, { recordedQty: d(1) }),
      'contradicted',
      /by -2/,
    ],
    [
      'the stream reported a part, and the position is not known',
      SELL_2,
      known(undefined, { recordedQty: d(1) }),
      'contradicted',
      /reported 1/,
    ],
    [
      'the stream reported a fill, and the journal does not contain the quantity',
      { ...SELL_2, quantity: undefined },
      known(4, { recordedQty: d(2) }),
      'contradicted',
      /reported 2/,
    ],
    ['the record cannot be read', SELL_2, known(4, { recordedQty: undefined }), 'contradicted', /cannot be read/],
    ['the ledger knows the plan', SELL_2, known(4, { ledgerNamesPlan: true }), 'contradicted', /ledger's last fill/],
    [
      'the user stream was alive and silent',
      SELL_2,
      known(4),
      'absent',
      /^the user stream was alive all the time and did not report it, and the position is where/,
    ],
    [
      'the user stream was not alive all the time',
      SELL_2,
      known(4, { stream: undefined }),
      'absent',
      /^the user stream was not alive all the time and has no vote, and the position is where/,
    ],
    ['the user stream may still report it', SELL_2, known(4, { stream: 'not_yet' }), 'absent', /has no vote/],
    ['a stop, and nothing speaks of it', STOP, known(4), 'absent', /./],
    ['a stop on a position that is not known', STOP, known(4, { before: undefined }), 'absent', /not known/],
    ['a stop whose trigger the stream reported', STOP, known(0, { recordedQty: d(1) }), 'executed', /./],
    ['a stop, and the position fell', STOP, known(1), 'contradicted', /by -3/],
  ])('%s', (_what, order, evidence, kind, because) => {
    const word = judgeLostOrder(order, evidence);
    expect(word.kind).toBe(kind);
    expect(word.because).toMatch(because);
  });

  it('an order that filled is never called absent while all trades of others are known, whenever they were made', () => {
    const others = fc.array(
      fc.record({
        buys: fc.boolean(),
        lots: fc.integer({ min: 1, max: 5 }),
        timeMs: fc.integer({ min: 98_000, max: 142_000 }),
      }),
      { maxLength: 6 },
    );
    const inside = fc.record({
      filled: fc.integer({ min: 1, max: 5 }),
      side: fc.constantFrom('BUY' as const, 'SELL' as const),
      // The moments at which the reads really were.
      firstMs: fc.integer({ min: CLAIMED_MS - 2_000, max: CLAIMED_MS }),
      lastMs: fc.integer({ min: READ_MS - 2_000, max: READ_MS + 2_000 }),
    });
    fc.assert(
      fc.property(others, inside, (trades, { filled, side, firstMs, lastMs }) => {
        const seen = trades.map(({ buys, lots, timeMs }) => trade(buys ? 'BUY' : 'SELL', lots, timeMs));
        const between = seen.filter(({ timeMs }) => timeMs > firstMs && timeMs <= lastMs);
        const net = between.reduce((sum, each) => sum + (each.side === 'BUY' ? 1 : -1) * each.quantity.toNumber(), 0);
        const after = 100 + net + (side === 'BUY' ? filled : -filled);
        const evidence = { ...known(after, { trades: seen }), stepSize: d(1) };
        const before = { amount: d(100), fromMs: CLAIMED_MS - 2_000, untilMs: CLAIMED_MS };
        expect(judgeLostOrder({ side, quantity: d(5), isStop: false }, { ...evidence, before }).kind).toBe(
          'contradicted',
        );
      }),
    );
  });
});

describe('a trade of another order beside the reads of the position; part of [E1] [E2]', () => {
  const [FIRST, LAST] = [
    { fromMs: CLAIMED_MS - 2_000, untilMs: CLAIMED_MS },
    { fromMs: READ_MS - 2_000, untilMs: READ_MS + 2_000 },
  ];

  it.each<[string, number, 'absent' | 'contradicted']>([
    ['before the first read is in both', FIRST.fromMs - 1, 'absent'],
    ['as the first read may begin is in the first or not', FIRST.fromMs, 'contradicted'],
    ['as the last read may end is in the last or not', LAST.untilMs, 'contradicted'],
    ['after the last read is in neither', LAST.untilMs + 1, 'absent'],
  ])('%s: others bought, and the position is the same', (_what, timeMs, kind) =>
    expect(judgeLostOrder(SELL_2, known(4, { trades: [trade('BUY', 2, timeMs)] })).kind).toBe(kind),
  );

  it.each<[string, number, 'absent' | 'contradicted']>([
    ['as the first read may end is in the first or not', FIRST.untilMs, 'contradicted'],
    ['after the first read is in the last alone', FIRST.untilMs + 1, 'absent'],
    ['before the last read is in the last alone', LAST.fromMs - 1, 'absent'],
    ['as the last read may begin is in the last or not', LAST.fromMs, 'contradicted'],
  ])('%s: others sold as much as the position fell', (_what, timeMs, kind) =>
    expect(judgeLostOrder(SELL_2, known(2, { trades: [trade('SELL', 2, timeMs)] })).kind).toBe(kind),
  );

  it('has no vote beside so many others that nobody can say which a read includes', () => {
    const at = (timeMs: number, times: number): TradeSeen[] =>
      Array.from({ length: times }, () => trade('SELL', 0, timeMs));
    const amid = at(120_000, 500);
    const judged = (first: number, last: number) =>
      judgeLostOrder(SELL_2, known(4, { trades: [...at(CLAIMED_MS, first), ...amid, ...at(READ_MS, last)] }));
    expect(judged(49, 49)).toMatchObject({ kind: 'absent' });
    for (const [first, last] of [
      [50, 49],
      [49, 50],
    ] as const)
      expect(judged(first, last)).toEqual({
        kind: 'undecided',
        because: 'other trades are too frequent to judge one order by the position',
      });
  });

  it('leaves two readings, and both are named where a reported part fits neither', () => {
    const evidence = known(4, { recordedQty: d(1), trades: [trade('BUY', 2, CLAIMED_MS)] });
    expect(judgeLostOrder(SELL_2, evidence)).toMatchObject({
      kind: 'contradicted',
      because: expect.stringMatching(/moved by (-2 or 0|0 or -2)$/) as string,
    });
  });
});

describe('the vote of the user stream; part of [E1] [E2]', () => {
  const UNTIL_MS = CLAIMED_MS + 3_000;
  const alive = (sinceMs: number, lastMs: number): StreamAlive => ({ sinceMs, lastMs });
  it.each<[string, StreamAlive | undefined, number, StreamVote]>([
    [
      'alive from before the claim until after acceptance',
      alive(CLAIMED_MS - 100, UNTIL_MS + 100),
      0,
      'alive_throughout',
    ],
    ['connected at about the claim', alive(CLAIMED_MS - 99, UNTIL_MS + 100), 0, undefined],
    ['connected again later', alive(CLAIMED_MS + 1, UNTIL_MS + 9_000), 0, undefined],
    ['alive until just before the end, and still there', alive(0, UNTIL_MS + 99), UNTIL_MS + 3_098, 'not_yet'],
    ['alive until just before the end, and gone', alive(0, UNTIL_MS + 99), UNTIL_MS + 3_099, undefined],
    ['never known', undefined, 0, undefined],
    ['garbage', alive(NaN, NaN), 0, undefined],
  ])('%s', (_what, seen, nowMs, vote) => {
    expect(streamVote(seen, CLAIMED_MS, UNTIL_MS, nowMs)).toBe(vote);
  });

  it('is none without a claim', () => {
    expect(streamVote(alive(0, 9e9), undefined, UNTIL_MS, 0)).toBeUndefined();
    expect(streamVote(alive(0, 9e9), CLAIMED_MS, undefined, 0)).toBeUndefined();
    expect(streamVote(alive(-9e9, 9e9), undefined, 0, 0)).toBeUndefined();
  });
});

describe("an operator's resolution of a lost order [E3]", () => {
  const found = (shown: string, qty: number, isFinal = true): LookedUp => ({
    kind: 'found',
    shown,
    isFinal,
    executedQty: d(qty),
  });
  const NOT_FOUND: LookedUp = { kind: 'not_found' };
  const OWN = trade('SELL', 2, 120_000, true);
  type Said = readonly ['not_found' | 'filled' | 'partly_filled' | 'placed', number];
  const ABSENT: Said = ['not_found', 0];
  const FILLED: Said = ['filled', 2];
  const PART: Said = ['partly_filled', 1];
  const PLACED: Said = ['placed', 0];
  const takes = /^none$/;

  it.each<[string, Said, OrderEvidence, RegExp]>([
    ['absent, and nothing speaks of it', ABSENT, known(4), takes],
    ['absent, and the position is not known', ABSENT, known(undefined), takes],
    ['absent, and the position grew', ABSENT, known(5), takes],
    ['absent, and the position fell', ABSENT, known(2), /moved by -2/],
    ['absent, but the stream reported it', ABSENT, known(4, { recordedQty: d(2) }), /reported 2/],
    ['absent, but the stream reported a part', ABSENT, known(undefined, { recordedQty: d(1) }), /reported 1/],
    ['absent, but the ledger names the plan', ABSENT, known(4, { ledgerNamesPlan: true }), /ledger's last fill/],
    ['absent, but the open orders list it', ABSENT, known(4, { listed: true }), /list of open orders/],
    ['absent, but it may have traded', ABSENT, known(undefined, { trades: [OWN] }), /2 traded on its side/],
    ['filled, and the position is not known', FILLED, known(undefined), takes],
    ['filled, and the position before is not known', FILLED, known(4, { before: undefined }), takes],
    [
      'filled, and the position did not move',
      FILLED,
      known(4),
      /^the position moved by 0, not by -2, and no trade of it is known$/,
    ],
    ['filled, and the position fell by a part', FILLED, known(3), /moved by -1, not by -2/],
    ['filled, and the position fell by more', FILLED, known(1), /moved by -3, not by -2/],
    ['filled, and the position fell by it', FILLED, known(2), takes],
    ['filled, and the position fell by it to less than a step', FILLED, known(2.0005), takes],
    ['filled, and the position does not show it to a step', FILLED, known(2.001), /moved by -1\.999, not by -2/],
    ['filled, and others bought as much', FILLED, known(4, { trades: [trade('BUY', 2)] }), takes],
    [
      'filled, and others sold what the position fell by',
      FILLED,
      known(2, { trades: [trade('SELL', 2)] }),
      /moved by 0, not by -2/,
    ],
    [
      'filled, and others sold when the position was read the last time: one reading has it',
      FILLED,
      known(2, { trades: [trade('SELL', 2, READ_MS)] }),
      takes,
    ],
    [
      'filled, and neither reading has it',
      FILLED,
      known(3, { trades: [trade('SELL', 3, READ_MS)] }),
      /moved by -1 or 2, not by -2/,
    ],
    ['a part filled, and the position fell by it', PART, known(3), takes],
    ['a part filled, and the position fell by all', PART, known(2), /moved by -2, not by -1/],
    ['a part filled, and the position did not move', PART, known(4), /moved by 0, not by -1/],
    ['filled as it traded, whatever the position', FILLED, known(4, { trades: [OWN] }), takes],
    ['a part filled, and more traded', PART, known(undefined, { trades: [OWN] }), /^2 traded on its side, not 1$/],
    [
      'a part filled, and more traded than the position fell by',
      PART,
      known(3, { trades: [OWN] }),
      /^2 traded on its side, not 1$/,
    ],
    [
      'filled, and less traded',
      FILLED,
      known(undefined, { trades: [trade('SELL', 1, 120_000, true)] }),
      /^1 traded on its side, not 2$/,
    ],
    [
      'filled, and less traded yet than the position fell by',
      FILLED,
      known(2, { trades: [trade('SELL', 1, 120_000, true)] }),
      takes,
    ],
    ['filled, and a trade of it on the other side', FILLED, known(4, { trades: [trade('BUY', 2, 1, true)] }), /by 0/],
    ['filled, and the trades are not known', FILLED, known(4, { trades: undefined }), /moved by 0, not by -2/],
    ['filled, and the open orders list it', FILLED, known(2, { listed: true }), /list of open orders .* not ended/],
    ['a part filled, and the open orders list it', PART, known(3, { listed: true }), /not ended/],
    ['filled as the stream reported', FILLED, known(undefined, { recordedQty: d(2) }), takes],
    [
      'filled as the stream reported, against everything else',
      FILLED,
      known(4, { recordedQty: d(2), listed: true }),
      takes,
    ],
    ['filled, and the record cannot be read', FILLED, known(undefined, { recordedQty: undefined }), takes],
    [
      'filled for more than the stream reported',
      FILLED,
      known(undefined, { recordedQty: d(1) }),
      /reported 1 .* not 2/,
    ],
    ['filled for more than the stream reported, as the position says', FILLED, known(2, { recordedQty: d(1) }), takes],
    ['filled for more than both', FILLED, known(3, { recordedQty: d(1) }), /reported 1 .* not 2/],
    ['a part filled, less than the stream reported', PART, known(3, { recordedQty: d(2) }), /reported 2 .* not 1/],
  ])('%s', (_what, [outcome, qty], evidence, objection) => {
    for (const lookedUp of [undefined, NOT_FOUND])
      expect(objectionTo(outcome, d(qty), SELL_2, evidence, lookedUp) ?? 'none').toMatch(objection);
  });

  it.each<[string, Said, OrderEvidence, RegExp]>([
    ['filled', FILLED, known(6), takes],
    ['filled, and it did not move', FILLED, known(4), /^the position moved by 0, not by 2,/],
    ['absent', ABSENT, known(6), /moved by 2,/],
  ])('of a BUY: %s', (_what, [outcome, qty], evidence, objection) =>
    expect(objectionTo(outcome, d(qty), { ...SELL_2, side: 'BUY' }, evidence, NOT_FOUND) ?? 'none').toMatch(objection),
  );

  it.each<[string, Said, LookedUp, RegExp]>([
    [
      'absent, but the look-up finds it',
      ABSENT,
      found('FILLED, executed 2', 2),
      /^the exchange shows it: FILLED, exec/,
    ],
    ['absent, but it ended with nothing filled', ABSENT, found('EXPIRED, executed 0', 0), /shows it: EXPIRED/],
    ['filled as the look-up says, whatever the rest', FILLED, found('FILLED, executed 2', 2), takes],
    ['filled, and the look-up says a part', FILLED, found('EXPIRED, executed 1', 1), /shows it: EXPIRED, executed 1/],
    ['a part filled, as the look-up says', PART, found('EXPIRED, executed 1', 1), takes],
    ['a part filled, and the order is open', PART, found('PARTIALLY_FILLED, executed 1', 1, false), /PARTIALLY/],
    ['placed, and it is listed', PLACED, found('listed', 0, false), takes],
  ])('%s', (_what, [outcome, qty], lookedUp, objection) =>
    expect(objectionTo(outcome, d(qty), SELL_2, known(4), lookedUp) ?? 'none').toMatch(objection),
  );

  it.each<[string, Said, OrderEvidence, LookedUp | undefined, RegExp]>([
    ['placed, and nobody asked', PLACED, known(4), undefined, takes],
    [
      'placed, and nothing shows it',
      PLACED,
      known(4),
      NOT_FOUND,
      /^neither the look-up nor the list of open algo orders/,
    ],
    ['placed, not shown, and the position is not known', PLACED, known(undefined), NOT_FOUND, takes],
    ['placed, not shown, and the position fell: it was triggered', PLACED, known(0), NOT_FOUND, takes],
    ['placed, not shown, and the position grew', PLACED, known(5), NOT_FOUND, takes],
    ['absent, and nothing shows it', ABSENT, known(4), NOT_FOUND, takes],
    [
      'absent, and it is listed',
      ABSENT,
      known(4),
      found('the list of open algo orders has it', 0, false),
      /algo orders/,
    ],
    ['absent, but the stream reported its trigger', ABSENT, known(0, { recordedQty: d(4) }), NOT_FOUND, /reported 4/],
  ])('of a stop: %s', (_what, [outcome, qty], evidence, lookedUp, objection) =>
    expect(objectionTo(outcome, d(qty), STOP, evidence, lookedUp) ?? 'none').toMatch(objection),
  );
});
