import { Client } from 'undici';
import { API_KEY, signatureOf } from '../../harness/paper-exchange-process.js';
import { Latencies, type LatencySummary, median } from '../latencies.js';
import { openLoop } from '../load.js';
import { Observer } from '../observer.js';
import { SETTLE_MS, submitter, warmUp, warmUpCount } from '../run.js';
import { by, ms, type Scenario } from '../scenario.js';
import { stage, type Staged, staged } from '../subjects/stage.js';
import type { BenchEnvironment } from '../environment.js';

const PER_SECOND = 20;
/** One order is open a symbol at a time: with these, none has to wait for another. */
const SYMBOLS = 100;
/** Each order halves a position: with more there would be nothing left to close. */
const WARM_PLANS = 1_000;
const WARM_CALLS = 50;
/** Bare calls trade on symbols of their own: a position that somebody else changes is not traded on. */
const BARE_SYMBOLS = 20;

/** What an order costs beside the exchange: an order, the same plan in dry run, and a bare signed call to the same server, in turn. */
export const orders: Scenario = {
  name: 'orders',
  about: 'a plan to its order reaching the paper exchange, beside a bare signed call, in triples',
  run: (bench) => {
    const options = { symbolCount: SYMBOLS } as const;
    return staged(
      [stage(bench, 'ours', options), stage(bench, 'ours', { ...options, mode: 'testnet' })],
      async ([dry, real]) => {
        if (dry === undefined || real === undefined) throw new Error('nothing was staged');
        for (const { environment, subject } of [dry, real])
          await warmUp(environment, subject, Math.min(WARM_PLANS, warmUpCount(bench.effort)));
        const count = PER_SECOND * by(bench.effort, { quick: 2, normal: 30, full: 80 });
        bench.progress(`${count} triples`);
        const { triples, missing } = await tripled(dry, real, count);
        const of = (pick: (triple: Triple) => number): LatencySummary => {
          const found = new Latencies();
          for (const triple of triples) found.record(pick(triple));
          return found.summary();
        };
        const row = (what: string, { p50, p90, p99 }: LatencySummary): string[] => [what, ...[p50, p90, p99].map(ms)];
        const bare = of((triple) => triple.bareMs);
        const fromClaim = of((triple) => triple.fromClaimMs);
        const ours = median(triples.map(({ fromPlanMs, dryMs, bareMs }) => fromPlanMs - dryMs - bareMs));
        return {
          title: `An order at ${PER_SECOND} plans/s, in triples with the same plan in dry run and a bare signed call`,
          head: ['from – to', 'p50', 'p90', 'p99'],
          rows: [
            row('a bare signed call, undici: call – arrival at the exchange', bare),
            row(
              'in dry run: plan – claim',
              of((triple) => triple.dryMs),
            ),
            row(
              'with orders: plan – arrival at the exchange',
              of((triple) => triple.fromPlanMs),
            ),
            row('  of it: claim – arrival at the exchange', fromClaim),
            [
              `our part of an order: median of ${triples.length} differences, third less the first two`,
              ms(ours),
              '',
              '',
            ],
          ],
          figures: { ourPartMs: ours, 'bare.p50': bare.p50, 'claimToArrival.p50': fromClaim.p50 },
          faults: missing > 0 ? [`${missing} of ${count} triples are incomplete`] : [],
        };
      },
    );
  },
};

/** One order, one plan in dry run and one bare call, close together in time. */
interface Triple {
  readonly bareMs: number;
  readonly dryMs: number;
  readonly fromPlanMs: number;
  readonly fromClaimMs: number;
}

/** Redis' times are whole milliseconds, cut: on average they lie half of one before the moment they stand for. */
const CUT_MS = 0.5;

/** In turn, so that whatever slows the machine meets all three alike. */
async function tripled(
  dry: Staged,
  real: Staged,
  count: number,
): Promise<{ readonly triples: readonly Triple[]; readonly missing: number }> {
  const bare = new BareCalls(real.environment);
  await bare.warmUp();
  const sides = await Promise.all(
    [real, dry].map(async ({ environment, subject }) => {
      const observer = await Observer.start(environment.session, subject, false);
      const planIds: string[] = [];
      const send = submitter(environment.session, subject, environment.symbols.slice(BARE_SYMBOLS), observer, (id) =>
        planIds.push(id),
      );
      return { environment, observer, planIds, send };
    }),
  );
  const [orders_, plans] = sides;
  if (orders_ === undefined || plans === undefined) throw new Error('nothing was staged');
  await openLoop({
    perSecond: 3 * PER_SECOND,
    count: 3 * count,
    send: (arrival) => {
      const nth = { ...arrival, index: Math.floor(arrival.index / 3) };
      if (arrival.index % 3 === 0) orders_.send(nth);
      else if (arrival.index % 3 === 1) plans.send(nth);
      else bare.send(nth.index);
    },
  });
  for (const { observer } of sides) {
    await observer.settled(SETTLE_MS);
    await observer.stop();
  }
  await bare.end();
  const arrivals = new Map(
    (await real.environment.exchange.orderArrivals()).map((each) => [each.clientOrderId, each.atMs]),
  );
  const triples: Triple[] = [];
  for (let index = 0; index < count; index += 1) {
    const [order, plan] = await Promise.all([
      timesOf(real.environment, orders_.planIds[index]),
      timesOf(dry.environment, plans.planIds[index]),
    ]);
    const atMs = arrivals.get(`pg-${orders_.planIds[index] ?? ''}-0-1`);
    const bareMs = bare.tookMs(index, arrivals);
    if (order === undefined || plan === undefined || atMs === undefined || bareMs === undefined) continue;
    triples.push({
      bareMs,
      dryMs: plan.claimedMs - plan.publishedMs,
      fromPlanMs: atMs - order.publishedMs - CUT_MS,
      fromClaimMs: atMs - order.claimedMs - CUT_MS,
    });
  }
  return { triples, missing: count - triples.length };
}

async function timesOf(
  { session: { commands, keys } }: BenchEnvironment,
  planId = '',
): Promise<{ readonly publishedMs: number; readonly claimedMs: number } | undefined> {
  const [published, claimed] = await commands.hmget(keys.journal(planId), 'published_ms', 'claimed_ms');
  return published && claimed ? { publishedMs: Number(published), claimedMs: Number(claimed) } : undefined;
}

/** The same order as a program without any checks would send it: sign the query, write it. */
class BareCalls {
  readonly #client: Client;
  readonly #calledMs: number[] = [];
  readonly #calls: Promise<void>[] = [];

  constructor(private readonly environment: BenchEnvironment) {
    this.#client = new Client(environment.exchange.restUrl, { pipelining: 1 });
  }

  async warmUp(): Promise<void> {
    for (let index = 0; index < WARM_CALLS; index += 1) await this.#call(`warm-${index}`, index);
  }

  send(index: number): void {
    this.#calledMs[index] = performance.timeOrigin + performance.now();
    this.#calls.push(this.#call(`bare-${index}`, index));
  }

  async end(): Promise<void> {
    await Promise.all(this.#calls);
    await this.#client.close();
  }

  /** From the call to its arrival. */
  tookMs(index: number, arrivals: ReadonlyMap<string, number>): number | undefined {
    const [calledMs, atMs] = [this.#calledMs[index], arrivals.get(`bare-${index}`)];
    return calledMs === undefined || atMs === undefined ? undefined : atMs - calledMs;
  }

  async #call(clientOrderId: string, index: number): Promise<void> {
    const symbols = this.environment.symbols.slice(0, BARE_SYMBOLS);
    const query = new URLSearchParams({
      symbol: symbols[index % symbols.length] ?? '',
      side: 'SELL',
      reduceOnly: 'true',
      type: 'MARKET',
      quantity: '1',
      newClientOrderId: clientOrderId,
      newOrderRespType: 'RESULT',
      recvWindow: '2000',
      timestamp: String(Date.now()),
    }).toString();
    const headers = { 'X-MBX-APIKEY': API_KEY, 'content-type': 'application/x-www-form-urlencoded' };
    const body = `${query}&signature=${signatureOf(query)}`;
    const answer = await this.#client.request({ method: 'POST', path: '/fapi/v1/order', headers, body });
    const said = await answer.body.text();
    if (answer.statusCode !== 200) throw new Error(`the paper exchange refused a bare order: ${said}`);
  }
}
