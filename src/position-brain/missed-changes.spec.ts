import { beforeEach, describe, expect, it } from 'vitest';
import { Decimal } from '../flow/0-decimal.js';
import type { MarketSymbol } from '../flow/0-primitives.js';
import { MissedChanges } from './missed-changes.js';

const BTC = 'BTCUSDT' as MarketSymbol;
const amount = (text: string): Decimal => new Decimal(text);

describe('a change that the stream did not report', () => {
  let missed: MissedChanges;
  beforeEach(() => {
    missed = new MissedChanges();
    missed.connected(1_000);
    missed.read(BTC, amount('0.010'), 1_100, 1_150);
  });

  it('is overdue two seconds after a read showed it, and named once [S14]', () => {
    missed.read(BTC, amount('0.004'), 2_000, 2_050);
    missed.read(BTC, amount('0.004'), 3_000, 3_050);
    expect(missed.overdue(4_050)).toEqual([]);
    expect(missed.overdue(4_051)).toEqual([BTC]);
    expect(missed.overdue(9_000)).toEqual([]);
  });

  it.each([
    ['the push comes after the read', (): void => missed.pushed(BTC, amount('0.004'), 1_990)],
    ['the connection is another by then', (): void => missed.connected(3_000)],
    ['the connection is lost', (): void => missed.disconnected()],
  ])('is none when %s', (_, happens) => {
    missed.read(BTC, amount('0.004'), 2_000, 2_050);
    happens();
    expect(missed.overdue(9_000)).toEqual([]);
  });

  it('is none when the push came before the read', () => {
    missed.pushed(BTC, amount('0.004'), 1_500);
    missed.read(BTC, amount('0.004'), 2_000, 2_050);
    expect(missed.overdue(9_000)).toEqual([]);
  });

  it('is none when it may have happened before the stream was open', () => {
    missed.connected(1_200);
    missed.read(BTC, amount('0.004'), 1_300, 1_350);
    expect(missed.overdue(9_000)).toEqual([]);
    missed.read(BTC, amount('0.003'), 1_400, 1_450);
    expect(missed.overdue(9_000)).toEqual([BTC]);
  });

  it('is none when an older read answers late', () => {
    missed.pushed(BTC, amount('0.004'), 1_500);
    missed.read(BTC, amount('0.010'), 1_400, 2_050);
    expect(missed.overdue(9_000)).toEqual([]);
  });

  it('is none for the same amount in other digits', () => {
    missed.read(BTC, amount('0.01'), 2_000, 2_050);
    expect(missed.overdue(9_000)).toEqual([]);
  });
});
