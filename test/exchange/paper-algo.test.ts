import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type PaperExchange, startPaperExchange } from '../../src/paper-exchange/index.js';
import { call, held, market } from './paper-client.js';

let paper: PaperExchange;
beforeEach(async () => {
  paper = await startPaperExchange({ port: 0, positions: { BTCUSDT: '0.010' } });
});
afterEach(() => paper.close());

const STOP = { algoType: 'CONDITIONAL', symbol: 'BTCUSDT', side: 'SELL', type: 'STOP_MARKET', triggerPrice: '60000' };
const place = (fields: Record<string, string | boolean>) =>
  call(paper, 'POST', '/fapi/v1/algoOrder', { ...STOP, ...fields });
const query = async (clientAlgoId: string) => (await call(paper, 'GET', '/fapi/v1/algoOrder', { clientAlgoId })).json;

describe('conditional orders', () => {
  it('a closePosition stop closes what is held when the mark falls to its trigger', async () => {
    const placed = await place({ closePosition: true, clientAlgoId: 'sl' });
    expect(placed.json).toMatchObject({
      algoStatus: 'NEW',
      orderType: 'STOP_MARKET',
      closePosition: true,
      triggerPrice: '60000.0',
    });
    paper.setPosition('BTCUSDT', '0.007');
    paper.setMark('BTCUSDT', '60001');
    expect(await query('sl')).toMatchObject({ algoStatus: 'NEW', actualOrderId: '' });
    paper.setMark('BTCUSDT', '60000');
    const fired = await query('sl');
    expect(fired).toMatchObject({ algoStatus: 'FINISHED', actualQty: '0.007', actualPrice: '60000.00000' });
    const order = await call(paper, 'GET', '/fapi/v1/order', {
      symbol: 'BTCUSDT',
      orderId: Number(fired['actualOrderId']),
    });
    expect(order.json).toMatchObject({ status: 'FILLED', type: 'MARKET', origType: 'STOP_MARKET', reduceOnly: true });
    expect(held(paper)).toBe('0');
  });

  it('a take-profit fires in the other direction, a stop on a short when the mark rises', async () => {
    await place({ type: 'TAKE_PROFIT_MARKET', triggerPrice: '70000', quantity: '0.004', reduceOnly: true });
    paper.setMark('BTCUSDT', '70000');
    expect(held(paper)).toBe('0.006');
    paper.setPosition('BTCUSDT', '-0.005');
    await place({ side: 'BUY', triggerPrice: '75000', closePosition: true });
    paper.setMark('BTCUSDT', '75000');
    expect(held(paper)).toBe('0');
  });

  it('a stop-limit that triggers away from its price stays TRIGGERED with an open order', async () => {
    await place({
      type: 'STOP',
      quantity: '0.010',
      price: '60500',
      timeInForce: 'GTC',
      reduceOnly: true,
      clientAlgoId: 'sl',
    });
    paper.setMark('BTCUSDT', '59000');
    const triggered = await query('sl');
    expect(triggered).toMatchObject({ algoStatus: 'TRIGGERED', actualQty: '0.000' });
    await call(paper, 'DELETE', '/fapi/v1/order', { symbol: 'BTCUSDT', orderId: Number(triggered['actualOrderId']) });
    expect(await query('sl')).toMatchObject({ algoStatus: 'FINISHED' });
    expect(held(paper)).toBe('0.01');
  });

  it('expires with its position when it closes all of it', async () => {
    await place({ closePosition: true, clientAlgoId: 'sl' });
    await market(paper, 'SELL', '0.010', { reduceOnly: true });
    expect(await query('sl')).toMatchObject({ algoStatus: 'EXPIRED' });
  });

  it('is rejected at its trigger when a resting order holds the position', async () => {
    await place({ quantity: '0.010', reduceOnly: true, clientAlgoId: 'sl' });
    const rest = {
      side: 'SELL',
      type: 'LIMIT',
      timeInForce: 'GTC',
      quantity: '0.010',
      price: '66000',
      reduceOnly: true,
    };
    await call(paper, 'POST', '/fapi/v1/order', { symbol: 'BTCUSDT', ...rest });
    paper.setMark('BTCUSDT', '59000');
    expect(await query('sl')).toMatchObject({ algoStatus: 'REJECTED' });
    expect(held(paper)).toBe('0.01');
  });

  it('can be listed and cancelled, one or all', async () => {
    await place({ closePosition: true, clientAlgoId: 'one' });
    await place({ quantity: '0.001', reduceOnly: true, triggerPrice: '50000', clientAlgoId: 'two' });
    const open = async () =>
      (await call(paper, 'GET', '/fapi/v1/openAlgoOrders', { symbol: 'BTCUSDT' })).list.map(
        (row) => row['clientAlgoId'],
      );
    expect(await open()).toEqual(['one', 'two']);
    const cancelled = await call(paper, 'DELETE', '/fapi/v1/algoOrder', { clientAlgoId: 'one' });
    expect(cancelled.json).toMatchObject({ clientAlgoId: 'one', code: '200' });
    expect(await open()).toEqual(['two']);
    await call(paper, 'DELETE', '/fapi/v1/algoOpenOrders', { symbol: 'BTCUSDT' });
    expect(await open()).toEqual([]);
    const all = await call(paper, 'GET', '/fapi/v1/allAlgoOrders', { symbol: 'BTCUSDT' });
    expect(all.list.map((row) => row['algoStatus'])).toEqual(['CANCELED', 'CANCELED']);
    expect((await call(paper, 'DELETE', '/fapi/v1/algoOrder', { clientAlgoId: 'one' })).json).toMatchObject({
      code: -2011,
    });
  });

  const refusals: [string, Record<string, string | boolean>, number][] = [
    ['a trigger the mark has passed', { triggerPrice: '66000', closePosition: true }, -2021],
    ['closePosition with a quantity', { closePosition: true, quantity: '0.010' }, -1106],
    ['closePosition with reduceOnly', { closePosition: true, reduceOnly: true }, -1106],
    ['closePosition without a position', { symbol: 'ETHUSDT', triggerPrice: '3000', closePosition: true }, -4509],
    [
      'reduceOnly without a position',
      { symbol: 'ETHUSDT', triggerPrice: '3000', quantity: '1', reduceOnly: true },
      -2022,
    ],
    ['no quantity', {}, -1102],
    ['a trigger off the tick', { triggerPrice: '60000.05', closePosition: true }, -1111],
    ['another algo type', { algoType: 'TWAP', closePosition: true }, -1130],
    ['a trailing stop', { type: 'TRAILING_STOP_MARKET', quantity: '0.010' }, -1116],
  ];
  it.each(refusals)('refuses %s', async (_name, fields, code) => {
    expect((await place(fields)).json).toMatchObject({ code });
    expect(paper.records().algoOrders).toEqual([]);
  });

  it('refuses a second closePosition stop and a client id that is in use', async () => {
    await place({ closePosition: true, clientAlgoId: 'one' });
    expect((await place({ closePosition: true, triggerPrice: '59000' })).json).toMatchObject({ code: -4130 });
    expect((await place({ quantity: '0.001', clientAlgoId: 'one' })).json).toMatchObject({ code: -4116 });
  });
});
