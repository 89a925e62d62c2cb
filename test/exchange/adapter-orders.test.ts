import { describe, expect, it } from 'vitest';
import { ExchangeUnavailable } from '../../src/exchange/exchange.port.js';
import { toPlainString } from '../../src/flow/0-decimal.js';
import { BTC, ETH, pause, useRig } from './adapter-support.js';
import { placeReduceOnly } from '../harness/place-order.js';

const rig = useRig();

describe('a reduce-only order', () => {
  it('closes part of a long position: SELL, reduce-only, the quantity as it was given', async () => {
    const { outcome, id, signed } = await rig.closeSome();
    expect(outcome).toMatchObject({
      kind: 'accepted',
      order: { status: 'FILLED', clientOrderId: id, symbol: BTC, side: 'SELL', reduceOnly: true },
    });
    if (outcome.kind !== 'accepted') throw new Error(outcome.kind);
    expect([toPlainString(outcome.order.quantity), toPlainString(outcome.order.executedQty)]).toEqual([
      '0.004',
      '0.004',
    ]);
    expect(outcome.order.avgPrice.gt(0)).toBe(true);
    const [request, ...others] = rig.requests('POST /fapi/v1/order');
    expect(others).toEqual([]);
    expect(request?.params).toMatchObject({
      symbol: BTC,
      side: 'SELL',
      type: 'MARKET',
      quantity: '0.004',
      reduceOnly: 'true',
      newClientOrderId: id,
      newOrderRespType: 'RESULT',
      recvWindow: '2000',
    });
    expect(request?.params).not.toHaveProperty('positionSide');
    expect(signed).toEqual([{ signedTimestampMs: Number(request?.params.timestamp), recvWindowMs: 2000 }]);
  });

  it('[Q7] buys a short position back', async () => {
    const order = { symbol: ETH, side: 'BUY', quantity: '0.500', clientOrderId: 'pg-short' } as const;
    expect(await placeReduceOnly(rig.exchange, order)).toMatchObject({ kind: 'accepted' });
    expect(rig.paper.records().positions.map((p) => [p.symbol, p.amount])).toEqual([[BTC, '0.01']]);
  });

  it('does not reach the exchange when beforeSend rejects, and the rejection comes out unchanged', async () => {
    const reason = new Error('kill_switch_active');
    await expect(rig.closeSome({ hook: () => Promise.reject(reason) })).rejects.toBe(reason);
    await pause(50);
    expect(rig.requests('POST /fapi/v1/order')).toEqual([]);
    expect((await rig.closeSome()).outcome.kind).toBe('accepted');
  });

  it('an exchange error that beforeSend itself rejects with comes out unchanged too', async () => {
    const reason = new ExchangeUnavailable('of the hook');
    await expect(rig.closeSome({ hook: () => Promise.reject(reason) })).rejects.toBe(reason);
  });

  it('is not sent while beforeSend runs', async () => {
    let seen = -1;
    await rig.closeSome({
      hook: async () => {
        await pause(50);
        seen = rig.requests('POST /fapi/v1/order').length;
      },
    });
    expect(seen).toBe(0);
    expect(rig.requests('POST /fapi/v1/order')).toHaveLength(1);
  });

  it('many at once get their own hooks and ids', async () => {
    const results = await Promise.all(
      Array.from({ length: 30 }, (_, n) => rig.closeSome({ id: `pg-many-${n}`, quantity: '0.001' })),
    );
    const matches = results.map(({ outcome, id, signed }) => {
      const ours = outcome.kind === 'accepted' ? outcome.order.clientOrderId === id : outcome.kind === 'rejected';
      return ours && signed.length === 1;
    });
    expect(matches).not.toContain(false);
    expect(results.filter(({ outcome }) => outcome.kind === 'accepted')).toHaveLength(10);
    expect(rig.requests('POST /fapi/v1/order')).toHaveLength(30);
  });

  it.each(['1e-3', '0', '-1', '', '.5', 'NaN', '0x1', ' 1', '0.000'])(
    '[Q3] quantity %j is refused before anything is signed',
    async (quantity) => {
      await expect(rig.closeSome({ quantity })).rejects.toThrow('quantity must be a plain decimal above zero');
      expect(rig.paper.records().requests).toEqual([]);
    },
  );

  it('a client order id that the exchange does not accept is refused before anything is signed', async () => {
    await expect(rig.closeSome({ id: 'x'.repeat(37) })).rejects.toThrow('1 to 36');
    await expect(rig.closeSome({ id: 'a b' })).rejects.toThrow('1 to 36');
  });

  it('[Q5] a quantity off the market step is sent unchanged, and the exchange refuses it', async () => {
    const { outcome } = await rig.closeSome({ quantity: '0.0045' });
    expect(outcome).toMatchObject({ kind: 'not_accepted', code: '-1111', again: 'by_new_rules' });
    expect(rig.requests('POST /fapi/v1/order')[0]?.params.quantity).toBe('0.0045');
  });

  it('[O4] nothing to reduce: rejected with code and message', async () => {
    rig.paper.setPosition(BTC, '0');
    const { outcome } = await rig.closeSome();
    expect(outcome).toEqual({ kind: 'rejected', code: '-2022', message: 'ReduceOnly Order is rejected.' });
  });

  it.each([
    ['NEW', '0'],
    ['PARTIALLY_FILLED', '0.001'],
    ['EXPIRED', '0.003'],
  ] as const)('[O7] an answer that says %s is read as it is', async (status, executedQty) => {
    rig.paper.addFault({ match: { path: '/order' }, action: { type: 'respondAs', status, executedQty } });
    const { outcome } = await rig.closeSome();
    if (outcome.kind !== 'accepted') throw new Error(outcome.kind);
    expect([outcome.order.status, toPlainString(outcome.order.executedQty)]).toEqual([status, executedQty]);
  });
});
