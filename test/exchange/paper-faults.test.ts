import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Fault, type PaperExchange, startPaperExchange } from '../../src/paper-exchange/index.js';
import { call, held, market } from './paper-client.js';

let paper: PaperExchange;
beforeEach(async () => {
  paper = await startPaperExchange({ port: 0, positions: { BTCUSDT: '0.010' } });
});
afterEach(() => paper.close());

const ORDER = { method: 'POST', path: '/fapi/v1/order' };
const close = (more: Record<string, string> = {}) =>
  market(paper, 'SELL', '0.010', { reduceOnly: true, newClientOrderId: 'x', ...more });
const lookUp = () => call(paper, 'GET', '/fapi/v1/order', { symbol: 'BTCUSDT', origClientOrderId: 'x' });
const arm = (action: Fault['action'], more: Partial<Fault> = {}) => paper.addFault({ match: ORDER, action, ...more });

describe('an answer that is lost', () => {
  it('loseReply: the order is processed, the caller gets no answer', async () => {
    arm({ type: 'loseReply' });
    await expect(close()).rejects.toThrow('fetch failed');
    expect(held(paper)).toBe('0');
    expect(paper.records().requests[0]).toMatchObject({ path: '/fapi/v1/order', status: null, faults: ['loseReply'] });
    expect((await lookUp()).json).toMatchObject({ status: 'FILLED', executedQty: '0.010' });
  });

  it('loseRequest: nothing is processed, but the request is recorded', async () => {
    arm({ type: 'loseRequest' });
    await expect(close()).rejects.toThrow('fetch failed');
    expect(held(paper)).toBe('0.01');
    expect(paper.records()).toMatchObject({ orders: [], requests: [{ path: '/fapi/v1/order', status: null }] });
    expect((await lookUp()).json).toMatchObject({ code: -2013 });
  });

  it('hangBody: headers and half the body arrive, the rest never', async () => {
    arm({ type: 'hangBody' });
    const signal = AbortSignal.timeout(300);
    const answer = close();
    const outcome = await Promise.race([
      answer.then(
        () => 'answered',
        () => 'failed',
      ),
      new Promise((resolve) => signal.addEventListener('abort', () => resolve('still hanging'))),
    ]);
    expect(outcome).toBe('still hanging');
    expect(held(paper)).toBe('0');
    await paper.close();
    await expect(answer).rejects.toThrow('terminated');
    paper = await startPaperExchange({ port: 0 });
  });

  it.each([
    ['before', '0.01'],
    ['after', '0'],
  ] as const)('delay %s processing', async (when, meanwhile) => {
    arm({ type: 'delay', ms: 200, when });
    const answer = close();
    await expect.poll(() => paper.records().requests.length).toBe(1);
    expect(held(paper)).toBe(meanwhile);
    expect((await answer).status).toBe(200);
    expect(held(paper)).toBe('0');
  });
});

describe('an answer that is wrong', () => {
  const answers: [string, Extract<Fault['action'], { type: 'status' }>, string][] = [
    [
      '503 with an unknown outcome',
      { type: 'status', status: 503, code: -1000, msg: 'Unknown error, please check your request or try again later.' },
      '{"code":-1000,"msg":"Unknown error, please check your request or try again later."}',
    ],
    ['503 unavailable', { type: 'status', status: 503, body: 'Service Unavailable.' }, 'Service Unavailable.'],
    [
      '-1007',
      {
        type: 'status',
        status: 408,
        code: -1007,
        msg: 'Timeout waiting for response from backend server. Send status unknown; execution status unknown.',
      },
      '"code":-1007',
    ],
    [
      '-1008',
      { type: 'status', status: 503, code: -1008, msg: 'Request throttled by system-level protection.' },
      '"code":-1008',
    ],
    [
      '-1001',
      {
        type: 'status',
        status: 503,
        code: -1001,
        msg: 'Internal error; unable to process your request. Please try again.',
      },
      '"code":-1001',
    ],
    ['HTML', { type: 'status', status: 502, body: '<html><body>Bad Gateway</body></html>' }, '<html>'],
    ['an empty object', { type: 'status', status: 200, body: '{}' }, '{}'],
    [
      '418',
      { type: 'status', status: 418, code: -1003, msg: 'banned until 1', headers: { 'Retry-After': '7' } },
      '-1003',
    ],
  ];
  for (const process of [false, true]) {
    it.each(answers)(`%s, request ${process ? 'processed' : 'not processed'}`, async (_name, action, text) => {
      arm({ ...action, process });
      const answer = await close();
      expect(answer.status).toBe(action.status);
      expect(answer.text).toContain(text);
      expect(answer.headers.get('Retry-After')).toBe(action.headers?.['Retry-After'] ?? null);
      expect(held(paper)).toBe(process ? '0' : '0.01');
    });
  }
});

describe('an order that does not fill at once', () => {
  it('NEW first, filled later', async () => {
    arm({ type: 'respondAs', status: 'NEW', fillAfterMs: 150 });
    expect((await close()).json).toMatchObject({ status: 'NEW', executedQty: '0.000' });
    expect(held(paper)).toBe('0.01');
    expect((await lookUp()).json).toMatchObject({ status: 'NEW' });
    await expect.poll(async () => (await lookUp()).json['status']).toBe('FILLED');
    expect(held(paper)).toBe('0');
  });

  it('partly filled, the rest later, in two trades', async () => {
    arm({ type: 'respondAs', status: 'PARTIALLY_FILLED', executedQty: '0.003', fillAfterMs: 50 });
    expect((await close()).json).toMatchObject({ status: 'PARTIALLY_FILLED', executedQty: '0.003' });
    await expect.poll(() => paper.records().trades.map((trade) => trade.quantity)).toEqual(['0.003', '0.007']);
    expect(paper.records().orders[0]).toMatchObject({
      status: 'FILLED',
      tradeIds: [expect.any(Number), expect.any(Number)],
    });
  });

  it.each([
    [{ executedQty: '0.004' }, '0.004', '0.006'],
    [{ executedQty: '0' }, '0.000', '0.01'],
    [{}, '0.005', '0.005'],
  ])('expires with %j', async (more, executed, left) => {
    arm({ type: 'respondAs', status: 'EXPIRED', ...more });
    expect((await close()).json).toMatchObject({ status: 'EXPIRED', executedQty: executed });
    expect(held(paper)).toBe(left);
  });

  it('combines with a lost reply', async () => {
    arm({ type: 'respondAs', status: 'EXPIRED', executedQty: '0.001' });
    arm({ type: 'loseReply' });
    await expect(close()).rejects.toThrow('fetch failed');
    expect(paper.records().orders).toMatchObject([{ status: 'EXPIRED', executedQty: '0.001' }]);
  });
});

describe('when a fault applies', () => {
  it('orderNotFoundFor: -2013 for young orders, then they are found', async () => {
    paper.addFault({ match: { path: '/order', method: 'GET' }, action: { type: 'orderNotFoundFor', ms: 250 } });
    await close();
    expect((await lookUp()).json).toMatchObject({ code: -2013 });
    expect((await lookUp()).json).toMatchObject({ code: -2013 });
    await expect.poll(async () => (await lookUp()).json['status']).toBe('FILLED');
  });

  it('tradesNotFoundFor: account trades omit young trades, then show them', async () => {
    paper.addFault({ match: { path: '/userTrades' }, action: { type: 'tradesNotFoundFor', ms: 250 } });
    await close();
    const trades = async (): Promise<unknown> =>
      JSON.parse((await call(paper, 'GET', '/fapi/v1/userTrades', { symbol: 'BTCUSDT' })).text);
    expect(await trades()).toEqual([]);
    await expect.poll(trades).toMatchObject([{ qty: '0.01' }]);
  });

  const ping = () => call(paper, 'GET', '/fapi/v1/ping', {}, { unsigned: true });
  const statuses = async (count: number): Promise<number[]> => {
    const seen: number[] = [];
    for (let index = 0; index < count; index += 1) seen.push((await ping()).status);
    return seen;
  };
  const teapot = { type: 'status', status: 418 } as const;

  it('once by default', async () => {
    paper.addFault({ action: teapot });
    expect(await statuses(3)).toEqual([418, 200, 200]);
  });
  it('from the nth matching request on, as often as said', async () => {
    paper.addFault({ match: { path: '/ping', nth: 2 }, action: teapot, times: 2 });
    await call(paper, 'GET', '/fapi/v1/time', {}, { unsigned: true });
    expect(await statuses(4)).toEqual([200, 418, 418, 200]);
  });
  it('for ever, until it is cleared', async () => {
    paper.addFault({ match: { path: '/fapi/v1/ping' }, action: teapot, times: -1 });
    expect(await statuses(3)).toEqual([418, 418, 418]);
    paper.clearFaults();
    expect(await statuses(1)).toEqual([200]);
  });
  it('not after its time', async () => {
    paper.addFault({ action: teapot, times: -1, untilMs: Date.now() - 1 });
    expect(await statuses(1)).toEqual([200]);
    expect(paper.faults()).toEqual([]);
  });
  it('only for its symbol, method and path', async () => {
    paper.addFault({ match: { ...ORDER, symbol: 'ETHUSDT' }, action: teapot });
    expect((await close()).status).toBe(200);
    expect((await call(paper, 'GET', '/fapi/v1/order', { symbol: 'ETHUSDT', orderId: 1 })).status).toBe(400);
    expect((await call(paper, 'POST', '/fapi/v1/order', { symbol: 'ETHUSDT' })).status).toBe(418);
  });
});
