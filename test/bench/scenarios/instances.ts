import { warmUp } from '../run.js';
import { ms, perSec, type Scenario } from '../scenario.js';
import { stage, staged } from '../subjects/stage.js';
import { faultsOf } from './faults.js';
import { highestRate, type Sustained, SYMBOLS } from './throughput.js';

const LAYOUTS = [
  { processes: 'one', instances: 1 },
  { processes: 'one', instances: 2 },
  { processes: 'one', instances: 4 },
  { processes: 'three', instances: 1 },
  { processes: 'three', instances: 2 },
] as const;

/** Whether several instances of the roles get in each other's way. */
export const instances: Scenario = {
  name: 'instances',
  about: 'one, two and four instances of every role, in one process and in three',
  run: async (bench) => {
    const found: { readonly layout: string; readonly processes: number; readonly sustained: Sustained }[] = [];
    for (const options of LAYOUTS)
      await staged([stage(bench, 'ours', { ...options, symbolCount: SYMBOLS })], async (all) => {
        for (const each of all) {
          await warmUp(each.environment, each.subject, 1_000);
          const layout = `${options.instances} × ${options.processes === 'one' ? 'all roles in one process' : 'three processes'}`;
          bench.progress(layout);
          found.push({ layout, processes: each.subject.pids.length, sustained: await highestRate(bench, each) });
        }
      });
    const rate = (index: number): number => found[index]?.sustained.perSecond ?? Number.NaN;
    return {
      title: 'Highest rate by number of instances; they share the cores with Redis and with the load',
      head: ['layout', 'processes', 'carried', 'p50', 'p99', 'CPU a plan'],
      rows: found.map(({ layout, processes, sustained: { perSecond, measured } }) => [
        layout,
        String(processes),
        perSec(perSecond),
        ...[measured?.total.p50, measured?.total.p99, measured?.cpuMsPerPlan].map((value) => ms(value ?? Number.NaN)),
      ]),
      figures: {
        'one.perSecond': rate(0),
        'four.perSecond': rate(2),
        duplicates: found.reduce((sum, { sustained }) => sum + (sustained.measured?.duplicates ?? 0), 0),
      },
      faults: found.flatMap(({ layout, sustained }) =>
        sustained.measured ? faultsOf(layout, sustained.measured) : [],
      ),
    };
  },
};
