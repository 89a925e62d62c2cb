import { countCommands } from './command-count.js';
import { totalUsage } from './process-usage.js';
import type { Staged } from './subjects/stage.js';

/** What a subject costs a machine and a Redis. */
export interface Cost {
  readonly residentMb: number;
  /** Percent of one core. */
  readonly cpu: number;
  readonly redisCpu: number;
  readonly commandsPerSecond: number;
  readonly inScriptsPerSecond: number;
}

/** While `work` runs, twice: CPU and commands are taken one after the other, because watching the commands costs Redis time. */
export async function costOf({ environment, subject }: Staged, work: () => Promise<unknown>): Promise<Cost> {
  const usage = () => ({ own: totalUsage(subject.pids), redis: totalUsage([environment.redisPid]) });
  const [before, fromMs] = [usage(), performance.now()];
  await work();
  const [after, tookMs] = [usage(), performance.now() - fromMs];
  const share = (from: { cpuMs: number }, to: { cpuMs: number }): number => (100 * (to.cpuMs - from.cpuMs)) / tookMs;
  let countedSec = 0;
  const counted = await countCommands(environment.session, environment.redisSocket, async () => {
    const startedMs = performance.now();
    await work();
    countedSec = (performance.now() - startedMs) / 1_000;
  });
  return {
    residentMb: after.own.residentMb,
    cpu: share(before.own, after.own),
    redisCpu: share(before.redis, after.redis),
    commandsPerSecond: counted.sent / countedSec,
    inScriptsPerSecond: counted.inScripts / countedSec,
  };
}
