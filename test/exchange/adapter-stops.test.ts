import { describe, expect, it } from 'vitest';
import { toPlainString } from '../../src/flow/0-decimal.js';
import { BTC, pause, useRig } from './adapter-support.js';
import { placeStop } from '../harness/place-order.js';

const rig = useRig();
const STOP = { symbol: BTC, side: 'SELL', triggerPrice: '55000.0', clientOrderId: 'pg-stop-1' } as const;
const ALGO = { method: 'POST', path: '/fapi/v1/algoOrder' };

describe('a stop [O11]', () => {
  it('is placed to close the position, listed, found, and cancelled', async () => {
    const signed: number[] = [];
    const placed = await placeStop(rig.exchange, STOP, (request) => {
      signed.push(request.signedTimestampMs);
      return Promise.resolve();
    });
    expect(placed).toMatchObject({ kind: 'placed' });
    expect(rig.requests('POST /fapi/v1/algoOrder')[0]?.params).toMatchObject({
      algoType: 'CONDITIONAL',
      type: 'STOP_MARKET',
      closePosition: 'true',
      workingType: 'MARK_PRICE',
      triggerPrice: '55000.0',
      clientAlgoId: 'pg-stop-1',
      timestamp: String(signed[0]),
    });
    const [open, ...more] = await rig.exchange.openStops(BTC);
    expect(more).toEqual([]);
    expect(open).toMatchObject({ clientOrderId: 'pg-stop-1', side: 'SELL', isOpen: true });
    expect(open && toPlainString(open.triggerPrice)).toBe('55000');
    expect(placed.kind === 'placed' && placed.stopId).toBe(open?.stopId);
    await rig.exchange.cancelStop(BTC, 'pg-stop-1');
    expect(await rig.exchange.openStops(BTC)).toEqual([]);
    expect(await rig.exchange.findStop(BTC, 'pg-stop-1')).toMatchObject({ isOpen: false });
    await expect(rig.exchange.cancelStop(BTC, 'pg-stop-1')).resolves.toBeUndefined();
  });

  it('that would trigger at once is reported, and nothing is sold', async () => {
    const outcome = await placeStop(rig.exchange, { ...STOP, triggerPrice: '61000.0' });
    expect(outcome).toEqual({ kind: 'would_trigger', message: 'Order would immediately trigger.' });
    expect(rig.paper.records()).toMatchObject({ orders: [], algoOrders: [] });
  });

  it('whose answer is lost is unknown, and found by its id', async () => {
    rig.paper.addFault({ match: ALGO, action: { type: 'loseReply' } });
    expect(await placeStop(rig.exchange, STOP)).toMatchObject({ kind: 'unknown' });
    expect(await rig.exchange.findStop(BTC, 'pg-stop-1')).toMatchObject({ isOpen: true });
    expect(rig.requests('POST /fapi/v1/algoOrder')).toHaveLength(1);
  });

  it('that was never placed is not found', async () => {
    expect(await rig.exchange.findStop(BTC, 'nobody')).toBeUndefined();
    expect(await rig.exchange.openStops(BTC)).toEqual([]);
  });

  it('with the id of an open stop is a duplicate', async () => {
    await placeStop(rig.exchange, STOP);
    expect(await placeStop(rig.exchange, STOP)).toMatchObject({ kind: 'duplicate' });
  });

  it('without a position is rejected', async () => {
    rig.paper.setPosition(BTC, '0');
    expect(await placeStop(rig.exchange, STOP)).toMatchObject({ kind: 'rejected' });
  });

  it('that beforeSend rejects never reaches the exchange', async () => {
    const reason = new Error('disarmed');
    await expect(placeStop(rig.exchange, STOP, () => Promise.reject(reason))).rejects.toBe(reason);
    await pause(50);
    expect(rig.requests('POST /fapi/v1/algoOrder')).toEqual([]);
  });

  it('an answer without its id proves nothing', async () => {
    rig.paper.addFault({ match: ALGO, action: { type: 'status', status: 200, body: '{"orderId":5}' } });
    expect(await placeStop(rig.exchange, STOP)).toMatchObject({ kind: 'unknown' });
  });
});
