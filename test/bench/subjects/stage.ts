import type { Fsync } from '../../harness/redis-server.js';
import type { Bench } from '../scenario.js';
import { openSlowLink, type SlowLink } from '../slow-link.js';
import { startEnvironment, type BenchEnvironment } from '../environment.js';
import { startBare } from './bare.js';
import { type GateOptions, startSubject } from './gate.js';
import type { Subject, SubjectName } from './subject.js';

/** A subject in its own environment. */
export interface Staged {
  readonly environment: BenchEnvironment;
  readonly subject: Subject;
  /** The slow way to Redis, where there is one. */
  readonly link: SlowLink | undefined;
  end(): Promise<void>;
}

export interface StageOptions extends Partial<GateOptions> {
  readonly fsync?: Fsync;
  readonly symbolCount?: number;
  /** How long the way to Redis and back takes; as long as on one host by default. */
  readonly roundTripMs?: number;
  /** Whether the exchange limits requests and orders as Binance does. */
  readonly isLimited?: boolean;
  /** Whether each role has its own Redis user, from docker/redis/users.acl; needs `three` processes. */
  readonly hasUsers?: boolean;
}

/** Builds a environment and starts a subject in it. */
export async function stage(bench: Bench, name: SubjectName, options: StageOptions = {}): Promise<Staged> {
  const { resources } = bench;
  const { fsync = 'everysec', symbolCount = 1, isLimited = false, hasUsers = false } = options;
  const environment = await startEnvironment(resources, fsync, symbolCount, { isLimited, hasUsers });
  const { roundTripMs } = options;
  const link =
    roundTripMs === undefined ? undefined : await openSlowLink(resources, environment.redisSocket, roundTripMs);
  const way = link === undefined ? {} : { REDIS_URL: `unix://${link.socketPath}` };
  const { mode = 'dry_run', processes = 'one', instances = 1, signing = false, variables = {}, ...more } = options;
  const subject =
    name === 'ours'
      ? await startSubject(resources, environment, {
          node: bench.node.path,
          ...more,
          mode,
          processes,
          instances,
          signing,
          variables: { ...way, ...variables },
          hasUsers,
        })
      : await startBare(bench, name, environment.redisUrl);
  return {
    environment,
    subject,
    link,
    end: async () => {
      await subject.stop();
      await link?.end();
      await environment.end();
    },
  };
}

/** A peer that is neither ours nor a baseline, in an environment of its own. */
export async function stagePeer(
  bench: Bench,
  symbolCount: number,
  start: (environment: BenchEnvironment) => Promise<Subject>,
): Promise<Staged> {
  const environment = await startEnvironment(bench.resources, 'everysec', symbolCount, {
    isLimited: false,
    hasUsers: false,
  });
  const subject = await start(environment);
  return {
    environment,
    subject,
    link: undefined,
    end: async () => {
      await subject.stop();
      await environment.end();
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
