import type { Fsync } from '../../demo/private-redis.js';
import type { Bench } from '../scenario.js';
import { startWorld, type World } from '../world.js';
import { startBare } from './bare.js';
import { type GateOptions, startGate } from './gate.js';
import type { Subject, SubjectName } from './subject.js';

/** A subject in a world of its own. */
export interface Staged {
  readonly world: World;
  readonly subject: Subject;
  end(): Promise<void>;
}

export interface StageOptions extends Partial<GateOptions> {
  readonly fsync?: Fsync;
  readonly symbolCount?: number;
}

/** Builds a world and starts a subject in it. */
export async function stage(bench: Bench, name: SubjectName, options: StageOptions = {}): Promise<Staged> {
  const { belongings } = bench;
  const world = await startWorld(belongings, options.fsync ?? 'everysec', options.symbolCount ?? 1);
  const { mode = 'dry_run', processes = 'one', instances = 1, signing = false, variables = {} } = options;
  const subject =
    name === 'ours'
      ? await startGate(belongings, world, { mode, processes, instances, signing, variables })
      : await startBare(belongings, name, world.redisUrl);
  return {
    world,
    subject,
    end: async () => {
      await subject.stop();
      await world.end();
    },
  };
}

/** Runs `use` beside the staged subjects and takes them away, whatever happens. */
export async function staged<T>(
  all: readonly Promise<Staged>[],
  use: (staged: readonly Staged[]) => Promise<T>,
): Promise<T> {
  const ready = await Promise.all(all);
  try {
    return await use(ready);
  } finally {
    await Promise.all(ready.map((each) => each.end()));
  }
}
