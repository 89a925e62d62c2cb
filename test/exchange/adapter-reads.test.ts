import { describe, expect, it } from 'vitest';
import { toPlainString } from '../../src/flow/0-decimal.js';
import { CredentialsRefused, ExchangeUnavailable } from '../../src/exchange/exchange.port.js';
import type { MarketSymbol } from '../../src/flow/0-primitives.js';
import { type FaultAction, type FaultMatch } from '../../src/paper-exchange/index.js';
import { call } from './paper-client.js';
import { BTC, ETH, pause, useRig } from './adapter-support.js';
import { placeReduceOnly } from '../harness/place-order.js';

const rig = useRig();
const SOL = 'SOLUSDT' as MarketSymbol;

describe('positions', () => {
  it('are signed, and flat symbols come with amount 0 and a mark price', async () => {
    const { positions } = await rig.exchange.positions([BTC, SOL]);
    expect([...positions].map(([symbol, p]) => [symbol, toPlainString(p.amount)])).toEqual([
      [BTC, '0.01'],
      [ETH, '-0.5'],
      [SOL, '0'],
    ]);
    expect(positions.get(BTC)?.markPrice.toFixed()).toBe('60000');
    expect(positions.get(SOL)?.markPrice.gt(0)).toBe(true);
    expect(Number(positions.get(BTC)?.leverage)).toBeGreaterThan(0);
  });

  it('[S13] of many symbols take one positions read and one price read', async () => {
    await rig.exchange.connect();
    const before = rig.paper.records().requests.length;
    const many = Array.from({ length: 50 }, (_, n) => `X${n}USDT` as MarketSymbol);
    const { positions } = await rig.exchange.positions([...many, SOL]);
    expect(positions.get(SOL)?.markPrice.gt(0)).toBe(true);
    expect(positions.get(many[0] ?? BTC)?.markPrice.toFixed()).toBe('0');
    const { requests } = rig.paper.records();
    expect(requests.slice(before).map((r) => r.path)).toEqual(['/fapi/v3/positionRisk', '/fapi/v1/premiumIndex']);
  });

  it('[S5] a symbol that is absent from a good answer is flat, also when no price can be read', async () => {
    rig.paper.setPosition(BTC, '0');
    rig.paper.addFault({ match: { path: '/premiumIndex' }, action: { type: 'status', status: 500 } });
    const { positions } = await rig.exchange.positions([BTC]);
    expect(positions.get(BTC)).toMatchObject({ symbol: BTC, leverage: '0' });
    expect([positions.get(BTC)?.amount.isZero(), positions.get(BTC)?.markPrice.isZero()]).toEqual([true, true]);
  });

  const status = (code: number, more: object = {}): FaultAction => ({ type: 'status', status: code, ...more });
  const failures: [title: string, action: FaultAction][] = [
    ['cut', { type: 'loseRequest' }],
    ['cut after the work', { type: 'loseReply' }],
    ['hanging', { type: 'hangBody' }],
    ['late', { type: 'delay', ms: 1000 }],
    ['500', status(500)],
    ['503', status(503, { code: -1008 })],
    ['200 with {}', status(200, { body: '{}' })],
    ['200 with null', status(200, { body: 'null' })],
    ['200 with an error body', status(200, { code: -1000 })],
    ['200 with HTML', status(200, { body: '<html></html>' })],
    ['200 with nothing', status(200, { body: '' })],
    ['-2013', status(400, { code: -2013 })],
  ];
  it.each(failures)('[S5] a failing query is unavailable, never flat: %s', async (_, action) => {
    await rig.exchange.connect();
    const match: FaultMatch = { path: '/positionRisk' };
    rig.paper.addFault({ match, action });
    const startedMs = performance.now();
    await expect(rig.exchange.positions([BTC])).rejects.toThrow(ExchangeUnavailable);
    expect(performance.now() - startedMs).toBeLessThan(700);
    expect(rig.exchange.health()).toMatchObject({ state: 'failing' });
    await pause(20);
    await expect(rig.exchange.positions([BTC])).resolves.toBeDefined();
    expect(rig.exchange.health()).toMatchObject({ state: 'ok' });
  });

  it('[O10] hedge mode is reported, and its positions are an error', async () => {
    expect(await rig.exchange.isHedgeMode()).toBe(false);
    rig.paper.setPosition(BTC, '0');
    rig.paper.setPosition(ETH, '0');
    rig.paper.setHedgeMode(true);
    expect(await rig.exchange.isHedgeMode()).toBe(true);
    await expect(rig.exchange.positions([BTC])).resolves.toBeDefined();
    const long = { symbol: BTC, side: 'BUY', type: 'MARKET', quantity: '0.002', positionSide: 'LONG' };
    expect((await call(rig.paper, 'POST', '/fapi/v1/order', long)).status).toBe(200);
    await expect(rig.exchange.positions([BTC])).rejects.toThrow(/BTCUSDT has a LONG position of 0.002: .* hedge mode/);
  });
});

describe('rules', () => {
  it('come from exchangeInfo, read once', async () => {
    const rules = await rig.exchange.rules(BTC);
    expect(rules).toMatchObject({ symbol: BTC });
    expect([rules.stepSize, rules.minQty, rules.maxQty, rules.tickSize].every((value) => value.gt(0))).toBe(true);
    await Promise.all([rig.exchange.rules(ETH), rig.exchange.rules(SOL)]);
    expect(rig.requests('GET /fapi/v1/exchangeInfo')).toHaveLength(1);
  });

  it('[Q4] an unlisted symbol, or an exchangeInfo that cannot be read, is unavailable', async () => {
    rig.paper.addFault({ match: { path: '/exchangeInfo' }, action: { type: 'status', status: 200, body: '{}' } });
    await expect(rig.exchange.rules(BTC)).rejects.toThrow(ExchangeUnavailable);
    rig.paper.addFault({ match: { path: '/exchangeInfo' }, action: { type: 'hangBody' } });
    await expect(rig.exchange.rules(BTC)).rejects.toThrow('no complete answer within 400 ms');
    await expect(rig.exchange.rules('NOPEUSDT' as MarketSymbol)).rejects.toThrow('exchangeInfo does not list NOPEUSDT');
  });
});

describe('resting reductions and trades', () => {
  const limit = { side: 'SELL', type: 'LIMIT', timeInForce: 'GTC', price: '66000', newClientOrderId: 'resting' };

  it.each([1, 25])('[Q9] of %i symbols: reduce-only orders with what is open of them', async (count) => {
    const reducing = { ...limit, symbol: BTC, quantity: '0.006', reduceOnly: 'true' };
    expect((await call(rig.paper, 'POST', '/fapi/v1/order', reducing)).status).toBe(200);
    const opening = { ...limit, symbol: BTC, quantity: '0.003', newClientOrderId: 'opening' };
    expect((await call(rig.paper, 'POST', '/fapi/v1/order', opening)).status).toBe(200);
    const others = count === 1 ? [] : Array.from({ length: count - 1 }, (_, n) => `X${n}USDT` as MarketSymbol);
    const { resting: found } = await rig.exchange.restingReductions([BTC, ...others]);
    expect(found.get(BTC)?.map((r) => [r.clientOrderId, r.side, toPlainString(r.remainingQty)])).toEqual([
      ['resting', 'SELL', '0.006'],
    ]);
    expect(found.size).toBe(count);
    expect(rig.requests('GET /fapi/v1/openOrders')).toHaveLength(1);
  });

  it('a failing query is unavailable, not "none"', async () => {
    rig.paper.addFault({ match: { path: '/openOrders' }, action: { type: 'status', status: 200, body: '{}' } });
    await expect(rig.exchange.restingReductions([BTC])).rejects.toThrow(ExchangeUnavailable);
  });

  it('trades of a symbol since a time, oldest first', async () => {
    await rig.closeSome({ quantity: '0.001' });
    await pause(5);
    const sinceMs = Date.now();
    await rig.closeSome({ quantity: '0.002' });
    await rig.closeSome({ quantity: '0.003' });
    const trades = await rig.exchange.trades(BTC, sinceMs);
    expect(trades.map((t) => [toPlainString(t.quantity), t.side])).toEqual([
      ['0.002', 'SELL'],
      ['0.003', 'SELL'],
    ]);
    expect(await rig.exchange.trades(ETH, 0)).toEqual([]);
  });

  const page = (count: number, firstId: number, timeMs: number): FaultAction => {
    const trade = { orderId: 7, qty: '0.001', price: '1', side: 'SELL' };
    const trades = Array.from({ length: count }, (_, n) => ({ ...trade, id: firstId + n, time: timeMs + n }));
    return { type: 'status', status: 200, body: JSON.stringify(trades) };
  };

  it('trades that fill a page are read in halves of its time, whichever end the page had', async () => {
    const sinceMs = Date.now() - 10_000;
    rig.paper.addFault({ match: { path: '/userTrades' }, action: page(1000, 1, sinceMs) });
    rig.paper.addFault({ match: { path: '/userTrades' }, action: page(700, 1, sinceMs) });
    rig.paper.addFault({ match: { path: '/userTrades' }, action: page(304, 701, sinceMs + 700) });
    expect(await rig.exchange.trades(BTC, sinceMs)).toHaveLength(1004);
    const [whole, first, second] = rig.requests('GET /fapi/v1/userTrades').map(({ params }) => params);
    expect([whole?.startTime, first?.startTime]).toEqual([String(sinceMs), String(sinceMs)]);
    // No millisecond is between the halves, and the second has no end, as the whole had none.
    expect(Number(second?.startTime)).toBe(Number(first?.endTime) + 1);
    expect([whole?.endTime, second?.endTime]).toEqual([undefined, undefined]);
  });

  it('more trades in one millisecond than a page has are unavailable, not truncated', async () => {
    const nowMs = Date.now();
    const same = page(1000, 1, nowMs);
    if (same.type !== 'status') throw new Error(same.type);
    const body = (same.body ?? '').replaceAll(/"time":\d+/g, `"time":${nowMs}`);
    rig.paper.addFault({ match: { path: '/userTrades' }, action: { ...same, body }, times: -1 });
    await expect(rig.exchange.trades(BTC, nowMs)).rejects.toThrow('more than 1000 trades in one millisecond');
  });

  it('trades are read from seven days ago at the earliest, the limit of the exchange', async () => {
    await rig.exchange.trades(BTC, 0);
    const [asked] = rig.requests('GET /fapi/v1/userTrades');
    const daysBack = (Date.now() - Number(asked?.params.startTime)) / 86_400_000;
    expect(daysBack).toBeGreaterThan(6.9);
    expect(daysBack).toBeLessThan(7);
  });
});

describe('credentials [O12]', () => {
  it('a key the exchange does not know is refused at the start', async () => {
    const stranger = rig.open({ apiKey: 'other-key' });
    await expect(stranger.connect()).rejects.toThrow(CredentialsRefused);
    await expect(stranger.positions([BTC])).rejects.toThrow(
      /refuses this API key at GET \/fapi\/v3\/positionRisk: .*-2015/,
    );
    expect(stranger.health()).toMatchObject({ state: 'failing' });
    expect((await rig.closeSome({ exchange: stranger })).outcome).toMatchObject({ kind: 'rejected', code: '-2015' });
  });

  it('a wrong secret is refused at the start, and shown in no error', async () => {
    const stranger = rig.open({ apiSecret: 'not-the-secret' });
    const error = await stranger.connect().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(CredentialsRefused);
    expect(String(error)).toContain('-1022');
    expect(String(error)).not.toContain('not-the-secret');
  });

  it('without a key public reads work, and nothing signed is sent', async () => {
    const keyless = rig.open({ apiKey: undefined, apiSecret: undefined });
    await keyless.connect();
    expect(await keyless.rules(BTC)).toMatchObject({ symbol: BTC });
    expect([keyless.hasCredentials, keyless.health()]).toEqual([false, { state: 'no_credentials' }]);
    const before = rig.paper.records().requests.length;
    await expect(keyless.positions([BTC])).rejects.toThrow(CredentialsRefused);
    const order = { symbol: BTC, side: 'SELL', quantity: '0.001', clientOrderId: 'x' } as const;
    await expect(placeReduceOnly(keyless, order)).rejects.toThrow(CredentialsRefused);
    expect(rig.paper.records().requests).toHaveLength(before);
  });

  it('a key without the right to trade shows in canTrade and in a rejected order', async () => {
    expect(await rig.exchange.canTrade()).toBe(true);
    rig.paper.setCanTrade(false);
    expect(await rig.exchange.canTrade()).toBe(false);
    expect((await rig.closeSome()).outcome).toMatchObject({ kind: 'rejected', code: '-2015' });
  });

  it('the fingerprint names the account and reveals no key', () => {
    const others = [rig.open({ account: 'production' }), rig.open({ apiKey: 'k2' }), rig.open({ apiSecret: 's2' })];
    const [production, otherKey, otherSecret] = others.map((exchange) => exchange.accountFingerprint);
    const { accountFingerprint } = rig.exchange;
    expect(accountFingerprint).toMatch(/^[0-9a-f]{32}$/);
    expect(new Set([accountFingerprint, production, otherKey]).size).toBe(3);
    expect(otherSecret).toBe(accountFingerprint);
  });
});
