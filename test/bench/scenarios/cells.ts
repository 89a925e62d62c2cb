import { setTimeout as sleep } from 'node:timers/promises';
import { type Cost, costOf } from '../cost.js';
import { measure, warmUp } from '../run.js';
import { by, type Scenario } from '../scenario.js';
import { stage, staged } from '../subjects/stage.js';
import { faultsOf } from './faults.js';

const SYMBOLS = 10;
const PER_SECOND = 3;
const WARM_UP_PER_SECOND = 20;

interface CellCost extends Cost {
  readonly layout: 'one' | 'three';
  readonly load: 'idle' | 'busy';
}

/** What one more cell costs a machine and a Redis. */
export const cells: Scenario = {
  name: 'cells',
  about: 'memory, CPU and Redis commands of one cell, idle and with 3 orders/s, in one process and in three',
  run: async (bench) => {
    const costs: CellCost[] = [];
    const faults: string[] = [];
    const seconds = by(bench.effort, { quick: 3, normal: 30, full: 120 });
    for (const layout of ['one', 'three'] as const) {
      const options = { symbolCount: SYMBOLS, processes: layout, mode: 'testnet' } as const;
      await staged([stage(bench, 'ours', options)], async ([only]) => {
        if (only === undefined) throw new Error('nothing was staged');
        const { environment, subject } = only;
        const plans = by(bench.effort, { quick: 20, normal: 300, full: 2_000 });
        await warmUp(environment, subject, plans, WARM_UP_PER_SECOND);
        // After a load V8 compiles on, and collects again until little is left to free.
        await sleep(1_000 * by(bench.effort, { quick: 1, normal: 30, full: 120 }));
        const trade = async (): Promise<void> => {
          const load = { perSecond: PER_SECOND, count: PER_SECOND * seconds };
          faults.push(...faultsOf(nameOf(layout), await measure(environment, subject, load)));
        };
        for (const [load, work] of [
          ['idle', () => sleep(seconds * 1_000)],
          ['busy', trade],
        ] as const) {
          bench.progress(`${nameOf(layout)}, ${load}: two times ${seconds} s`);
          costs.push({ layout, load, ...(await costOf(only, work)) });
        }
      });
    }
    return {
      title: `One cell with ${SYMBOLS} positions: what it costs`,
      head: ['cell', 'load', 'memory', 'CPU of a core', 'CPU of Redis', 'commands to Redis', 'inside scripts'],
      rows: costs.map(({ layout, load, residentMb, cpu, redisCpu, commandsPerSecond, inScriptsPerSecond }) => [
        nameOf(layout),
        load === 'idle' ? 'idle' : `${PER_SECOND} orders/s`,
        `${residentMb.toFixed(0)} MB`,
        `${cpu.toFixed(1)} %`,
        `${redisCpu.toFixed(1)} %`,
        `${commandsPerSecond.toFixed(0)}/s`,
        `${inScriptsPerSecond.toFixed(0)}/s`,
      ]),
      figures: Object.fromEntries(
        costs.flatMap(({ layout, load, ...cost }) =>
          Object.entries(cost).map(([name, value]) => [`${layout}.${load}.${name}`, value]),
        ),
      ),
      faults,
    };
  },
};

const nameOf = (layout: CellCost['layout']): string => (layout === 'one' ? 'one process' : 'three processes');
