import { describe, expect, it } from 'vitest';
import { OwnAddressLimits } from '../../src/exchange/address-limits.port.js';
import { ExchangeUnavailable } from '../../src/exchange/exchange.port.js';
import type { RequestObservation } from '../../src/exchange/exchange-calls.js';
import { BTC, pause, useRig } from './adapter-support.js';

const rig = useRig();
const calls = (): number => rig.paper.records().requests.length;
const limited = (status: number, more: object) => ({
  match: { method: 'POST', path: '/fapi/v1/order' },
  action: { type: 'status', status, code: -1003, msg: 'Too many requests.', ...more } as const,
});

describe('after 429 or 418 [O5]', () => {
  it.each([429, 418])(
    '%i with Retry-After: no call of any kind before the time, from no process that shares the bans',
    async (status) => {
      const addressLimits = new OwnAddressLimits();
      const [one, other] = [rig.open({ addressLimits }), rig.open({ addressLimits })];
      await Promise.all([one.connect(), other.connect()]);
      rig.paper.addFault(limited(status, { headers: { 'Retry-After': '1' } }));
      const { outcome } = await rig.closeSome({ exchange: one });
      const sentMs = Date.now();
      if (outcome.kind !== 'not_accepted') throw new Error(outcome.kind);
      expect(outcome).toMatchObject({ code: '-1003', message: 'Too many requests.', again: 'later' });
      expect(outcome.bannedUntilMs).toBeGreaterThan(sentMs + 900);
      expect(one.budget().bannedUntilMs).toBeGreaterThan(sentMs + 900);

      const before = calls();
      for (const exchange of [one, other]) {
        const again = await rig.closeSome({ exchange });
        expect(again.outcome).toMatchObject({ kind: 'not_accepted', code: 'banned', again: 'later' });
        expect(again.signed).toEqual([]);
        await expect(exchange.positions([BTC])).rejects.toThrow(
          /positionRisk not sent: the exchange forbade all calls for another 1 s/,
        );
        await expect(exchange.findOrder(BTC, 'x')).rejects.toThrow(ExchangeUnavailable);
        await expect(exchange.openStops(BTC)).rejects.toThrow(ExchangeUnavailable);
        await expect(exchange.cancelStop(BTC, 'x')).rejects.toThrow(ExchangeUnavailable);
        await expect(exchange.connect()).rejects.toThrow(ExchangeUnavailable);
        expect(exchange.health()).toMatchObject({ state: 'failing' });
      }
      expect(calls()).toBe(before);

      await pause(sentMs + 1050 - Date.now());
      expect((await rig.closeSome({ exchange: other })).outcome.kind).toBe('accepted');
      expect(one.budget().bannedUntilMs).toBe(0);
    },
  );

  it('503 with the code of a rate limit bans nothing: the order is looked up at once, part of [E5]', async () => {
    rig.paper.addFault(limited(503, { process: true }));
    const { outcome, id } = await rig.closeSome();
    expect(outcome).toMatchObject({ kind: 'unknown', detail: expect.stringContaining('HTTP 503') as string });
    expect(rig.exchange.budget().bannedUntilMs).toBe(0);
    expect(await rig.exchange.findOrder(BTC, id)).toMatchObject({ kind: 'found' });
  });

  it('a ban time in the message counts by the exchange’s clock, though the host is an hour off', async () => {
    rig.paper.setClockOffset(3_600_000);
    await rig.exchange.connect();
    const until = Date.now() + 3_600_000 + 30_000;
    rig.paper.addFault(limited(418, { msg: `Way too many requests; IP banned until ${until}.` }));
    const { outcome } = await rig.closeSome();
    if (outcome.kind !== 'not_accepted') throw new Error(outcome.kind);
    expect(outcome.bannedUntilMs - Date.now()).toBeGreaterThan(29_000);
    expect(outcome.bannedUntilMs - Date.now()).toBeLessThan(30_100);
  });

  it('a limited read stops orders too', async () => {
    await rig.exchange.connect();
    rig.paper.addFault({
      match: { path: '/positionRisk' },
      action: { type: 'status', status: 429, code: -1003, headers: { 'Retry-After': '30' } },
    });
    await expect(rig.exchange.positions([])).rejects.toThrow('HTTP 429');
    const before = calls();
    expect((await rig.closeSome()).outcome).toMatchObject({ kind: 'not_accepted', code: 'banned' });
    expect(calls()).toBe(before);
  });

  it('a ban that another call receives while the hook runs still stops the order', async () => {
    await rig.exchange.connect();
    rig.paper.addFault({
      match: { path: '/positionRisk' },
      action: { type: 'status', status: 429, code: -1003, headers: { 'Retry-After': '30' } },
    });
    const { outcome, signed } = await rig.closeSome({
      hook: () =>
        rig.exchange.positions([]).then(
          () => undefined,
          () => undefined,
        ),
    });
    expect(signed).toHaveLength(1);
    expect(outcome).toMatchObject({ kind: 'not_accepted', code: 'banned', again: 'later' });
    await pause(50);
    expect(rig.requests('POST /fapi/v1/order')).toEqual([]);
  });
});

describe('the weight budget', () => {
  const used = (weight: number) => ({
    match: { path: '/positionSide/dual' },
    action: {
      type: 'status',
      status: 200,
      body: '{"dualSidePosition":false}',
      headers: { 'X-MBX-USED-WEIGHT-1M': String(weight) },
    } as const,
  });

  it('reads stop before the reserve for orders and their look-ups', async () => {
    await rig.exchange.connect();
    rig.paper.addFault(used(2170));
    await rig.exchange.isHedgeMode();
    expect(rig.exchange.budget().usedWeight1m).toBe(2170);
    const before = rig.requests('GET /fapi/v3/positionRisk').length;
    await expect(rig.exchange.positions([BTC])).rejects.toThrow(/request weight 2170 of 2400 a minute is used/);
    expect(rig.requests('GET /fapi/v3/positionRisk')).toHaveLength(before);
    const { outcome, id } = await rig.closeSome();
    expect(outcome.kind).toBe('accepted');
    expect(await rig.exchange.findOrder(BTC, id)).toMatchObject({ kind: 'found' });
  });

  it('an unreachable ban store stops calls, and does not change the exchange’s health: calls work again when the store is back [R1]', async () => {
    let away = false;
    const remainingMs = (): Promise<number> => (away ? Promise.reject(new Error('Redis is away')) : Promise.resolve(0));
    const exchange = rig.open({ addressLimits: Object.assign(new OwnAddressLimits(), { remainingMs }) });
    await exchange.connect();
    expect(await exchange.isHedgeMode()).toBe(false);
    expect(exchange.health().state).toBe('ok');
    away = true;
    await expect(exchange.isHedgeMode()).rejects.toThrow(/not sent: the shared ban time cannot be read/);
    await expect(exchange.connect()).rejects.toThrow(/not sent: the shared ban time cannot be read/);
    away = false;
    expect(exchange.health().state).toBe('ok');
  });

  it('every call is reported to the observer, by endpoint and outcome', async () => {
    const seen: RequestObservation[] = [];
    const exchange = rig.open({ onRequest: (observation) => seen.push(observation) });
    await exchange.connect();
    await rig.closeSome({ exchange });
    await exchange.findOrder(BTC, 'nobody');
    expect(seen.every(({ seconds }) => seconds > 0 && seconds < 5)).toBe(true);
    expect(seen.map(({ endpoint, outcome }) => `${endpoint} ${outcome}`)).toEqual([
      'GET /fapi/v1/time ok',
      'GET /fapi/v1/time ok',
      'GET /fapi/v1/time ok',
      'GET /fapi/v1/exchangeInfo ok',
      'GET /fapi/v3/positionRisk ok',
      'POST /fapi/v1/order known',
      'GET /fapi/v1/order absent',
    ]);
  });
});
