import { median } from '../latencies.js';
import { measure, type Measured, warmUp, warmUpCount } from '../run.js';
import { by, ms, type Scenario } from '../scenario.js';
import { stage, staged } from '../subjects/stage.js';
import { faultsOf } from './faults.js';

const PER_SECOND = 50;
/** As for the latency: a newer proposal replaces what its symbol's strategy wanted before. */
const SYMBOLS = 100;
const NAMES = ['off', 'ed25519'] as const;

/** What it costs a plan that its permits are signed and verified. */
export const signing: Scenario = {
  name: 'signing',
  about: 'the wait with permits signed and unsigned',
  run: (bench) =>
    staged(
      NAMES.map((name) => stage(bench, 'ours', { symbolCount: SYMBOLS, signing: name === 'ed25519' })),
      async (all) => {
        const runs = NAMES.map((name) => ({ name, measured: [] as Measured[] }));
        for (const { environment, subject } of all) await warmUp(environment, subject, warmUpCount(bench.effort));
        for (let repetition = 0; repetition < by(bench.effort, { quick: 1, normal: 3, full: 5 }); repetition += 1)
          for (const [index, { environment, subject }] of all.entries()) {
            bench.progress(`signing ${NAMES[index] ?? ''}, repetition ${repetition + 1}`);
            const count = PER_SECOND * by(bench.effort, { quick: 3, normal: 10, full: 30 });
            runs[index]?.measured.push(await measure(environment, subject, { perSecond: PER_SECOND, count }));
          }
        const of = (measured: readonly Measured[], pick: (run: Measured) => number): number =>
          median(measured.map(pick));
        return {
          title: `The wait at ${PER_SECOND} plans/s by signing`,
          head: ['signing', 'wait p50', 'p90', 'p99', 'CPU a plan'],
          rows: runs.map(({ name, measured }) => [
            name,
            ms(of(measured, (run) => run.wait.p50)),
            ms(of(measured, (run) => run.wait.p90)),
            ms(of(measured, (run) => run.wait.p99)),
            ms(of(measured, (run) => run.cpuMsPerPlan)),
          ]),
          figures: Object.fromEntries(
            runs.map(({ name, measured }) => [`${name}.p50`, of(measured, (run) => run.wait.p50)]),
          ),
          faults: runs.flatMap(({ name, measured }) => measured.flatMap((run) => faultsOf(`signing ${name}`, run))),
        };
      },
    ),
};
