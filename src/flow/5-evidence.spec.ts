import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Decimal } from './0-decimal.js';
import { judgeLostOrder, type LostOrder, objectionTo, type OrderEvidence, type TradeSeen } from './5-evidence.js';

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

describe("an operator's resolution of a lost order part of [E3]", () => {
  it.each<[string, number, OrderEvidence, RegExp | undefined]>([
    ['absent, and nothing speaks of it', 0, known(4), undefined],
    ['absent, and the position is not known', 0, known(undefined), undefined],
    ['absent, and the position grew', 0, known(5), undefined],
    ['absent, and the position fell', 0, known(2), /moved by -2/],
    ['absent, but the stream reported it', 0, known(4, { recordedQty: d(2) }), /reported 2/],
    ['absent, but the stream reported a part', 0, known(undefined, { recordedQty: d(1) }), /reported 1/],
    ['filled, and nothing speaks of it', 2, known(4), undefined],
    ['filled as the stream reported', 2, known(undefined, { recordedQty: d(2) }), undefined],
    ['filled for more than the stream reported', 2, known(undefined, { recordedQty: d(1) }), /reported 1 .* not 2/],
    ['filled for more than the stream reported, as the position says', 2, known(2, { recordedQty: d(1) }), undefined],
    ['filled for more than both', 2, known(3, { recordedQty: d(1) }), /reported 1 .* not 2/],
    ['filled for less than the stream reported', 1, known(3, { recordedQty: d(2) }), /reported 2 .* not 1/],
  ])('%s', (_what, executedQty, evidence, objection) => {
    expect(objectionTo(d(executedQty), SELL_2, evidence) ?? 'none').toMatch(objection ?? /^none$/);
  });
});
