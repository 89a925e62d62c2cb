import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type PaperExchange, startPaperExchange } from '../../src/paper-exchange/index.js';
import { call, market } from './paper-client.js';

type Event = Record<string, unknown>;

let paper: PaperExchange;
let key: string;
const sockets: WebSocket[] = [];

beforeEach(async () => {
  paper = await startPaperExchange({ port: 0, positions: { BTCUSDT: '0.010' } });
  key = String((await call(paper, 'POST', '/fapi/v1/listenKey', {}, { unsigned: true })).json['listenKey']);
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
  await paper.close();
});

/** Connects and collects everything that arrives. */
async function connect(path: string): Promise<{ socket: WebSocket; seen: Event[] }> {
  const socket = new WebSocket(paper.wsUrl + path);
  sockets.push(socket);
  const seen: Event[] = [];
  socket.on('message', (data: Buffer) => seen.push(JSON.parse(data.toString('utf8')) as Event));
  await once(socket, 'open');
  return { socket, seen };
}

const kinds = (seen: Event[]): unknown[] => seen.map((event) => event['e']);
const FILL = ['ORDER_TRADE_UPDATE', 'ACCOUNT_UPDATE', 'ORDER_TRADE_UPDATE'];

describe('user-data stream', () => {
  const forms = [
    '/ws/KEY',
    '/ws?listenKey=KEY',
    '/private/ws/KEY',
    '/private/ws?listenKey=KEY',
    '/private/ws?streams=KEY',
  ];
  it.each(forms)('sends a fill to a connection at %s', async (form) => {
    const { seen } = await connect(form.replace('KEY', key));
    await market(paper, 'SELL', '0.004', { reduceOnly: true, newClientOrderId: 'cut' });
    await expect.poll(() => kinds(seen)).toEqual(FILL);
    expect(seen[0]).toMatchObject({ o: { c: 'cut', x: 'NEW', X: 'NEW', z: '0' } });
    expect(seen[1]).toEqual({
      e: 'ACCOUNT_UPDATE',
      E: expect.any(Number),
      T: expect.any(Number),
      a: {
        m: 'ORDER',
        B: [{ a: 'USDT', wb: '99999.87000000', cw: '99999.87000000', bc: '0' }],
        P: [
          {
            s: 'BTCUSDT',
            pa: '0.006',
            ep: '65000',
            bep: '65000',
            cr: '0',
            up: '0.00000000',
            mt: 'cross',
            iw: '0',
            ps: 'BOTH',
            ma: 'USDT',
          },
        ],
      },
    });
    expect(seen[2]).toMatchObject({
      o: {
        s: 'BTCUSDT',
        c: 'cut',
        S: 'SELL',
        o: 'MARKET',
        x: 'TRADE',
        X: 'FILLED',
        l: '0.004',
        z: '0.004',
        L: '65000',
        R: true,
        rp: '0',
      },
    });
  });

  it.each(['/stream?streams=KEY', '/private/stream?streams=KEY'])('wraps what it sends at %s', async (form) => {
    const { seen } = await connect(form.replace('KEY', key));
    await market(paper, 'SELL', '0.004');
    await expect.poll(() => seen.length).toBe(3);
    expect(seen[1]).toMatchObject({ stream: key, data: { e: 'ACCOUNT_UPDATE' } });
  });

  it.each([7, 'a-string-id'])('subscribes, lists and unsubscribes with id %s', async (id) => {
    const { socket, seen } = await connect('/private/stream');
    const ask = async (method: string, params?: string[]): Promise<Event | undefined> => {
      const before = seen.length;
      socket.send(JSON.stringify({ method, id, ...(params && { params }) }));
      await expect.poll(() => seen.length).toBe(before + 1);
      return seen.at(-1);
    };
    expect(await ask('SUBSCRIBE', [key])).toEqual({ result: null, id });
    expect(await ask('LIST_SUBSCRIPTIONS')).toEqual({ result: [key], id });
    await market(paper, 'SELL', '0.004');
    await expect.poll(() => seen.length).toBe(5);
    expect(seen.at(-1)).toMatchObject({ stream: key });
    expect(await ask('UNSUBSCRIBE', [key])).toEqual({ result: null, id });
    await market(paper, 'SELL', '0.004');
    await sleep(50);
    expect(seen).toHaveLength(6);
    expect(await ask('NONSENSE')).toMatchObject({ error: { code: 2 }, id });
  });

  it('sends only the events asked for', async () => {
    const { seen } = await connect(`/private/ws?listenKey=${key}&events=ACCOUNT_UPDATE`);
    await market(paper, 'SELL', '0.004');
    await expect.poll(() => kinds(seen)).toEqual(['ACCOUNT_UPDATE']);
  });

  it('sends nothing to a wrong listen key', async () => {
    const { seen } = await connect('/ws/not-a-key');
    await market(paper, 'SELL', '0.004');
    await sleep(50);
    expect(seen).toEqual([]);
  });

  it('sends a move by hand, unless it is silent', async () => {
    const { seen } = await connect(`/ws/${key}`);
    paper.setPosition('BTCUSDT', '0.5', '64000', { silent: true });
    paper.setPosition('BTCUSDT', '0.25', '64000');
    await expect.poll(() => seen.length).toBe(1);
    expect(seen[0]).toMatchObject({ e: 'ACCOUNT_UPDATE', a: { P: [{ s: 'BTCUSDT', pa: '0.25', ep: '64000' }] } });
  });

  it('sends a conditional order and the order it triggers', async () => {
    const { seen } = await connect(`/ws/${key}`);
    const stop = {
      algoType: 'CONDITIONAL',
      symbol: 'BTCUSDT',
      side: 'SELL',
      type: 'STOP_MARKET',
      triggerPrice: '60000',
    };
    await call(paper, 'POST', '/fapi/v1/algoOrder', { ...stop, closePosition: true, clientAlgoId: 'sl' });
    paper.setMark('BTCUSDT', '59999.9');
    await expect.poll(() => kinds(seen)).toEqual(['ALGO_UPDATE', ...FILL, 'ALGO_UPDATE', 'ALGO_UPDATE']);
    expect(seen[0]).toMatchObject({
      o: { caid: 'sl', aid: expect.any(Number), X: 'NEW', o: 'STOP_MARKET', tp: '60000', cp: true, ai: '' },
    });
    expect(seen[3]).toMatchObject({ o: { X: 'FILLED', o: 'MARKET', ot: 'STOP_MARKET', cp: true, rp: '-50.001' } });
    expect(seen.slice(4)).toMatchObject([
      { o: { X: 'TRIGGERED' } },
      { o: { X: 'FINISHED', ai: expect.stringMatching(/^\d+$/) } },
    ]);
  });

  it('pushes mark prices to their subscribers', async () => {
    const { seen } = await connect('/market/stream?streams=btcusdt@markPrice@1s');
    paper.setMark('BTCUSDT', '65432.1');
    await expect.poll(() => seen.length, { timeout: 3000 }).toBeGreaterThan(0);
    expect(seen[0]).toMatchObject({
      stream: 'btcusdt@markPrice@1s',
      data: { e: 'markPriceUpdate', p: '65432.10000000' },
    });
  });

  it('refuses a path that is not a stream', async () => {
    const socket = new WebSocket(`${paper.wsUrl}/elsewhere`);
    const [error] = (await once(socket, 'error')) as [Error];
    expect(error.message).toContain('404');
  });
});

describe('a stream that fails', () => {
  it('drops: the connection is cut', async () => {
    const { socket } = await connect(`/ws/${key}`);
    const closed = once(socket, 'close');
    paper.dropUserStreams();
    expect((await closed)[0]).toBe(1006);
  });

  it('falls silent: open, answers pings, sends nothing, and events of that time stay undelivered', async () => {
    const { socket, seen } = await connect(`/ws/${key}`);
    paper.silenceUserStreams(true);
    await market(paper, 'SELL', '0.004');
    const pong = once(socket, 'pong');
    socket.ping();
    await pong;
    expect(seen).toEqual([]);
    paper.silenceUserStreams(false);
    await market(paper, 'SELL', '0.002');
    await expect.poll(() => seen.length).toBe(3);
    expect(seen[1]).toMatchObject({ a: { P: [{ pa: '0.004' }] } });
  });

  it('is silent for the time of a fault', async () => {
    const { seen } = await connect(`/ws/${key}`);
    paper.addFault({ action: { type: 'silentStream' } });
    await market(paper, 'SELL', '0.004');
    await market(paper, 'SELL', '0.002');
    paper.clearFaults();
    await market(paper, 'SELL', '0.002');
    await expect.poll(() => kinds(seen)).toEqual(FILL);
  });

  it('expires: one event, then silence on an open connection, and the key is gone', async () => {
    const { socket, seen } = await connect(`/private/ws?listenKey=${key}`);
    paper.expireListenKeys();
    await expect.poll(() => seen).toEqual([{ e: 'listenKeyExpired', E: expect.any(Number), listenKey: key }]);
    await market(paper, 'SELL', '0.004');
    await sleep(50);
    expect(seen).toHaveLength(1);
    expect(socket.readyState).toBe(WebSocket.OPEN);
    expect((await call(paper, 'PUT', '/fapi/v1/listenKey', {}, { unsigned: true })).json).toMatchObject({
      code: -1125,
    });
    const next = (await call(paper, 'POST', '/fapi/v1/listenKey', {}, { unsigned: true })).json['listenKey'];
    expect(next).not.toBe(key);
  });

  it('gives the same key again while it lives, and needs only the API key for it', async () => {
    const again = await call(paper, 'POST', '/fapi/v1/listenKey', {}, { unsigned: true });
    expect(again.json['listenKey']).toBe(key);
    expect((await call(paper, 'PUT', '/fapi/v1/listenKey', {}, { unsigned: true })).json['listenKey']).toBe(key);
    expect((await call(paper, 'POST', '/fapi/v1/listenKey', {}, { unsigned: true, key: 'other' })).status).toBe(401);
  });
});
