import { setTimeout as sleep } from 'node:timers/promises';
import { type Cost, costOf } from '../cost.js';
import { warmUp, warmUpCount } from '../run.js';
import { by, type Scenario } from '../scenario.js';
import { stage, staged } from '../subjects/stage.js';

/** One, and as many as Binance lists. Each has an open position. */
const SYMBOLS = [1, 566] as const;
const WARM_PER_SECOND = 100;

/** What the roles cost while nothing happens. */
export const idle: Scenario = {
  name: 'idle',
  about: 'CPU, Redis commands and memory while nothing happens, all roles in one process, 1 and 566 symbols',
  isOnImageNode: true,
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
        found.push([symbols, await costOf(only, () => sleep(forMs))]);
      });
    return {
      title: 'While nothing happens, all roles in one process: CPU in percent of one core',
      head: ['symbols', 'CPU', 'CPU of Redis', 'commands to Redis', 'inside scripts', 'memory'],
      rows: found.map(([symbols, { cpu, redisCpu, commandsPerSecond, inScriptsPerSecond, residentMb }]) => [
        String(symbols),
        `${cpu.toFixed(2)} %`,
        `${redisCpu.toFixed(2)} %`,
        `${commandsPerSecond.toFixed(1)}/s`,
        `${inScriptsPerSecond.toFixed(0)}/s`,
        `${residentMb.toFixed(0)} MB`,
      ]),
      figures: Object.fromEntries(
        found.flatMap(([symbols, { cpu, commandsPerSecond }]) => [
          [`${symbols}.percent`, cpu],
          [`${symbols}.commands`, commandsPerSecond],
        ]),
      ),
    };
  },
};
