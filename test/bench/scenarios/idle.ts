import { setTimeout as sleep } from 'node:timers/promises';
import { countCommands } from '../command-count.js';
import { warmUp, warmUpCount } from '../run.js';
import { totalUsage } from '../process-usage.js';
import { by, type Scenario } from '../scenario.js';
import { type Staged, stage, staged } from '../subjects/stage.js';

/** One, and as many as Binance lists. Each has an open position. */
const SYMBOLS = [1, 566] as const;
const WARM_PER_SECOND = 100;

interface Cost {
  readonly own: number;
  readonly redis: number;
  readonly sent: number;
  readonly inScripts: number;
  readonly residentMb: number;
}

/** What the roles cost while nothing happens. */
export const idle: Scenario = {
  name: 'idle',
  about: 'CPU, Redis commands and memory while nothing happens, all roles in one process, 1 and 566 symbols',
  run: async (bench) => {
    const found: (readonly [symbols: number, cost: Cost])[] = [];
    for (const symbols of SYMBOLS)
      await staged([stage(bench, 'ours', { symbolCount: symbols })], async ([only]) => {
        if (only === undefined) throw new Error('nothing was staged');
        await warmUp(only.environment, only.subject, warmUpCount(bench.effort), WARM_PER_SECOND);
        // After a load V8 compiles on, and collects again until little is left to free.
        await sleep(1_000 * by(bench.effort, { quick: 3, normal: 90, full: 120 }));
        const forMs = 1_000 * by(bench.effort, { quick: 5, normal: 30, full: 60 });
        bench.progress(`${symbols} symbols: two times ${forMs / 1_000} s of nothing`);
        found.push([symbols, await costOf(only, forMs)]);
      });
    return {
      title: 'While nothing happens, all roles in one process: CPU in percent of one core',
      head: ['symbols', 'CPU', 'CPU of Redis', 'commands to Redis', 'inside scripts', 'memory'],
      rows: found.map(([symbols, { own, redis, sent, inScripts, residentMb }]) => [
        String(symbols),
        `${own.toFixed(2)} %`,
        `${redis.toFixed(2)} %`,
        `${sent.toFixed(1)}/s`,
        `${inScripts.toFixed(0)}/s`,
        `${residentMb.toFixed(0)} MB`,
      ]),
      figures: Object.fromEntries(
        found.flatMap(([symbols, { own, sent }]) => [
          [`${symbols}.percent`, own],
          [`${symbols}.commands`, sent],
        ]),
      ),
    };
  },
};

/** CPU and commands are taken one after the other: watching the commands costs Redis time. */
async function costOf({ environment, subject }: Staged, forMs: number): Promise<Cost> {
  const usage = () => ({ own: totalUsage(subject.pids), redis: totalUsage([environment.redisPid]) });
  const before = usage();
  await sleep(forMs);
  const after = usage();
  const counted = await countCommands(environment.session, environment.redisSocket, () => sleep(forMs));
  const share = (from: number, to: number): number => (100 * (to - from)) / forMs;
  return {
    own: share(before.own.cpuMs, after.own.cpuMs),
    redis: share(before.redis.cpuMs, after.redis.cpuMs),
    sent: (1_000 * counted.sent) / forMs,
    inScripts: (1_000 * counted.inScripts) / forMs,
    residentMb: after.own.residentMb,
  };
}
