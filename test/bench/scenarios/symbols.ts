import { measure, type Measured, warmUp } from '../run.js';
import { by, ms, type Scenario } from '../scenario.js';
import { stage, staged } from '../subjects/stage.js';
import { faultsOf } from './faults.js';

const COUNTS = [1, 100, 1_000] as const;
const PER_SECOND = 500;

/** Whether a plan costs more where many symbols are watched. Costs are CPU time: latency would hide behind an idle core. */
export const symbols: Scenario = {
  name: 'symbols',
  about: 'the cost of a plan with 1, 100 and 1 000 symbols',
  run: async (bench) => {
    const found: { readonly symbolCount: number; readonly measured: Measured }[] = [];
    for (const symbolCount of COUNTS) {
      bench.progress(`${symbolCount} symbols`);
      await staged([stage(bench, 'ours', { symbolCount })], async (all) => {
        for (const { environment, subject } of all) {
          await warmUp(environment, subject, 1_000);
          const count = PER_SECOND * by(bench.effort, { quick: 2, normal: 8, full: 30 });
          found.push({ symbolCount, measured: await measure(environment, subject, { perSecond: PER_SECOND, count }) });
        }
      });
    }
    return {
      title: `The cost of a plan at ${PER_SECOND} plans/s by the number of symbols (what is done per symbol beside plans included)`,
      head: ['symbols', 'wait p50', 'wait p99', 'CPU a plan', 'Redis CPU a plan'],
      rows: found.map(({ symbolCount, measured }) => [
        String(symbolCount),
        ...[measured.wait.p50, measured.wait.p99, measured.cpuMsPerPlan, measured.redisCpuMsPerPlan].map(ms),
      ]),
      figures: Object.fromEntries(
        found.map(({ symbolCount, measured }) => [
          `${symbolCount}.cpuMs`,
          measured.cpuMsPerPlan + measured.redisCpuMsPerPlan,
        ]),
      ),
      faults: found.flatMap(({ symbolCount, measured }) => faultsOf(`${symbolCount} symbols`, measured)),
    };
  },
};
