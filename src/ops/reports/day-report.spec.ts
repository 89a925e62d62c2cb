import { expect, it } from 'vitest';
import type { Environment } from '../../config/environment.js';
import type { ExchangePort, SettledTrade } from '../../exchange/exchange.port.js';
import { Decimal } from '../../flow/0-decimal.js';
import type { ResultStream } from '../../redis/streams/result-stream.js';
import type { ArchivedPlans } from '../archive/archived-plans.js';
import { DayReport } from './day-report.js';

const DAY = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
const FROM = Date.parse(DAY);
const UNTIL = FROM + 86_400_000;
/** One around each end of the day: the first of each pair is outside or inside by a millisecond. */
const TIMES = [FROM - 1, FROM, UNTIL - 1, UNTIL];

const trade = (timeMs: number): SettledTrade => ({
  tradeId: String(timeMs),
  orderId: '1',
  side: 'SELL',
  positionSide: 'BOTH',
  quantity: new Decimal('0.3'),
  price: new Decimal(100),
  realizedPnl: new Decimal(1),
  commission: new Decimal('0.1'),
  commissionAsset: 'BNB',
  timeMs,
});

/** `amounts`: what the position is at each time that it is read. */
function reportWith(amounts: readonly string[]): DayReport {
  const left = [...amounts];
  const exchange: Partial<ExchangePort> = {
    hasCredentials: true,
    clock: () => ({ offsetMs: 0, uncertaintyMs: 0 }),
    tradedSymbols: () => Promise.resolve(new Set(['BTCUSDT'])),
    settledTrades: (_symbol, fromMs, untilMs) =>
      Promise.resolve(TIMES.filter((at) => at >= fromMs && at < untilMs).map(trade)),
    clientOrderIds: () => Promise.resolve(new Map()),
    positions: ([symbol]) =>
      Promise.resolve({
        positions: new Map(symbol === undefined ? [] : [[symbol, { amount: new Decimal(left.shift() ?? 0) }]]),
        unreadable: new Map(),
      } as unknown as Awaited<ReturnType<ExchangePort['positions']>>),
  };
  const results = {
    async *since() {
      for (const atMs of TIMES)
        yield await Promise.resolve({ atMs, fields: { error: 'e', reason: String(TIMES.indexOf(atMs)), symbol: 'S' } });
    },
  };
  return new DayReport(
    { applyAllowlist: [] } as unknown as Environment,
    { denials: () => Promise.resolve(undefined) } as unknown as ArchivedPlans,
    results as unknown as ResultStream,
    exchange as ExchangePort,
  );
}

it('has what happened from the first to the last millisecond of the UTC day, and no more', async () => {
  const { closed, denied, is_over: isOver, sums } = await reportWith(['0', '0']).make(DAY);
  expect(closed.map(({ at_ms: at }) => at)).toEqual([FROM, UNTIL - 1]);
  expect(denied.map(({ reason }) => reason)).toEqual(['1', '2']);
  expect(isOver).toBe(true);
  // A profit and a fee in different assets are not summed up.
  expect(sums).toEqual([
    { asset: 'USDT', realized_pnl: '2', fees: '0', net: '2', opening_fees: '0' },
    { asset: 'BNB', realized_pnl: '0', fees: '0.2', net: '-0.2', opening_fees: '0' },
  ]);
});

it('splits a trade by the position of now, unless that changes while it is read', async () => {
  const opened = async (amounts: readonly string[]): Promise<string[]> =>
    (await reportWith(amounts).make(DAY)).closed.map(({ opened_quantity: part }) => part);
  // Back from -0.4 over three sales of 0.3 since the day began, one of them after its end: 0.5, 0.2, -0.1.
  expect(await opened(['-0.4', '-0.4'])).toEqual(['0', '0.1']);
  expect(await opened(['-0.4', '-0.1'])).toEqual(['0', '0']);
});
