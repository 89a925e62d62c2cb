import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type PaperExchange, startPaperExchange } from '../../src/paper-exchange/index.js';
import { call, held, market, type SendOptions } from './paper-client.js';

let paper: PaperExchange;
beforeEach(async () => {
  paper = await startPaperExchange({ port: 0, positions: { BTCUSDT: '0.010' } });
});
afterEach(() => paper.close());

describe('the forms of a request', () => {
  const ways: [string, SendOptions][] = [
    ['urlencoded body', { place: 'body' }],
    ['query only, urlencoded content type', { place: 'query' }],
    ['query only, JSON content type, empty body', { place: 'query', contentType: 'application/json' }],
    ['query and body, signed without & between them', { place: 'split' }],
  ];
  it.each(ways)('accepts a POST with %s', async (_name, options) => {
    const answer = await market(paper, 'SELL', '0.004', { reduceOnly: true }, options);
    expect(answer).toMatchObject({ status: 200, json: { status: 'FILLED', executedQty: '0.004', reduceOnly: true } });
    expect(held(paper)).toBe('0.006');
  });

  it('answers an order with all the fields Binance sends', async () => {
    const { json } = await market(paper, 'SELL', '0.004', { reduceOnly: true, newClientOrderId: 'all-fields' });
    expect(json).toEqual({
      orderId: expect.any(Number),
      symbol: 'BTCUSDT',
      status: 'FILLED',
      clientOrderId: 'all-fields',
      price: '0.0',
      avgPrice: '65000.00000',
      origQty: '0.004',
      executedQty: '0.004',
      cumQty: '0.004',
      cumQuote: '260',
      timeInForce: 'GTC',
      type: 'MARKET',
      reduceOnly: true,
      closePosition: false,
      side: 'SELL',
      positionSide: 'BOTH',
      stopPrice: '0.0',
      workingType: 'CONTRACT_PRICE',
      priceProtect: false,
      origType: 'MARKET',
      priceMatch: 'NONE',
      selfTradePreventionMode: 'EXPIRE_MAKER',
      goodTillDate: 0,
      updateTime: expect.any(Number),
    });
    const query = await call(paper, 'GET', '/fapi/v1/order', { symbol: 'BTCUSDT', origClientOrderId: 'all-fields' });
    expect(query.json).toEqual({ ...json, time: expect.any(Number) });
  });

  it('acknowledges as NEW with nothing executed unless RESULT is asked for', async () => {
    const { json } = await market(paper, 'SELL', '0.004', { reduceOnly: true, newOrderRespType: 'ACK' });
    expect(json).toMatchObject({ status: 'NEW', executedQty: '0.000', cumQuote: '0' });
    expect(held(paper)).toBe('0.006');
  });

  it('keeps the signature out of the records', async () => {
    await market(paper, 'SELL', '0.001', { reduceOnly: true });
    const [request] = paper.records().requests;
    expect(request).toMatchObject({ method: 'POST', path: '/fapi/v1/order', status: 200, params: { side: 'SELL' } });
    expect(request?.params).not.toHaveProperty('signature');
  });
});

describe('authentication', () => {
  const path = '/fapi/v3/positionRisk';
  const cases: [string, SendOptions & { fields?: Record<string, string> }, number, number][] = [
    ['a key of the wrong format', { key: 'no spaces allowed' }, 401, -2014],
    ['an unknown key', { key: 'another-key' }, 401, -2015],
    ['a wrong secret', { secret: 'wrong' }, 400, -1022],
    ['no signature', { unsigned: true, fields: { timestamp: String(Date.now()) } }, 400, -1102],
    ['no timestamp', { unsigned: true }, 400, -1102],
    ['a timestamp older than the window', { timestampMs: Date.now() - 60_000 }, 400, -1021],
    ['a timestamp a minute ahead', { timestampMs: Date.now() + 60_000 }, 400, -1021],
    ['a window above a minute', { fields: { recvWindow: '60001' } }, 400, -1131],
  ];
  it.each(cases)('refuses %s', async (_name, { fields = {}, ...options }, status, code) => {
    const answer = await call(paper, 'GET', path, fields, options);
    expect([answer.status, answer.json['code']]).toEqual([status, code]);
  });

  it('measures the window on its own clock', async () => {
    paper.setClockOffset(10_000);
    expect((await call(paper, 'GET', path)).json).toMatchObject({ code: -1021 });
    const time = await call(paper, 'GET', '/fapi/v1/time', {}, { unsigned: true });
    const timestampMs = Number(time.json['serverTime']);
    expect((await call(paper, 'GET', path, {}, { timestampMs })).status).toBe(200);
    expect((await call(paper, 'GET', path, { recvWindow: 15_000 })).status).toBe(200);
  });

  it('refuses orders, not queries, of a key that may not trade', async () => {
    paper.setCanTrade(false);
    expect(await market(paper, 'SELL', '0.001')).toMatchObject({ status: 401, json: { code: -2015 } });
    expect((await call(paper, 'GET', '/fapi/v2/account')).json).toMatchObject({ canTrade: false });
  });

  it('answers an unknown path 404 -5000', async () => {
    expect(await call(paper, 'GET', '/fapi/v1/nothing')).toMatchObject({ status: 404, json: { code: -5000 } });
  });
});

describe('refusals of an order', () => {
  const limit = { type: 'LIMIT', timeInForce: 'GTC', quantity: '0.010', price: '65000.0' };
  const cases: [string, Record<string, string | boolean>, number][] = [
    ['an unknown symbol', { symbol: 'NOPEUSDT' }, -1121],
    ['a symbol that is settling', { symbol: 'OLDCOINUSDT', quantity: '10' }, -4108],
    ['no quantity', { quantity: '' }, -1102],
    ['a quantity in exponent form', { quantity: '1e-3' }, -1100],
    ['a quantity of zero', { quantity: '0' }, -4003],
    ['more decimals than the symbol has', { quantity: '0.0015' }, -1111],
    ['more than a MARKET order may have', { quantity: '120.001' }, -4005],
    ['off the step of market orders', { symbol: 'LINKUSDT', quantity: '10.05' }, -4023],
    ['below the step of market orders', { symbol: 'LINKUSDT', quantity: '0.05' }, -4004],
    ['below a minimum that is many steps', { symbol: 'SPELLUSDT', quantity: '99' }, -4004],
    ['a coarse step', { symbol: '1MBABYDOGEUSDT', quantity: '1500' }, -4023],
    ['a notional below the minimum', { quantity: '0.001' }, -4164],
    ['a bad side', { side: 'HOLD' }, -1117],
    ['a bad type', { type: 'ICEBERG' }, -1116],
    ['a conditional type', { type: 'STOP_MARKET', stopPrice: '60000' }, -4120],
    ['a hedge-mode side', { positionSide: 'LONG' }, -4061],
    ['a client id of 37 characters', { newClientOrderId: 'x'.repeat(37) }, -4015],
    ['a client id with a space', { newClientOrderId: 'a b' }, -1100],
    ['a price on a MARKET order', { price: '65000' }, -1106],
    ['more than the margin allows', { quantity: '100' }, -2019],
    ['a limit price off the tick', { ...limit, price: '65000.05' }, -1111],
    ['a limit price of zero', { ...limit, price: '0' }, -4001],
    ['a limit price above the filter', { ...limit, price: '900000' }, -4002],
    ['a limit price below the filter', { ...limit, price: '200' }, -4013],
    ['a bid far above the mark', { ...limit, price: '70000' }, -4016],
    ['a LIMIT order without time in force', { type: 'LIMIT', price: '65000', timeInForce: '' }, -1102],
    ['a post-only order that would take', { ...limit, timeInForce: 'GTX', price: '65001' }, -5022],
    ['fill-or-kill away from the market', { ...limit, timeInForce: 'FOK', price: '64000' }, -5021],
    ['reduce-only in the direction of the position', { reduceOnly: true }, -2022],
    ['reduce-only without a position', { symbol: 'ETHUSDT', reduceOnly: true }, -2022],
  ];
  it.each(cases)('%s', async (_name, fields, code) => {
    const order = { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '0.010', ...fields };
    const answer = await call(paper, 'POST', '/fapi/v1/order', order);
    expect([answer.status, answer.json['code']]).toEqual([400, code]);
    expect(paper.records().orders).toEqual([]);
    expect(paper.records().refused).toEqual({ [code]: 1 });
  });

  it('a client id is unique among open orders only', async () => {
    const resting = { symbol: 'BTCUSDT', side: 'BUY', ...limit, price: '64000', newClientOrderId: 'twice' };
    expect((await call(paper, 'POST', '/fapi/v1/order', resting)).status).toBe(200);
    expect((await market(paper, 'BUY', '0.010', { newClientOrderId: 'twice' })).json).toMatchObject({ code: -4116 });
    expect((await market(paper, 'BUY', '0.010', { newClientOrderId: 'once' })).status).toBe(200);
    expect((await market(paper, 'BUY', '0.010', { newClientOrderId: 'once' })).status).toBe(200);
    expect(held(paper)).toBe('0.03');
  });

  it('an unknown order: -2013 to a query, -2011 to a cancel', async () => {
    const fields = { symbol: 'BTCUSDT', origClientOrderId: 'none' };
    expect((await call(paper, 'GET', '/fapi/v1/order', fields)).json).toMatchObject({ code: -2013 });
    expect((await call(paper, 'DELETE', '/fapi/v1/order', fields)).json).toMatchObject({ code: -2011 });
  });
});
