import { setTimeout as sleep } from 'node:timers/promises';
import { warmUp, warmUpCount } from '../run.js';
import { totalUsage } from '../process-usage.js';
import { by, type Scenario } from '../scenario.js';
import { stage, staged } from '../subjects/stage.js';

/** What the roles cost while nothing happens. */
export const idle: Scenario = {
  name: 'idle',
  about: 'CPU while nothing happens, all roles in one process',
  run: (bench) =>
    staged([stage(bench, 'ours')], async (all) => {
      const [only] = all;
      if (only === undefined) throw new Error('nothing was staged');
      const { environment, subject } = only;
      await warmUp(environment, subject, warmUpCount(bench.effort));
      // After a load V8 compiles on, and collects again until little is left to free.
      await sleep(1_000 * by(bench.effort, { quick: 3, normal: 90, full: 120 }));
      const forMs = 1_000 * by(bench.effort, { quick: 5, normal: 30, full: 60 });
      bench.progress(`${forMs / 1_000} s of nothing`);
      const before = { own: totalUsage(subject.pids), redis: totalUsage([environment.redisPid]) };
      await sleep(forMs);
      const share = (from: number, to: number): number => (100 * (to - from)) / forMs;
      const own = share(before.own.cpuMs, totalUsage(subject.pids).cpuMs);
      const redis = share(before.redis.cpuMs, totalUsage([environment.redisPid]).cpuMs);
      return {
        title: 'CPU while nothing happens, of one core',
        head: ['permit-gate, all roles', 'Redis'],
        rows: [[`${own.toFixed(2)} %`, `${redis.toFixed(2)} %`]],
        figures: { percent: own },
      };
    }),
};
