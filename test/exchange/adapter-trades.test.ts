import { expect, it } from 'vitest';
import { UNLIMITED } from '../harness/paper-exchange-process.js';
import { BTC, useRig } from './adapter-support.js';
import { call } from './paper-client.js';

const rig = useRig(UNLIMITED);

it('more trades than a page are read to the last from the exchange itself, between two times and since one', async () => {
  const sinceMs = Date.now();
  const byHand = { symbol: BTC, side: 'BUY', type: 'MARKET', quantity: '0.002' };
  for (let placed = 0; placed < 1_005; placed += 15)
    await Promise.all(Array.from({ length: 15 }, () => call(rig.paper, 'POST', '/fapi/v1/order', byHand)));
  const ids = rig.paper.records().trades.map(({ id }) => String(id));
  expect(ids.length).toBe(1_005);
  const untilMs = Date.now() + 1;
  const settled = await rig.exchange.settledTrades(BTC, sinceMs, untilMs);
  expect(settled.map(({ tradeId }) => tradeId).toSorted()).toEqual(ids.toSorted());
  expect(await rig.exchange.trades(BTC, sinceMs)).toHaveLength(1_005);
  // As Binance lists them: from a start on the oldest, without one the newest.
  const listed = async (fields: Record<string, string | number>) =>
    (await call(rig.paper, 'GET', '/fapi/v1/userTrades', { symbol: BTC, limit: 3, ...fields })).list.map((each) =>
      String((each as { id: number }).id),
    );
  expect(await listed({ startTime: sinceMs })).toEqual(ids.slice(0, 3));
  expect(await listed({ startTime: sinceMs, endTime: untilMs })).toEqual(ids.slice(0, 3));
  expect(await listed({})).toEqual(ids.slice(-3));
});
