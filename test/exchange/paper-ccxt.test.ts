import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  DEFAULT_API_KEY,
  DEFAULT_API_SECRET,
  type PaperExchange,
  startPaperExchange,
} from '../../src/paper-exchange/index.js';

/** What these tests use of ccxt's exchange. */
interface Ccxt {
  urls: { api: Record<string, string> };
  exceptions: { exact: Record<string, unknown>; linear: { exact: Record<string, unknown> } };
  loadMarkets(): Promise<Record<string, unknown>>;
  createOrder(
    symbol: string,
    type: string,
    side: string,
    amount: number,
    price?: number,
    params?: Record<string, unknown>,
  ): Promise<CcxtOrder>;
  fetchOrder(id: string | undefined, symbol: string, params?: Record<string, unknown>): Promise<CcxtOrder>;
  fetchOpenOrders(
    symbol: string,
    since?: number,
    limit?: number,
    params?: Record<string, unknown>,
  ): Promise<CcxtOrder[]>;
  cancelOrder(id: string, symbol: string, params?: Record<string, unknown>): Promise<CcxtOrder>;
  fetchPositions(): Promise<{ symbol: string; side: string; contracts: number; entryPrice: number }[]>;
  fetchMyTrades(symbol: string): Promise<{ order: string; amount: number; side: string }[]>;
  fetchBalance(): Promise<{ USDT: { total: number } }>;
  fetchPositionMode(): Promise<{ hedged: boolean }>;
  setLeverage(leverage: number, symbol: string): Promise<{ leverage: string | number }>;
  fetchTicker(symbol: string): Promise<{ last: number }>;
}
interface CcxtOrder {
  id: string;
  clientOrderId: string;
  status: string;
  filled: number;
  amount: number;
  average: number;
  reduceOnly: boolean;
}

const BTC = 'BTC/USDT:USDT';
let paper: PaperExchange;
let ccxt: Ccxt;

beforeEach(async () => {
  paper = await startPaperExchange({ port: 0 });
  const file = new URL('./src/binanceusdm.js', import.meta.resolve('ccxt')).href;
  const { default: Binance } = (await import(file)) as { default: new (config: object) => Ccxt };
  ccxt = new Binance({
    apiKey: DEFAULT_API_KEY,
    secret: DEFAULT_API_SECRET,
    enableRateLimit: false,
    options: { fetchCurrencies: false },
  });
  for (const [name, version] of [
    ['fapiPublic', 'v1'],
    ['fapiPublicV2', 'v2'],
    ['fapiPublicV3', 'v3'],
    ['fapiPrivate', 'v1'],
    ['fapiPrivateV2', 'v2'],
    ['fapiPrivateV3', 'v3'],
  ] as const) {
    ccxt.urls.api[name] = `${paper.restUrl}/fapi/${version}`;
  }
  ccxt.exceptions.exact = { ...ccxt.exceptions.exact, ...ccxt.exceptions.linear.exact };
});

afterEach(() => paper.close());

describe('ccxt against the paper exchange', () => {
  it('opens, sees, reduces and closes a position', async () => {
    const opened = await ccxt.createOrder(BTC, 'market', 'buy', 0.01);
    expect(opened).toMatchObject({ status: 'closed', filled: 0.01, average: 65000.1 });
    expect(await ccxt.fetchPositions()).toMatchObject([
      { symbol: BTC, side: 'long', contracts: 0.01, entryPrice: 65000.1 },
    ]);

    const reduced = await ccxt.createOrder(BTC, 'market', 'sell', 0.0047, undefined, {
      reduceOnly: true,
      clientOrderId: 'cut-1',
    });
    expect(reduced).toMatchObject({ clientOrderId: 'cut-1', filled: 0.004, reduceOnly: true });
    expect(await ccxt.fetchOrder(undefined, BTC, { origClientOrderId: 'cut-1' })).toMatchObject({
      id: reduced.id,
      status: 'closed',
    });

    await ccxt.createOrder(BTC, 'market', 'sell', 0.006, undefined, { reduceOnly: true });
    expect(await ccxt.fetchPositions()).toEqual([]);
    expect((await ccxt.fetchMyTrades(BTC)).map((trade) => [trade.side, trade.amount])).toEqual([
      ['buy', 0.01],
      ['sell', 0.004],
      ['sell', 0.006],
    ]);
    expect((await ccxt.fetchBalance()).USDT.total).toBeLessThan(100_000);
  });

  it('shorts, and reduces the short by buying', async () => {
    await ccxt.createOrder(BTC, 'market', 'sell', 0.005);
    expect(await ccxt.fetchPositions()).toMatchObject([{ side: 'short', contracts: 0.005 }]);
    await ccxt.createOrder(BTC, 'market', 'buy', 0.002, undefined, { reduceOnly: true });
    expect(paper.records().positions).toMatchObject([{ symbol: 'BTCUSDT', amount: '-0.003' }]);
  });

  it('gets -2022 for a reduce-only order without a position, -2013 for an unknown order', async () => {
    await expect(ccxt.createOrder(BTC, 'market', 'sell', 0.01, undefined, { reduceOnly: true })).rejects.toMatchObject({
      name: 'InvalidOrder',
      message: expect.stringContaining('"code":-2022'),
    });
    await expect(ccxt.fetchOrder('1', BTC)).rejects.toMatchObject({ name: 'OrderNotFound' });
    expect(paper.records().orders).toEqual([]);
    expect(paper.records().refused).toEqual({ '-2022': 1, '-2013': 1 });
  });

  it('rests, lists and cancels a limit order', async () => {
    const resting = await ccxt.createOrder(BTC, 'limit', 'buy', 0.01, 64000);
    expect(resting.status).toBe('open');
    expect(await ccxt.fetchOpenOrders(BTC)).toMatchObject([{ id: resting.id, status: 'open' }]);
    expect(await ccxt.cancelOrder(resting.id, BTC)).toMatchObject({ status: 'canceled' });
    expect(await ccxt.fetchOpenOrders(BTC)).toEqual([]);
  });

  it('places, finds, triggers a stop', async () => {
    paper.setPosition('BTCUSDT', '0.010');
    const stop = await ccxt.createOrder(BTC, 'market', 'sell', 0.01, undefined, {
      reduceOnly: true,
      stopLossPrice: 60000,
      clientAlgoId: 'stop-1',
    });
    expect(stop).toMatchObject({ status: 'open', clientOrderId: 'stop-1' });
    expect(await ccxt.fetchOpenOrders(BTC, undefined, undefined, { trigger: true })).toMatchObject([{ id: stop.id }]);
    paper.setMark('BTCUSDT', '59990');
    expect(await ccxt.fetchOrder(stop.id, BTC, { trigger: true })).toMatchObject({ status: 'closed' });
    expect(paper.records().positions).toEqual([]);
  });

  it('reads and sets the account', async () => {
    expect(await ccxt.fetchPositionMode()).toMatchObject({ hedged: false });
    paper.setHedgeMode(true);
    expect(await ccxt.fetchPositionMode()).toMatchObject({ hedged: true });
    expect(Number((await ccxt.setLeverage(7, BTC)).leverage)).toBe(7);
    expect(await ccxt.fetchTicker(BTC)).toMatchObject({ last: 65000 });
  });

  it('trades a symbol with non-ASCII letters', async () => {
    const bought = await ccxt.createOrder('币安人生/USDT:USDT', 'market', 'buy', 100);
    expect(bought.filled).toBe(100);
    expect(await ccxt.fetchOrder(bought.id, '币安人生/USDT:USDT')).toMatchObject({ status: 'closed' });
  });
});
