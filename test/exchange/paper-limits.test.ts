import { afterEach, describe, expect, it } from 'vitest';
import { type PaperExchange, type PaperExchangeOptions, startPaperExchange } from '../../src/paper-exchange/index.js';
import { call, market } from './paper-client.js';

let paper: PaperExchange;
const start = async (limits: NonNullable<PaperExchangeOptions['limits']>) => {
  paper = await startPaperExchange({ port: 0, positions: { BTCUSDT: '1' }, limits });
};
afterEach(() => paper.close());

/** Waits, if need be, so that the next second lies inside one minute and one 10 s interval. */
async function insideOneInterval(): Promise<void> {
  const leftMs = 10_000 - (Date.now() % 10_000);
  if (leftMs < 2000) await new Promise((resolve) => setTimeout(resolve, leftMs + 5));
}

const weightOf = async (path: string, fields: Record<string, string> = {}): Promise<number> => {
  const used = async (): Promise<number> => {
    const answer = await call(paper, 'GET', '/fapi/v1/ping', {}, { unsigned: true });
    return Number(answer.headers.get('X-MBX-USED-WEIGHT-1M'));
  };
  const before = await used();
  await call(paper, 'GET', path, fields);
  return (await used()) - before - 1;
};

describe('limits', () => {
  it('weighs requests as production does', async () => {
    await start({});
    await insideOneInterval();
    expect(await weightOf('/fapi/v1/exchangeInfo')).toBe(1);
    expect(await weightOf('/fapi/v3/positionRisk')).toBe(5);
    expect(await weightOf('/fapi/v1/positionSide/dual')).toBe(30);
    expect(await weightOf('/fapi/v1/premiumIndex')).toBe(10);
    expect(await weightOf('/fapi/v1/premiumIndex', { symbol: 'BTCUSDT' })).toBe(1);
    expect(await weightOf('/fapi/v1/openOrders')).toBe(40);
    expect(await weightOf('/fapi/v1/userTrades', { symbol: 'BTCUSDT' })).toBe(5);
  });

  it('counts orders in 10 s and in a minute; an order weighs nothing', async () => {
    await start({});
    await insideOneInterval();
    await market(paper, 'SELL', '0.010');
    const { headers } = await market(paper, 'SELL', '0.010');
    expect(headers.get('X-MBX-ORDER-COUNT-10S')).toBe('2');
    expect(headers.get('X-MBX-ORDER-COUNT-1M')).toBe('2');
    expect(headers.get('X-MBX-USED-WEIGHT-1M')).toBe('0');
  });

  it('429 -1015 beyond the order limit, and the order is not placed', async () => {
    await start({ ordersPer10s: 2 });
    await insideOneInterval();
    await market(paper, 'SELL', '0.010');
    await market(paper, 'SELL', '0.010');
    const third = await market(paper, 'SELL', '0.010');
    expect(third).toMatchObject({ status: 429, json: { code: -1015 } });
    expect(Number(third.headers.get('Retry-After'))).toBeGreaterThan(0);
    expect(paper.records().orders).toHaveLength(2);
  });

  it('429 -1003 with Retry-After beyond the weight, 418 with the ban time for a client that continues, then again after it', async () => {
    await start({ weightPerMinute: 3, violationsBeforeBan: 2, banMs: 300 });
    await insideOneInterval();
    const ask = () => call(paper, 'GET', '/fapi/v1/ping', {}, { unsigned: true });
    const seen = [];
    for (let index = 0; index < 6; index += 1) seen.push(await ask());
    expect(seen.map((answer) => answer.status)).toEqual([200, 200, 200, 429, 429, 418]);
    expect(seen[3]?.json).toMatchObject({ code: -1003 });
    expect(Number(seen[3]?.headers.get('Retry-After'))).toBeGreaterThan(0);
    const until = Number(/banned until (\d{13})/.exec(String(seen[5]?.json['msg']))?.[1]);
    expect(until).toBeGreaterThan(Date.now());
    expect(until).toBeLessThanOrEqual(Date.now() + 300);
    expect((await ask()).status).toBe(418);
    await expect.poll(async () => (await ask()).status, { timeout: 2000 }).not.toBe(418);
  });

  it('shows its limits in exchangeInfo', async () => {
    await start({ weightPerMinute: 77 });
    const info = await call(paper, 'GET', '/fapi/v1/exchangeInfo', {}, { unsigned: true });
    expect(info.json['rateLimits']).toContainEqual({
      rateLimitType: 'REQUEST_WEIGHT',
      interval: 'MINUTE',
      intervalNum: 1,
      limit: 77,
    });
  });
});
