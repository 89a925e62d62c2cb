import type { ExchangeFault } from '../../harness/paper-exchange-process.js';

/** One order a symbol can be underway at a time: many symbols, so that many are. */
const SYMBOLS = Array.from({ length: 24 }, (_, index) => `KS${String(index + 1).padStart(2, '0')}USDT`);
/** How long the exchange takes to look at an order, symbol by symbol; all shorter than the requests live. */
const DELAYS_MS = [0, 0, 0, 3, 8, 15, 25, 40, 60, 90, 130, 180];

export const ORDER = { method: 'POST', path: '/order' } as const;

/** Far above the market maximum, to which every order is cut: no position runs out in a thousand rounds. */
export const POSITIONS: Readonly<Record<string, string>> = Object.fromEntries(
  SYMBOLS.map((symbol, index) => [symbol, index % 2 === 0 ? '90000000' : '-90000000']),
);

/** What lasts all the time: orders arrive late, some answers too, and one symbol's fills come after the answer. */
export function standingFaults(): ExchangeFault[] {
  return SYMBOLS.flatMap((symbol, index): ExchangeFault[] => {
    const match = { ...ORDER, symbol };
    const ms = DELAYS_MS[index % DELAYS_MS.length] ?? 0;
    const delays: ExchangeFault = {
      match,
      action: { type: 'delay', ms, when: index % 3 === 2 ? 'after' : 'before' },
      times: -1,
    };
    if (index % 8 !== 5) return [delays];
    return [delays, { match, action: { type: 'respondAs', status: 'NEW', fillAfterMs: 60 }, times: -1 }];
  });
}
