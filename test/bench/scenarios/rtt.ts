import { redisNowMs } from '../environment.js';
import { journalWaits } from '../journal-waits.js';
import { Latencies } from '../latencies.js';
import { measure, warmUp, warmUpCount } from '../run.js';
import { by, ms, type Scenario } from '../scenario.js';
import { type Staged, stage, staged } from '../subjects/stage.js';
import { faultsOf } from './faults.js';

const ROUND_TRIPS_MS = [1, 5] as const;
const PER_SECOND = 20;
const SYMBOLS = 100;
const WARM_PLANS = 1_000;
const PINGS = 200;

/** The wait where Redis is not on the same host. */
export const rtt: Scenario = {
  name: 'rtt',
  about: 'the wait with 1 and 5 ms to Redis and back: signed orders, three processes',
  isOnImageNode: true,
  run: async (bench) => {
    const found: {
      readonly wanted: number;
      readonly real: number;
      readonly wait: Awaited<ReturnType<typeof journalWaits>>;
    }[] = [];
    const faults: string[] = [];
    for (const roundTripMs of ROUND_TRIPS_MS) {
      const options = {
        symbolCount: SYMBOLS,
        mode: 'testnet',
        processes: 'three',
        signing: true,
        roundTripMs,
      } as const;
      await staged([stage(bench, 'ours', options)], async ([only]) => {
        if (only === undefined) throw new Error('nothing was staged');
        const { environment, subject } = only;
        await warmUp(environment, subject, Math.min(WARM_PLANS, warmUpCount(bench.effort)), 50);
        const real = await pings(only);
        bench.progress(`${roundTripMs} ms to Redis and back`);
        const fromMs = await redisNowMs(environment);
        const count = PER_SECOND * by(bench.effort, { quick: 2, normal: 20, full: 60 });
        faults.push(
          ...faultsOf(`${roundTripMs} ms`, await measure(environment, subject, { perSecond: PER_SECOND, count })),
        );
        found.push({ wanted: roundTripMs, real, wait: await journalWaits(environment, fromMs) });
      });
    }
    return {
      title: `The wait at ${PER_SECOND} plans/s by the way to Redis: signed orders, three processes`,
      head: ['there and back', 'as measured', 'wait p50', 'p90', 'p99', 'p50 without two round trips'],
      rows: found.map(({ wanted, real, wait }) => [
        `${wanted} ms`,
        ...[real, wait.p50, wait.p90, wait.p99, wait.p50 - 2 * real].map(ms),
      ]),
      figures: Object.fromEntries(
        found.flatMap(({ wanted, real, wait }) => [
          [`${wanted}.p50`, wait.p50],
          [`${wanted}.beyondMs`, wait.p50 - 2 * real],
        ]),
      ),
      faults,
    };
  },
};

/** What the way really takes, with all that a round trip costs on the machine. */
async function pings({ link }: Staged): Promise<number> {
  if (link === undefined) throw new Error('nothing slows the way to Redis');
  const latencies = new Latencies();
  const client = await link.client();
  for (let index = 0; index < PINGS; index += 1) {
    const fromMs = performance.now();
    await client.ping();
    latencies.record(performance.now() - fromMs);
  }
  client.disconnect();
  return latencies.summary().p50;
}
