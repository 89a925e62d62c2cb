import { describe, expect, it } from 'vitest';
import { Decimal } from './0-decimal.js';
import type { LostOrder, OrderEvidence } from './5-evidence.js';
import { judgeGoingAgain, MOST_RESENDS, RESEND_WITHIN_MS, type SentSoFar, whyItWaits } from './5-going-again.js';

const d = (value: number): Decimal => new Decimal(value);
const CLAIMED_MS = 100_000;
const READ_MS = 103_500;
const CLOSE: LostOrder = { side: 'SELL', quantity: d(4), isStop: false };
const SENT: SentSoFar = { target: d(0), resends: 0, firstClaimedMs: CLAIMED_MS, wasAnswered: false };
/** Nothing shows the order, and the position of 4 is the same. */
const NOTHING: OrderEvidence = {
  recordedQty: d(0),
  ledgerNamesPlan: false,
  before: { amount: d(4), fromMs: CLAIMED_MS - 2_000, untilMs: CLAIMED_MS },
  after: { amount: d(4), fromMs: READ_MS - 2_000, untilMs: READ_MS + 2_000 },
  trades: [],
  listed: false,
  stepSize: d(0.001),
  stream: 'alive_throughout',
};
const after = (amount: number): Partial<OrderEvidence> => ({
  after: { amount: d(amount), fromMs: READ_MS - 2_000, untilMs: READ_MS + 2_000 },
});
const sold = (mayBeOurs: boolean): Partial<OrderEvidence> => ({
  trades: [{ side: 'SELL', quantity: d(1), timeMs: CLAIMED_MS + 500, mayBeOurs }],
});

describe('a full close whose order is not known part of [E5]', () => {
  it.each<[string, Partial<OrderEvidence>]>([
    ['nothing shows the order, and the position is the same', {}],
    ['the user stream has no vote', { stream: undefined }],
  ])('may go again: %s', (_what, more) => {
    expect(judgeGoingAgain(CLOSE, { ...NOTHING, ...more }, SENT, READ_MS)).toEqual({ kind: 'may_go_again' });
  });

  it.each<[string, Partial<OrderEvidence>, RegExp]>([
    ['the user stream is alive and not known to be that far', { stream: 'not_yet' }, /may still report/],
    ['the user stream reported all of it', { recordedQty: d(4) }, /reported 4/],
    ['the user stream reported a part', { recordedQty: d(1) }, /reported 1/],
    ['the ledger names the plan', { ledgerNamesPlan: true }, /ledger's last fill/],
    ['it is listed', { listed: true }, /open orders shows it/],
    ['the open orders were not read', { listed: undefined }, /were not read/],
    ['the trades were not read', { trades: undefined }, /were not read/],
    ['a trade may be its own', sold(true), /traded on its side/],
    ['the position is flat', after(0), /moved by -4/],
    ['the position fell', after(3), /moved by -1/],
    ['the position fell by a trade of another order', { ...sold(false), ...after(3) }, /position is another one/],
    ['the position fell by less than a step', after(3.9995), /position is another one/],
    ['the position before is not known', { before: undefined }, /before the claim is not known/],
    ['the position was not read after it', { after: undefined }, /no position was read after/],
  ])('waits: %s', (_what, more, because) => {
    const word = judgeGoingAgain(CLOSE, { ...NOTHING, ...more }, SENT, READ_MS);
    expect(word).toEqual({ kind: 'waits', because: expect.stringMatching(because) as string });
  });

  it.each<[string, LostOrder, Partial<SentSoFar>, number, string | undefined]>([
    ['the first order, at once', CLOSE, {}, CLAIMED_MS, undefined],
    ['the last that is allowed', CLOSE, { resends: MOST_RESENDS - 1 }, READ_MS, undefined],
    ['one more', CLOSE, { resends: MOST_RESENDS }, READ_MS, 'it was sent again 3 times'],
    ['a number that cannot be read', CLOSE, { resends: NaN }, READ_MS, 'it was sent again NaN times'],
    ['just in time', CLOSE, {}, CLAIMED_MS + RESEND_WITHIN_MS - 1, undefined],
    ['too late', CLOSE, {}, CLAIMED_MS + RESEND_WITHIN_MS, 'the first order of the close was claimed 20 s ago'],
    ['no first claim', CLOSE, { firstClaimedMs: undefined }, 0, 'the first order of the close was claimed 20 s ago'],
    ['a part', CLOSE, { target: d(1) }, READ_MS, 'only a full close goes again before the proof'],
    ['no target', CLOSE, { target: undefined }, READ_MS, 'only a full close goes again before the proof'],
    ['a stop', { ...CLOSE, isStop: true }, {}, READ_MS, 'only a full close goes again before the proof'],
    ['an answered order', CLOSE, { wasAnswered: true }, READ_MS, 'the exchange answered this order'],
  ])('%s', (_what, order, more, nowMs, because) => {
    const sent = { ...SENT, ...more };
    expect(whyItWaits(order, sent, nowMs)).toBe(because);
    const word = judgeGoingAgain(order, NOTHING, sent, nowMs);
    expect(word).toEqual(because === undefined ? { kind: 'may_go_again' } : { kind: 'waits', because });
  });
});
