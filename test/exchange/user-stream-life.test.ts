import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Cable, useStreamRig } from './user-stream-support.js';
import { placeReduceOnly } from '../harness/place-order.js';

const rig = useStreamRig();
const until = { timeout: 8_000, interval: 10 };

describe('the user-data stream', () => {
  it('reports a fill: the new amount, the order with its cumulative quantity', async () => {
    const { ear, exchange } = rig.listen();
    await expect.poll(() => ear.states, until).toEqual(['up']);
    const order = {
      symbol: 'BTCUSDT' as never,
      side: 'SELL' as const,
      quantity: '0.004',
      clientOrderId: 'pg-0123456789abcdef-0-1',
    };
    await placeReduceOnly(exchange, order);
    await expect.poll(() => ear.events.length, until).toBe(3);
    expect(ear.amounts()).toEqual(['BTCUSDT 0.006']);
    expect(ear.events.at(-1)).toMatchObject({
      kind: 'order',
      clientOrderId: order.clientOrderId,
      status: 'FILLED',
      side: 'SELL',
    });
    expect(ear.faults).toEqual([]);
  });

  it('takes a new key when the old one expired, and reports that events were missed [S14]', async () => {
    const { ear } = rig.listen();
    await expect.poll(() => ear.states, until).toEqual(['up']);
    rig.paper.expireListenKeys();
    await expect.poll(() => ear.states, until).toEqual(['up', 'expired', 'up']);
    rig.paper.setPosition('BTCUSDT', '0.002');
    await expect.poll(() => ear.amounts(), until).toEqual(['BTCUSDT 0.002']);
    expect(rig.calls('POST')).toBe(2);
  });

  it('comes back after the connection was cut [S14]', async () => {
    const { ear } = rig.listen();
    await expect.poll(() => ear.states, until).toEqual(['up']);
    rig.paper.dropUserStreams();
    await expect.poll(() => ear.states, until).toEqual(['up', 'closed', 'up']);
    rig.paper.setPosition('BTCUSDT', '0.002');
    await expect.poll(() => ear.amounts(), until).toEqual(['BTCUSDT 0.002']);
  });

  it('notices soon that the other end has vanished [S14]', async () => {
    const cable = new Cable(rig.paper.port);
    const wsUrl = await cable.listen();
    try {
      const { ear } = rig.listen({ wsUrl, streamTimings: { pingMs: 150, pongMs: 150 } });
      await expect.poll(() => ear.states, until).toEqual(['up']);
      await sleep(900);
      expect(ear.states).toEqual(['up']);
      const deadSinceMs = performance.now();
      cable.isDead = true;
      await expect.poll(() => ear.states[1], until).toBe('half_open');
      expect(performance.now() - deadSinceMs).toBeLessThan(1_000);
      cable.isDead = false;
      await expect.poll(() => ear.states.at(-1), until).toBe('up');
    } finally {
      await cable.close();
    }
  });

  it('replaces a connection that answers pings but has sent no message for long [S14]', async () => {
    const { ear } = rig.listen({ streamTimings: { pingMs: 50, pongMs: 5_000, silenceMs: 300 } });
    await expect.poll(() => ear.states.slice(0, 3), until).toEqual(['up', 'silent', 'up']);
  });

  it('replaces the connection on request', async () => {
    const { ear, stream } = rig.listen();
    await expect.poll(() => ear.states, until).toEqual(['up']);
    stream.replace('a test');
    await expect.poll(() => ear.states, until).toEqual(['up', 'distrusted', 'up']);
  });

  it('renews the key, and takes a new one when the old cannot be renewed (-1125) [S14]', async () => {
    const { ear } = rig.listen({ streamTimings: { renewMs: 100 } });
    await expect.poll(() => rig.calls('PUT'), until).toBeGreaterThan(2);
    expect(ear.states).toEqual(['up']);
    rig.paper.addFault({
      match: { method: 'PUT', path: '/listenKey' },
      action: { type: 'status', status: 400, code: -1125 },
    });
    await expect.poll(() => ear.states, until).toEqual(['up', 'expired', 'up']);
  });

  it('keeps the connection when a renewal gets no answer, and tries again soon', async () => {
    const { ear } = rig.listen({ streamTimings: { renewMs: 200 } });
    rig.paper.addFault({ match: { method: 'PUT', path: '/listenKey' }, action: { type: 'loseRequest' } });
    await expect.poll(() => rig.calls('PUT'), until).toBeGreaterThan(1);
    expect(ear.states.filter((state) => !state.startsWith('not renewed'))).toEqual(['up']);
    expect(ear.states).toHaveLength(2);
  });

  it('waits for an exchange that gives no key, without a fault in the exchange’s health', async () => {
    rig.paper.addFault({
      match: { path: '/listenKey' },
      action: { type: 'status', status: 500, code: -1000 },
      times: 2,
    });
    const { ear, exchange } = rig.listen();
    await expect.poll(() => ear.states, until).toEqual(['not_connected', 'not_connected', 'up']);
    await exchange.connect();
    expect(exchange.health()).toMatchObject({ state: 'ok' });
  });

  it('retries less and less often while connections break at once', async () => {
    const { ear } = rig.listen({ streamTimings: { backOffFirstMs: 20, backOffMaxMs: 400 } });
    const endsMs = performance.now() + 3_000;
    while (performance.now() < endsMs) {
      rig.paper.dropUserStreams();
      await sleep(5);
    }
    // 20, 40, 80, 160, 320, 400, 400, … ms, give or take a quarter
    expect(rig.calls('POST')).toBeLessThan(16);
    expect(rig.calls('POST')).toBeGreaterThan(4);
    expect(ear.retriesMs.at(-1)).toBeGreaterThanOrEqual(300);
    await expect.poll(() => ear.states.at(-1), until).toBe('up');
  });

  it('ends when it is stopped, and does not delete the key', async () => {
    const first = rig.listen();
    const second = rig.listen();
    await expect.poll(() => [first.ear.states, second.ear.states], until).toEqual([['up'], ['up']]);
    await first.stream.stop();
    rig.paper.setPosition('BTCUSDT', '0.002');
    await expect.poll(() => second.ear.amounts(), until).toEqual(['BTCUSDT 0.002']);
    expect(first.ear.events).toEqual([]);
    expect(rig.calls('DELETE')).toBe(0);
  });

  it('never sends the secret or a signature for a key', async () => {
    const { ear } = rig.listen();
    await expect.poll(() => ear.states, until).toEqual(['up']);
    const asked = rig.paper.records().requests.find((r) => r.path === '/fapi/v1/listenKey');
    expect(asked).toMatchObject({ method: 'POST', params: {}, status: 200 });
  });
});
