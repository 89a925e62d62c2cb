import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type PaperExchange, startPaperExchange } from '../../src/paper-exchange/index.js';
import { call, held, market } from './paper-client.js';

let paper: PaperExchange;
beforeEach(async () => {
  paper = await startPaperExchange({ port: 0, positions: { BTCUSDT: '0.010' } });
});
afterEach(() => paper.close());

describe('reduce-only', () => {
  it('cuts a MARKET order to the position, and MIN_NOTIONAL does not apply', async () => {
    const cut = await market(paper, 'SELL', '0.050', { reduceOnly: true });
    expect(cut.json).toMatchObject({ status: 'FILLED', origQty: '0.010', executedQty: '0.010' });
    paper.setPosition('BTCUSDT', '0.001');
    expect((await market(paper, 'SELL', '0.001', { reduceOnly: true })).status).toBe(200);
    expect(paper.records().orders[0]).toMatchObject({ requestedQuantity: '0.05', quantity: '0.01' });
  });

  it('is refused -4118 when resting orders hold the position, and cut to what they leave', async () => {
    const rest = (quantity: string) =>
      call(paper, 'POST', '/fapi/v1/order', {
        symbol: 'BTCUSDT',
        side: 'SELL',
        type: 'LIMIT',
        timeInForce: 'GTC',
        quantity,
        price: '67000',
        reduceOnly: true,
      });
    await rest('0.007');
    expect((await market(paper, 'SELL', '0.010', { reduceOnly: true })).json).toMatchObject({ executedQty: '0.003' });
    expect((await market(paper, 'SELL', '0.001', { reduceOnly: true })).json).toMatchObject({ code: -4118 });
    expect((await rest('0.001')).json).toMatchObject({ code: -4118 });
  });

  it('resting orders expire when the position is too small for them', async () => {
    const sell = {
      symbol: 'BTCUSDT',
      side: 'SELL',
      type: 'LIMIT',
      timeInForce: 'GTC',
      quantity: '0.010',
      price: '67000',
    };
    const { json } = await call(paper, 'POST', '/fapi/v1/order', { ...sell, reduceOnly: true });
    await market(paper, 'SELL', '0.005');
    const query = await call(paper, 'GET', '/fapi/v1/order', { symbol: 'BTCUSDT', orderId: Number(json['orderId']) });
    expect(query.json).toMatchObject({ status: 'EXPIRED', executedQty: '0.000' });
  });
});

describe('an order from before a change of rules', () => {
  it('keeps its digits in every later answer', async () => {
    const sold = await market(paper, 'SELL', '0.005');
    paper.setRules('BTCUSDT', { stepSize: '0.1', marketStepSize: '0.1', minQty: '0.1', marketMinQty: '0.1' });
    const query = await call(paper, 'GET', '/fapi/v1/order', {
      symbol: 'BTCUSDT',
      orderId: Number(sold.json['orderId']),
    });
    expect(query.json).toMatchObject({ origQty: '0.005', executedQty: '0.005', cumQty: '0.005' });
  });
});

describe('other orders', () => {
  it('a limit order rests, fills at its price when the mark crosses, and pays maker fees', async () => {
    const order = {
      symbol: 'BTCUSDT',
      side: 'BUY',
      type: 'LIMIT',
      timeInForce: 'GTC',
      quantity: '0.010',
      price: '64000',
    };
    await call(paper, 'POST', '/fapi/v1/order', { ...order, newClientOrderId: 'rest' });
    expect((await call(paper, 'GET', '/fapi/v1/openOrders', { symbol: 'BTCUSDT' })).list).toHaveLength(1);
    paper.setMark('BTCUSDT', '63900');
    const query = await call(paper, 'GET', '/fapi/v1/order', { symbol: 'BTCUSDT', origClientOrderId: 'rest' });
    expect(query.json).toMatchObject({ status: 'FILLED', avgPrice: '64000.00000' });
    const trades = await call(paper, 'GET', '/fapi/v1/userTrades', { symbol: 'BTCUSDT' });
    expect(trades.list).toMatchObject([{ price: '64000', qty: '0.01', maker: true, commission: '0.128' }]);
  });

  it('a larger order of another client flips the position', async () => {
    await market(paper, 'SELL', '0.025');
    expect(held(paper)).toBe('-0.015');
    expect(paper.records().positions).toMatchObject([{ amount: '-0.015', entryPrice: '65000' }]);
  });

  it('hedge mode keeps both sides separate', async () => {
    paper.setPosition('BTCUSDT', '0');
    await call(paper, 'POST', '/fapi/v1/positionSide/dual', { dualSidePosition: true });
    expect((await market(paper, 'BUY', '0.010')).json).toMatchObject({ code: -4061 });
    await market(paper, 'BUY', '0.010', { positionSide: 'LONG' });
    await market(paper, 'SELL', '0.020', { positionSide: 'SHORT' });
    expect((await market(paper, 'SELL', '0.020', { positionSide: 'LONG' })).json).toMatchObject({ code: -2022 });
    const risk = await call(paper, 'GET', '/fapi/v3/positionRisk');
    expect(risk.list.map((row) => [row['positionSide'], row['positionAmt']])).toEqual([
      ['LONG', '0.010'],
      ['SHORT', '-0.020'],
    ]);
    const back = await call(paper, 'POST', '/fapi/v1/positionSide/dual', { dualSidePosition: false });
    expect(back.json).toMatchObject({ code: -4068 });
  });

  it('a batch answers each order by itself', async () => {
    const one = { symbol: 'BTCUSDT', side: 'SELL', type: 'MARKET', quantity: '0.004', reduceOnly: 'true' };
    const batchOrders = JSON.stringify([one, { ...one, symbol: 'ETHUSDT', quantity: '1' }]);
    const answer = await call(paper, 'POST', '/fapi/v1/batchOrders', { batchOrders });
    expect(answer.list).toMatchObject([{ symbol: 'BTCUSDT' }, { code: -2022 }]);
    expect(held(paper)).toBe('0.006');
  });

  it('amending is refused as unsupported, a test order leaves no trace', async () => {
    expect((await call(paper, 'PUT', '/fapi/v1/order')).json).toMatchObject({ code: -1020 });
    const order = { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '0.010' };
    expect((await call(paper, 'POST', '/fapi/v1/order/test', order)).json).toEqual({});
    expect(paper.records().orders).toEqual([]);
  });
});

describe('positions', () => {
  it('version 2 lists every symbol, version 3 only those with a position or an open order', async () => {
    const v2 = await call(paper, 'GET', '/fapi/v2/positionRisk');
    expect(v2.list.length).toBeGreaterThan(5);
    expect(v2.list.find((row) => row['symbol'] === 'ETHUSDT')).toMatchObject({ positionAmt: '0.000', leverage: '20' });
    const symbols = async () => (await call(paper, 'GET', '/fapi/v3/positionRisk')).list.map((row) => row['symbol']);
    expect(await symbols()).toEqual(['BTCUSDT']);
    const rest = { side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', quantity: '1', price: '3100' };
    await call(paper, 'POST', '/fapi/v1/order', { symbol: 'ETHUSDT', ...rest });
    expect(await symbols()).toEqual(['BTCUSDT', 'ETHUSDT']);
    await market(paper, 'SELL', '0.010', { reduceOnly: true });
    expect(await symbols()).toEqual(['ETHUSDT']);
  });

  it('one mark price, or all of them', async () => {
    const one = await call(paper, 'GET', '/fapi/v1/premiumIndex', { symbol: 'ETHUSDT' }, { unsigned: true });
    expect(one.json).toMatchObject({ symbol: 'ETHUSDT', markPrice: '3200.00000000' });
    const all = await call(paper, 'GET', '/fapi/v1/premiumIndex', {}, { unsigned: true });
    expect(all.list.map((row) => row['symbol'])).toContain('币安人生USDT');
  });
});
