import { describe, expect, it } from 'vitest';
import { toPlainString } from '../../src/flow/0-decimal.js';
import type { FaultAction } from '../../src/paper-exchange/index.js';
import { BTC, pause, useRig } from './adapter-support.js';

const rig = useRig();
const ORDER = { method: 'POST', path: '/fapi/v1/order' };
const orders = (): number => rig.requests('POST /fapi/v1/order').length;

describe('the answer to an accepted order is lost', () => {
  const status = (code: number, more: object = {}): FaultAction => ({
    type: 'status',
    status: code,
    process: true,
    ...more,
  });
  const losses: [title: string, action: FaultAction][] = [
    ['the connection is cut', { type: 'loseReply' }],
    ['the body hangs', { type: 'hangBody' }],
    ['nothing comes in time', { type: 'delay', ms: 1000, when: 'after' }],
    ['503 unknown', status(503, { code: -1000, msg: 'Unknown error, please check your request or try again later.' })],
    ['-1007', status(408, { code: -1007, msg: 'Timeout waiting for response from backend server.' })],
    ['-1006', status(400, { code: -1006, msg: 'An unexpected response was received from the message bus.' })],
    ['HTML', status(502, { body: '<html>bad gateway</html>' })],
    ['200 with HTML', status(200, { body: '<html></html>' })],
    ['{}', status(200, { body: '{}' })],
    ['an empty body', status(200, { body: '' })],
    [
      'another order’s answer',
      status(200, { body: '{"orderId":5,"status":"FILLED","symbol":"BTCUSDT","clientOrderId":"x"}' }),
    ],
    ['403 of a firewall', status(403, { body: '<html></html>' })],
    ['500', status(500, { code: -2022, msg: 'x' })],
    ['503 -1008', status(503, { code: -1008, msg: 'Request throttled by system-level protection.' })],
    [
      '503 -1001',
      status(503, { code: -1001, msg: 'Internal error; unable to process your request. Please try again.' }),
    ],
    ['503 "Service Unavailable."', status(503, { body: '{"msg":"Service Unavailable."}' })],
    ['400 -1008', status(400, { code: -1008, msg: 'Request throttled by system-level protection.' })],
  ];
  it.each(losses)('[O1] part of [E5] %s: unknown, sent once, and found by client order id', async (_, action) => {
    await rig.exchange.connect();
    rig.paper.addFault({ match: ORDER, action });
    const startedMs = performance.now();
    const { outcome, id, signed } = await rig.closeSome();
    expect(performance.now() - startedMs).toBeLessThan(700);
    expect(outcome.kind).toBe('unknown');
    expect(signed).toHaveLength(1);
    const found = await rig.exchange.findOrder(BTC, id);
    expect(found).toMatchObject({ kind: 'found', order: { status: 'FILLED', clientOrderId: id } });
    await pause(50);
    expect(orders()).toBe(1);
    expect(rig.paper.records().trades.map((t) => t.quantity)).toEqual(['0.004']);
  });

  it('[O2] the request itself is lost: also unknown, and not found', async () => {
    rig.paper.addFault({ match: ORDER, action: { type: 'loseRequest' } });
    const { outcome, id } = await rig.closeSome();
    expect(outcome.kind).toBe('unknown');
    expect(await rig.exchange.findOrder(BTC, id)).toEqual({ kind: 'not_found' });
    expect(await rig.exchange.trades(BTC, 0)).toEqual([]);
    expect(orders()).toBe(1);
  });

  it('[O3] an early look-up says not found, a later one finds it', async () => {
    rig.paper.addFault({ action: { type: 'orderNotFoundFor', ms: 300 } });
    const { id } = await rig.closeSome();
    const orderId = (await rig.exchange.trades(BTC, 0))[0]?.orderId ?? '';
    expect(await rig.exchange.findOrder(BTC, id)).toEqual({ kind: 'not_found' });
    expect(await rig.exchange.findClientOrderId(BTC, orderId)).toBeUndefined();
    await pause(350);
    expect(await rig.exchange.findOrder(BTC, id)).toMatchObject({ kind: 'found', order: { status: 'FILLED' } });
    expect(await rig.exchange.findClientOrderId(BTC, orderId)).toBe(id);
  });
});

describe('the answer is definite', () => {
  const rejections: [status: number, code: number, msg: string][] = [
    [400, -2022, 'ReduceOnly Order is rejected.'],
    [400, -4118, 'ReduceOnly Order Failed.'],
    [400, -4192, 'Trade forbidden due to Cooling-off Period.'],
    [400, -2019, 'Margin is insufficient.'],
    [400, -1121, 'Invalid symbol.'],
    [401, -2015, 'Invalid API-key, IP, or permissions for action.'],
  ];
  it.each(rejections)('[O4] %i %i is rejected and not sent again', async (status, code, msg) => {
    rig.paper.addFault({ match: ORDER, action: { type: 'status', status, code, msg } });
    expect((await rig.closeSome()).outcome).toEqual({ kind: 'rejected', code: String(code), message: msg });
    expect(orders()).toBe(1);
  });

  it('a refusal names the market’s status when it is not trading', async () => {
    const rules = { status: 'SETTLING', symbol: BTC, filters: [] };
    rig.paper.addFault({
      match: { path: '/exchangeInfo' },
      action: { type: 'status', status: 200, body: JSON.stringify({ symbols: [rules] }) },
    });
    await rig.exchange.connect();
    rig.paper.setPosition(BTC, '0');
    expect((await rig.closeSome()).outcome).toMatchObject({
      kind: 'rejected',
      message: "ReduceOnly Order is rejected. (the market's status is SETTLING)",
    });
  });

  it('-4116 is a duplicate: our order exists and is looked up', async () => {
    rig.paper.addFault({ match: { path: '/order' }, action: { type: 'respondAs', status: 'NEW', fillAfterMs: 2000 } });
    const { id } = await rig.closeSome();
    expect((await rig.closeSome({ id })).outcome).toMatchObject({ kind: 'duplicate' });
    const found = await rig.exchange.findOrder(BTC, id);
    expect(found.kind === 'found' && toPlainString(found.order.quantity)).toBe('0.004');
  });

  it('an unreachable exchange accepted nothing, and the hook never ran', async () => {
    await rig.exchange.connect();
    await rig.paper.close();
    await pause(50);
    const { outcome, signed } = await rig.closeSome();
    expect(outcome).toMatchObject({ kind: 'not_accepted', code: 'not_sent', again: 'later' });
    expect(signed).toEqual([]);
  });

  it('an exchange that does not report its time gets no order', async () => {
    rig.paper.addFault({ match: { path: '/time' }, action: { type: 'status', status: 500 }, times: -1 });
    const { outcome, signed } = await rig.closeSome();
    expect(outcome).toMatchObject({ kind: 'not_accepted', code: 'not_ready', again: 'later' });
    expect(signed).toEqual([]);
    expect(orders()).toBe(0);
  });
});
