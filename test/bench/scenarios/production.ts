import { journalWaits } from '../journal-waits.js';
import { measure, type Measured, warmUp, warmUpCount } from '../run.js';
import { by, ms, type Scenario } from '../scenario.js';
import { median } from '../latencies.js';
import { type Staged, stage, staged } from '../subjects/stage.js';
import { redisNowMs } from '../environment.js';
import { faultsOf } from './faults.js';

const PER_SECOND = 20;
/** One order is open a symbol at a time: with these, none has to wait for another. */
const SYMBOLS = 100;
/** Each order halves a position: with more there would be nothing left to close. */
const WARM_PLANS = 1_000;

interface Run {
  readonly wait: Awaited<ReturnType<typeof journalWaits>>;
  readonly measured: Measured;
}

/** What people run: orders, signed permits, a process and a Redis user for each role. */
export const production: Scenario = {
  name: 'production',
  about: 'the wait with signed permits and orders, three processes, three Redis users',
  isOnImageNode: true,
  run: (bench) => {
    const options = {
      symbolCount: SYMBOLS,
      mode: 'testnet',
      processes: 'three',
      signing: true,
      hasUsers: true,
    } as const;
    const builds = [
      { name: 'permit-gate', main: undefined },
      ...(bench.before === undefined ? [] : [{ name: 'the earlier version', main: bench.before }]),
    ];
    return staged(
      builds.map(({ main }) => stage(bench, 'ours', { ...options, main })),
      async (all) => {
        const runs = builds.map(({ name }) => ({ name, measured: [] as Run[] }));
        for (const { environment, subject } of all)
          await warmUp(environment, subject, Math.min(WARM_PLANS, warmUpCount(bench.effort)), 50);
        for (let repetition = 0; repetition < by(bench.effort, { quick: 1, normal: 3, full: 5 }); repetition += 1)
          for (const [index, one] of all.entries()) {
            bench.progress(`${builds[index]?.name ?? ''}, repetition ${repetition + 1}`);
            const count = PER_SECOND * by(bench.effort, { quick: 2, normal: 15, full: 40 });
            runs[index]?.measured.push(await runOf(one, count));
          }
        const of = (all_: readonly Run[], pick: (run: Run) => number): number => median(all_.map(pick));
        return {
          title: `Signed orders at ${PER_SECOND} plans/s on ${SYMBOLS} symbols: a process and a Redis user for each role`,
          head: ['', 'wait p50', 'mean', 'p90', 'p99', 'result p50', 'CPU a plan', 'Redis a plan'],
          rows: runs.map(({ name, measured }) => [
            name,
            ms(of(measured, ({ wait }) => wait.p50)),
            ms(of(measured, ({ wait }) => wait.mean)),
            ms(of(measured, ({ wait }) => wait.p90)),
            ms(of(measured, ({ wait }) => wait.p99)),
            ms(of(measured, (run) => run.measured.wait.p50)),
            ms(of(measured, (run) => run.measured.cpuMsPerPlan)),
            ms(of(measured, (run) => run.measured.redisCpuMsPerPlan)),
          ]),
          figures: Object.fromEntries(
            runs.flatMap(({ name, measured }) => {
              const key = name === 'permit-gate' ? 'ours' : 'before';
              return [
                [`${key}.p50`, of(measured, ({ wait }) => wait.p50)],
                [`${key}.p99`, of(measured, ({ wait }) => wait.p99)],
                [`${key}.cpuMs`, of(measured, (run) => run.measured.cpuMsPerPlan)],
              ];
            }),
          ),
          faults: runs.flatMap(({ name, measured }) => measured.flatMap((run) => faultsOf(name, run.measured))),
        };
      },
    );
  },
};

async function runOf({ environment, subject }: Staged, count: number): Promise<Run> {
  const fromMs = await redisNowMs(environment);
  const measured = await measure(environment, subject, { perSecond: PER_SECOND, count });
  return { wait: await journalWaits(environment, fromMs), measured };
}
