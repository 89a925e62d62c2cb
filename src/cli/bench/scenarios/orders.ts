import { createHmac } from 'node:crypto';
import { Client } from 'undici';
import { API_KEY, API_SECRET } from '../../demo/paper-venue.js';
import { Latencies, type LatencySummary } from '../latencies.js';
import { openLoop } from '../load.js';
import { measure, type Measured, warmUp } from '../run.js';
import { by, ms, type Scenario } from '../scenario.js';
import { stage, staged } from '../subjects/stage.js';
import type { World } from '../world.js';
import { faultsOf } from './faults.js';

const PER_SECOND = 20;
/** One order is open a symbol at a time: with these, none has to wait for another. */
const SYMBOLS = 100;

/** What an order costs beside the exchange: the same load in dry run and with orders, and a bare signed call to the same server. */
export const orders: Scenario = {
  name: 'orders',
  about: 'a proposal to its order at the paper exchange, beside a bare signed call',
  run: (bench) => {
    const options = { symbolCount: SYMBOLS } as const;
    return staged(
      [stage(bench, 'ours', options), stage(bench, 'ours', { ...options, mode: 'testnet' })],
      async (all) => {
        const [dry, real] = all;
        if (dry === undefined || real === undefined) throw new Error('nothing was staged');
        const load = {
          perSecond: PER_SECOND,
          count: PER_SECOND * by(bench.effort, { quick: 2, normal: 15, full: 40 }),
        };
        for (const { world, subject } of all) await warmUp(world, subject);
        bench.progress('a bare signed call');
        const bare = await bareCalls(real.world, load);
        bench.progress('in dry run');
        const without = await measure(dry.world, dry.subject, load);
        bench.progress('with orders');
        const withOrders = await measure(real.world, real.subject, load);
        const ours = withOrders.wait.p50 - without.wait.p50 - bare.p50;
        const row = (what: string, { p50, p90, p99 }: Measured['wait']): string[] => [what, ...[p50, p90, p99].map(ms)];
        return {
          title: `An order at ${PER_SECOND} plans/s (from the plan to its result)`,
          head: ['', 'p50', 'p90', 'p99'],
          rows: [
            row('a bare signed order, undici', bare),
            row('a plan in dry run', without.wait),
            row('a plan with its order', withOrders.wait),
            ['our part of an order: the last without the other two', ms(ours), '', ''],
          ],
          figures: { ourPartMs: ours, 'bare.p50': bare.p50 },
          faults: [...faultsOf('dry run', without), ...faultsOf('orders', withOrders)],
        };
      },
    );
  },
};

/** The same order as a program without any checks would send it: sign the query, write it, read the answer. */
async function bareCalls(
  { restUrl, symbols }: World,
  load: { readonly perSecond: number; readonly count: number },
): Promise<LatencySummary> {
  const client = new Client(restUrl, { pipelining: 1 });
  const latencies = new Latencies();
  const calls: Promise<void>[] = [];
  const call = async (index: number): Promise<void> => {
    const symbol = symbols[index % symbols.length] ?? '';
    const startMs = performance.now();
    const query = new URLSearchParams({
      symbol,
      side: 'SELL',
      reduceOnly: 'true',
      type: 'MARKET',
      quantity: '1',
      newClientOrderId: `bare-${index}`,
      newOrderRespType: 'RESULT',
      recvWindow: '2000',
      timestamp: String(Date.now()),
    }).toString();
    const signature = createHmac('sha256', API_SECRET).update(query).digest('hex');
    const headers = { 'X-MBX-APIKEY': API_KEY, 'content-type': 'application/x-www-form-urlencoded' };
    const body = `${query}&signature=${signature}`;
    const answer = await client.request({ method: 'POST', path: '/fapi/v1/order', headers, body });
    const said = await answer.body.text();
    if (answer.statusCode !== 200) throw new Error(`the paper exchange refused a bare order: ${said}`);
    latencies.record(performance.now() - startMs);
  };
  for (let index = 0; index < 50; index += 1) await call(index);
  const warm = latencies.count;
  await openLoop({ ...load, send: ({ index }) => void calls.push(call(warm + index)) });
  await Promise.all(calls);
  await client.close();
  return latencies.summary();
}
