import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type PaperExchange, runPaperExchange, startPaperExchange } from '../../src/paper-exchange/index.js';
import { call, held, market } from './paper-client.js';

let paper: PaperExchange;
beforeEach(async () => {
  paper = await startPaperExchange({ port: 0 });
});
afterEach(() => paper.close());

async function control(
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; json: Record<string, unknown> }> {
  const response = await fetch(paper.restUrl + path, {
    method,
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: response.status, json: (await response.json()) as Record<string, unknown> };
}

describe('control interface', () => {
  it('moves positions and marks, and shows the result', async () => {
    await control('POST', '/paper/positions', { symbol: 'BTCUSDT', amount: '-0.010', entryPrice: '64000' });
    await control('POST', '/paper/marks', { symbol: 'BTCUSDT', price: '64500.0' });
    expect(held(paper)).toBe('-0.01');
    const { json } = await control('GET', '/paper/records');
    expect(json).toMatchObject({
      positions: [{ symbol: 'BTCUSDT', amount: '-0.01', entryPrice: '64000' }],
      adjustments: [{ symbol: 'BTCUSDT', from: '0', to: '-0.01' }],
      orders: [],
      requests: [],
    });
  });

  it('changes the rules of a symbol while it trades, and refuses by the new ones', async () => {
    await control('POST', '/paper/positions', { symbol: 'BTCUSDT', amount: '5' });
    const change = { symbol: 'BTCUSDT', stepSize: '0.01', minQty: '0.02', marketMaxQty: '2', tickSize: '1' };
    expect(await control('POST', '/paper/rules', change)).toEqual({ status: 200, json: change });
    const sell = async (quantity: string) => (await market(paper, 'SELL', quantity, { reduceOnly: 'true' })).json;
    expect(await sell('0.025')).toMatchObject({ code: -1111 });
    expect(await sell('0.01')).toMatchObject({ code: -4004 });
    expect(await sell('3')).toMatchObject({ code: -4005 });
    expect(await sell('1.02')).toMatchObject({ status: expect.any(String) });
    const info = (await call(paper, 'GET', '/fapi/v1/exchangeInfo')).json['symbols'] as Record<string, unknown>[];
    expect(info.find(({ symbol }) => symbol === 'BTCUSDT')).toMatchObject({
      quantityPrecision: 2,
      pricePrecision: 0,
      filters: expect.arrayContaining([
        expect.objectContaining({ filterType: 'LOT_SIZE', stepSize: '0.01', minQty: '0.02', maxQty: '1000' }),
        expect.objectContaining({ filterType: 'MARKET_LOT_SIZE', stepSize: '0.01', minQty: '0.02', maxQty: '2' }),
        expect.objectContaining({ filterType: 'PRICE_FILTER', tickSize: '1' }),
      ]),
    });
  });

  it('closes part of a position as the exchange does by itself, more than once under one client order id', async () => {
    await control('POST', '/paper/positions', { symbol: 'BTCUSDT', amount: '-5' });
    const adl = { symbol: 'BTCUSDT', kind: 'adl', quantity: '2' };
    const first = await control('POST', '/paper/autoclose', adl);
    expect(first).toMatchObject({ status: 200, json: { symbol: 'BTCUSDT', kind: 'adl', orderId: expect.any(Number) } });
    await control('POST', '/paper/autoclose', adl);
    await control('POST', '/paper/autoclose', { symbol: 'BTCUSDT', kind: 'liquidation' });
    expect(held(paper)).toBe('0');
    const found = await call(paper, 'GET', '/fapi/v1/order', {
      symbol: 'BTCUSDT',
      orderId: Number(first.json['orderId']),
    });
    expect(found.json).toMatchObject({
      clientOrderId: 'adl_autoclose',
      status: 'FILLED',
      side: 'BUY',
      executedQty: '2.000',
      reduceOnly: true,
    });
    const trades = (await call(paper, 'GET', '/fapi/v1/userTrades', { symbol: 'BTCUSDT' })).list;
    expect(trades.map(({ qty }) => Number(qty))).toEqual([2, 2, 1]);
  });

  it('arms, lists and clears faults', async () => {
    const fault = { match: { path: '/order', symbol: 'BTCUSDT' }, action: { type: 'loseReply' }, times: 2 };
    expect((await control('POST', '/paper/faults', fault)).json).toEqual({ id: 1 });
    expect((await control('GET', '/paper/faults')).json).toEqual([{ ...fault, id: 1, left: 2 }]);
    await expect(market(paper, 'BUY', '0.010')).rejects.toThrow('fetch failed');
    await control('DELETE', '/paper/faults');
    expect((await market(paper, 'BUY', '0.010')).status).toBe(200);
  });

  it('changes account, clock and streams', async () => {
    await control('POST', '/paper/account', { dualSidePosition: true, canTrade: false });
    expect((await call(paper, 'GET', '/fapi/v1/positionSide/dual')).json).toEqual({ dualSidePosition: true });
    expect((await market(paper, 'BUY', '0.010')).json).toMatchObject({ code: -2015 });
    await control('POST', '/paper/clock', { offsetMs: -3_600_000 });
    expect((await call(paper, 'GET', '/fapi/v3/account')).json).toMatchObject({ code: -1021 });
    for (const action of ['drop', 'silence', 'resume', 'expire']) {
      expect(await control('POST', '/paper/streams', { action })).toMatchObject({ status: 200 });
    }
  });

  const faulty: [string, unknown, string][] = [
    ['/paper/positions', { symbol: 'BTCUSDT' }, 'amount'],
    ['/paper/positions', { symbol: 'BTCUSDT', amount: 0.01 }, 'amount'],
    ['/paper/positions', { symbol: 'BTCUSDT', amount: '1', silently: true }, 'silently'],
    ['/paper/positions', { symbol: 'NOPE', amount: '1' }, 'symbol'],
    ['/paper/positions', '{', 'body'],
    ['/paper/positions', [], 'body'],
    ['/paper/marks', { symbol: 'BTCUSDT', price: '0' }, 'price'],
    ['/paper/marks', { symbol: 'BTCUSDT', price: '1e5' }, 'price'],
    ['/paper/rules', { symbol: 'BTCUSDT', stepSize: 0.01 }, 'stepSize'],
    ['/paper/rules', { symbol: 'BTCUSDT', step: '0.01' }, 'step'],
    ['/paper/rules', { symbol: 'NOPE', stepSize: '1' }, 'symbol'],
    ['/paper/autoclose', { symbol: 'BTCUSDT', kind: 'loss' }, 'kind'],
    ['/paper/faults', {}, 'action'],
    ['/paper/faults', { action: { type: 'explode' } }, 'action.type'],
    ['/paper/faults', { action: { type: 'delay', ms: -1 } }, 'action.ms'],
    ['/paper/faults', { action: { type: 'loseReply' }, match: { nth: 0 } }, 'match.nth'],
    ['/paper/account', { canTrade: 'yes' }, 'canTrade'],
    ['/paper/clock', { offsetMs: '5' }, 'offsetMs'],
    ['/paper/streams', { action: 'stop' }, 'action'],
  ];
  it.each(faulty)('POST %s with %j names the field at fault', async (path, body, field) => {
    const answer = await control('POST', path, body);
    expect(answer).toMatchObject({ status: 400, json: { field, error: expect.stringContaining(field) } });
    expect(paper.records()).toMatchObject({ positions: [], adjustments: [] });
  });

  it('lists its calls when asked for an unknown one', async () => {
    const answer = await control('GET', '/paper/nothing');
    expect(answer).toMatchObject({ status: 404, json: { error: expect.stringContaining('GET /paper/records') } });
  });

  it('refuses a body that is too large', async () => {
    expect((await control('POST', '/paper/faults', 'x'.repeat(70_000))).status).toBe(413);
  });
});

describe('starting', () => {
  it('refuses a port that is taken', async () => {
    await expect(startPaperExchange({ port: paper.port })).rejects.toThrow('EADDRINUSE');
  });

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'as a program: one JSON line, and an end with exit code 0 on %s',
    async (signal) => {
      const output: string[] = [];
      const stdout = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
        output.push(String(text));
        return true;
      });
      const before = process.listeners(signal);
      const run = runPaperExchange({ port: 0, apiKey: 'shown' });
      await expect.poll(() => output.join('')).toContain('paper exchange listening');
      stdout.mockRestore();
      const line = JSON.parse(output.join('').trim()) as Record<string, string>;
      expect(line).toEqual({
        msg: 'paper exchange listening',
        rest_url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
        ws_url: expect.stringMatching(/^ws:\/\/127\.0\.0\.1:\d+$/),
        api_key: 'shown',
      });
      expect((await fetch(`${line['rest_url']}/fapi/v1/ping`)).status).toBe(200);
      for (const listener of process.listeners(signal)) if (!before.includes(listener)) listener(signal);
      await run;
      expect(process.exitCode).toBe(0);
      expect(process.listeners(signal)).toEqual(before);
      await expect(fetch(`${line['rest_url']}/fapi/v1/ping`)).rejects.toThrow('fetch failed');
    },
  );

  it('walks the marks, the same way for the same seed', async () => {
    const walk = async (): Promise<unknown> => {
      const walking = await startPaperExchange({ port: 0, markWalk: true, seed: 7 });
      const mark = async () =>
        (await call(walking, 'GET', '/fapi/v1/premiumIndex', { symbol: 'BTCUSDT' })).json['markPrice'];
      await expect.poll(mark, { timeout: 3000, interval: 20 }).not.toBe('65000.00000000');
      const first = await mark();
      await walking.close();
      return first;
    };
    const [one, two] = await Promise.all([walk(), walk()]);
    expect(one).toBe(two);
  });
});
