import { Client } from 'undici';
import { API_KEY, signatureOf } from '../../harness/paper-exchange-process.js';
import { Latencies, type LatencySummary } from '../latencies.js';
import { openLoop } from '../load.js';
import { measure, type Measured, warmUp, warmUpCount } from '../run.js';
import { by, ms, type Scenario } from '../scenario.js';
import { stage, staged } from '../subjects/stage.js';
import type { BenchEnvironment } from '../environment.js';
import { faultsOf } from './faults.js';

const PER_SECOND = 20;
/** One order is open a symbol at a time: with these, none has to wait for another. */
const SYMBOLS = 100;
/** Each order halves a position: with more there would be nothing left to close. */
const WARM_PLANS = 1_000;
const WARM_CALLS = 50;

/** What an order costs beside the exchange: the same load in dry run and with orders, and a bare signed call to the same server. */
export const orders: Scenario = {
  name: 'orders',
  about: 'a plan to its order reaching the paper exchange, beside a bare signed call',
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
        for (const { environment, subject } of all)
          await warmUp(environment, subject, Math.min(WARM_PLANS, warmUpCount(bench.effort)));
        bench.progress('a bare signed call');
        const bare = await bareCalls(real.environment, load);
        bench.progress('in dry run');
        const without = await measure(dry.environment, dry.subject, load);
        bench.progress('with orders');
        const warm = (await real.environment.exchange.orderArrivals()).length;
        const withOrders = await measure(real.environment, real.subject, load);
        const { fromPlan, fromClaim } = await arrivals(real.environment, warm);
        const ours = fromPlan.p50 - without.wait.p50 - bare.p50;
        const row = (what: string, { p50, p90, p99 }: Measured['wait']): string[] => [what, ...[p50, p90, p99].map(ms)];
        return {
          title: `An order at ${PER_SECOND} plans/s`,
          head: ['from – to', 'p50', 'p90', 'p99'],
          rows: [
            row('a bare signed call, undici: call – arrival at the exchange', bare),
            row('in dry run: plan – claim', without.wait),
            row('with orders: plan – arrival at the exchange', fromPlan),
            row('  of it: claim – arrival at the exchange', fromClaim),
            row('with orders: plan – result', withOrders.wait),
            ['our part of an order: the third without the other two', ms(ours), '', ''],
          ],
          figures: { ourPartMs: ours, 'bare.p50': bare.p50, 'claimToArrival.p50': fromClaim.p50 },
          faults: [...faultsOf('dry run', without), ...faultsOf('orders', withOrders)],
        };
      },
    );
  },
};

/** Redis' times are whole milliseconds, cut: on average they lie half of one before the moment they stand for. */
const CUT_MS = 0.5;

/** From when each order's plan was published, and its permits were claimed, to when it reached the exchange; one host, one clock. */
async function arrivals(
  { exchange, session: { commands, keys } }: BenchEnvironment,
  from: number,
): Promise<{ readonly fromPlan: LatencySummary; readonly fromClaim: LatencySummary }> {
  const fromPlan = new Latencies();
  const fromClaim = new Latencies();
  for (const { clientOrderId, atMs } of (await exchange.orderArrivals()).slice(from)) {
    const planId = /^pg-(.+)-0-1$/.exec(clientOrderId)?.[1];
    if (planId === undefined) throw new Error(`${clientOrderId} is no order of the load`);
    const [published, claimed] = await commands.hmget(keys.journal(planId), 'published_ms', 'claimed_ms');
    if (!published || !claimed) throw new Error(`the journal of plan ${planId} has no times`);
    fromPlan.record(atMs - Number(published) - CUT_MS);
    fromClaim.record(atMs - Number(claimed) - CUT_MS);
  }
  return { fromPlan: fromPlan.summary(), fromClaim: fromClaim.summary() };
}

/** The same order as a program without any checks would send it: sign the query, write it. From the call to its arrival. */
async function bareCalls(
  { exchange, symbols }: BenchEnvironment,
  load: { readonly perSecond: number; readonly count: number },
): Promise<LatencySummary> {
  const client = new Client(exchange.restUrl, { pipelining: 1 });
  const calledMs: number[] = [];
  const calls: Promise<void>[] = [];
  const call = async (index: number): Promise<void> => {
    const symbol = symbols[index % symbols.length] ?? '';
    calledMs[index] = performance.timeOrigin + performance.now();
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
    const headers = { 'X-MBX-APIKEY': API_KEY, 'content-type': 'application/x-www-form-urlencoded' };
    const body = `${query}&signature=${signatureOf(query)}`;
    const answer = await client.request({ method: 'POST', path: '/fapi/v1/order', headers, body });
    const said = await answer.body.text();
    if (answer.statusCode !== 200) throw new Error(`the paper exchange refused a bare order: ${said}`);
  };
  for (let index = 0; index < WARM_CALLS; index += 1) await call(index);
  await openLoop({ ...load, send: ({ index }) => void calls.push(call(WARM_CALLS + index)) });
  await Promise.all(calls);
  await client.close();
  const latencies = new Latencies();
  for (const { clientOrderId, atMs } of await exchange.orderArrivals()) {
    const index = Number(/^bare-(\d+)$/.exec(clientOrderId)?.[1] ?? -1);
    if (index >= WARM_CALLS) latencies.record(atMs - (calledMs[index] ?? Number.NaN));
  }
  return latencies.summary();
}
