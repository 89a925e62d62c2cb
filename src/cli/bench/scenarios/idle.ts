import { setTimeout as sleep } from 'node:timers/promises';
import { warmUp } from '../run.js';
import { totalUsage } from '../process-usage.js';
import { by, type Scenario } from '../scenario.js';
import { stage, staged } from '../subjects/stage.js';

const SETTLE_MS = 3_000;

/** What the roles cost while nothing happens. */
export const idle: Scenario = {
  name: 'idle',
  about: 'CPU while nothing happens, all roles in one process',
  run: (bench) =>
    staged([stage(bench, 'ours')], async (all) => {
      const [only] = all;
      if (only === undefined) throw new Error('nothing was staged');
      const { world, subject } = only;
      await warmUp(world, subject, 50);
      await sleep(SETTLE_MS);
      const forMs = 1_000 * by(bench.effort, { quick: 5, normal: 20, full: 60 });
      bench.progress(`${forMs / 1_000} s of nothing`);
      const before = { own: totalUsage(subject.pids), redis: totalUsage([world.redisPid]) };
      await sleep(forMs);
      const share = (from: number, to: number): number => (100 * (to - from)) / forMs;
      const own = share(before.own.cpuMs, totalUsage(subject.pids).cpuMs);
      const redis = share(before.redis.cpuMs, totalUsage([world.redisPid]).cpuMs);
      return {
        title: 'CPU while nothing happens, of one core',
        head: ['permit-gate, all roles', 'Redis'],
        rows: [[`${own.toFixed(2)} %`, `${redis.toFixed(2)} %`]],
        figures: { percent: own },
      };
    }),
};
