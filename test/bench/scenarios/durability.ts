import type { Fsync } from '../../harness/redis-server.js';
import { measure, type Measured, warmUp, warmUpCount } from '../run.js';
import { by, ms, type Scenario } from '../scenario.js';
import { stage, staged } from '../subjects/stage.js';
import { faultsOf } from './faults.js';

const MODES: readonly Fsync[] = ['off', 'everysec', 'always'];
const PER_SECOND = 50;
/** As for the latency: a newer proposal replaces what its symbol's strategy wanted before. */
const SYMBOLS = 100;

/** What forcing the append-only file to disk costs a plan. */
export const durability: Scenario = {
  name: 'durability',
  about: 'the wait with the append-only file off, everysec and always',
  run: async (bench) => {
    const found: { readonly name: string; readonly fsync: Fsync; readonly measured: Measured }[] = [];
    for (const fsync of MODES)
      await staged(
        (['floor', 'ours'] as const).map((name) => stage(bench, name, { fsync, symbolCount: SYMBOLS })),
        async (all) => {
          for (const { environment, subject } of all) {
            bench.progress(`${subject.name}, append-only file ${fsync}`);
            await warmUp(environment, subject, warmUpCount(bench.effort));
            const count = PER_SECOND * by(bench.effort, { quick: 2, normal: 8, full: 30 });
            found.push({
              name: subject.name,
              fsync,
              measured: await measure(environment, subject, { perSecond: PER_SECOND, count }),
            });
          }
        },
      );
    return {
      title: `The wait at ${PER_SECOND} plans/s by durability of Redis`,
      head: ['subject', 'append-only file', 'wait p50', 'wait p99'],
      rows: found.map(({ name, fsync, measured }) => [name, fsync, ms(measured.wait.p50), ms(measured.wait.p99)]),
      figures: Object.fromEntries(
        found.map(({ name, fsync, measured }) => [`${name}.${fsync}.p50`, measured.wait.p50]),
      ),
      faults: found.flatMap(({ name, fsync, measured }) => faultsOf(`${name}, ${fsync}`, measured)),
    };
  },
};
