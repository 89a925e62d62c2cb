import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool } from 'undici';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCcxtExchange } from '../../src/exchange/ccxt-exchange.js';
import type { ExchangePort } from '../../src/exchange/exchange.port.js';
import { BTC } from './adapter-support.js';
import { placeReduceOnly } from '../harness/place-order.js';

const ROUNDS = 400;
const WARM_UP = 100;

const median = (values: number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** An exchange that costs next to nothing: what is measured is the way there. */
function answerTo(path: string, body: string): string {
  if (path.endsWith('/time')) return JSON.stringify({ serverTime: Date.now() });
  const clientOrderId = new URLSearchParams(body).get('newClientOrderId');
  const order = { orderId: 1, symbol: BTC, status: 'FILLED', side: 'SELL', reduceOnly: true };
  return JSON.stringify({ ...order, clientOrderId, origQty: '0.001', executedQty: '0.001', avgPrice: '1' });
}

describe('the cost of an order', () => {
  let server: Server;
  let pool: Pool;
  let exchange: ExchangePort;

  beforeEach(async () => {
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => response.end(answerTo((request.url ?? '').split('?')[0] ?? '', body)));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const restUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    pool = new Pool(restUrl, { connections: 1, pipelining: 1 });
    const keys = { apiKey: 'k', apiSecret: 's' };
    exchange = createCcxtExchange({ restUrl, account: 'testnet', recvWindowMs: 2000, orderTimeoutMs: 1000, ...keys });
  });

  afterEach(async () => {
    await Promise.all([exchange.close(), pool.close()]);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('on a warm socket adds at most about a millisecond to a bare request, and leaves nothing behind', async () => {
    const bare: number[] = [];
    const ours: number[] = [];
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    let heapAfterWarmUp = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      if (round === WARM_UP) heapAfterWarmUp = process.memoryUsage().heapUsed;
      const bareStartMs = performance.now();
      const { body } = await pool.request({
        method: 'POST',
        path: '/fapi/v1/order',
        headers,
        body: 'newClientOrderId=x',
      });
      await body.json();
      const ourStartMs = performance.now();
      const order = { symbol: BTC, side: 'SELL', quantity: '0.001', clientOrderId: `pg-${round}` } as const;
      const outcome = await placeReduceOnly(exchange, order);
      const endMs = performance.now();
      if (outcome.kind !== 'accepted') throw new Error(JSON.stringify(outcome));
      if (round < WARM_UP) continue;
      bare.push(ourStartMs - bareStartMs);
      ours.push(endMs - ourStartMs);
    }
    const overheadMs = median(ours) - median(bare);
    const heapMb = (process.memoryUsage().heapUsed - heapAfterWarmUp) / 2 ** 20;
    console.info(
      `an order: ${median(ours).toFixed(2)} ms, a bare request: ${median(bare).toFixed(2)} ms, overhead ${overheadMs.toFixed(2)} ms (medians of ${ROUNDS - WARM_UP}); heap +${heapMb.toFixed(1)} MB`,
    );
    // Twice what is aimed at: machines that run other tests at the same time are noisy.
    expect(overheadMs).toBeLessThan(2);
    expect(heapMb).toBeLessThan(40);
  });
});
