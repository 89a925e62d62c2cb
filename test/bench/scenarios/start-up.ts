import { median } from '../latencies.js';
import { totalUsage } from '../process-usage.js';
import { by, type Scenario } from '../scenario.js';
import { stage, staged } from '../subjects/stage.js';

/** From the start of the process, all roles, to its readiness; memory just then. */
export const startUp: Scenario = {
  name: 'start-up',
  about: 'from start to ready, all roles in one process',
  run: async (bench) => {
    const seconds: number[] = [];
    let residentMb = 0;
    for (let run = 0; run < by(bench.effort, { quick: 1, normal: 3, full: 5 }); run += 1)
      await staged([stage(bench, 'ours')], (all) => {
        for (const { subject } of all) {
          seconds.push(subject.readyAfterMs / 1_000);
          ({ residentMb } = totalUsage(subject.pids));
        }
        return Promise.resolve();
      });
    return {
      title: 'From start to ready, all roles in one process',
      head: ['starts', 'median', 'slowest', 'resident memory then'],
      rows: [
        [
          String(seconds.length),
          `${median(seconds).toFixed(2)} s`,
          `${Math.max(...seconds).toFixed(2)} s`,
          `${residentMb.toFixed(0)} MB`,
        ],
      ],
      figures: { seconds: median(seconds), residentMb },
    };
  },
};
