import { parseArgs } from 'node:util';

export interface ChaosOptions {
  readonly runs: number;
  readonly seed: number;
  readonly dist: string;
  readonly short: boolean;
  readonly failover: boolean;
  readonly powerLoss: boolean;
  /** Of five seeds in a row one run has a failover and one a power loss. */
  readonly mixed: boolean;
  /** How many runs go at the same time. */
  readonly jobs: number;
  readonly json: boolean;
  readonly keep: boolean;
  readonly mutant: string | undefined;
  /** Stops at the first violation. */
  readonly bail: boolean;
}

export const USAGE = `npm run chaos -- [options]

  --runs N          how many runs (1)
  --seed S          the seed of the first run; the others follow it (1)
  --short           runs of about eight seconds with two processes
  --failover        a replica is promoted in every run, its primary dies
  --power-loss      Redis loses up to a second of writes
  --mixed           of five seeds in a row one with a failover, one with a power loss
  --jobs N          runs side by side, each with processes, ports and a folder of its own (1)
  --dist DIR        the built application (dist)
  --mutant NAME     take a safeguard out of a private copy and expect to notice; "all" for one after the other
  --bail            stop at the first run with a violation
  --keep            keep the folders of good runs too
  --json            one JSON object on standard output instead of the table
  --help`;

/** Throws a sentence that says what is wrong with the command line. */
export function readOptions(argv: readonly string[]): ChaosOptions | 'help' {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      runs: { type: 'string', default: '1' },
      seed: { type: 'string', default: '1' },
      dist: { type: 'string', default: 'dist' },
      short: { type: 'boolean', default: false },
      failover: { type: 'boolean', default: false },
      'power-loss': { type: 'boolean', default: false },
      mixed: { type: 'boolean', default: false },
      jobs: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      bail: { type: 'boolean', default: false },
      mutant: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  if ([values.failover, values['power-loss'], values.mixed].filter(Boolean).length > 1)
    throw new RangeError('--failover, --power-loss and --mixed exclude each other');
  return {
    runs: whole('--runs', values.runs, 1),
    seed: whole('--seed', values.seed, 0),
    dist: values.dist,
    short: values.short,
    failover: values.failover,
    powerLoss: values['power-loss'],
    mixed: values.mixed,
    jobs: whole('--jobs', values.jobs, 1),
    json: values.json,
    keep: values.keep,
    mutant: values.mutant,
    bail: values.bail,
  };
}

export function whole(name: string, given: string, least: number): number {
  const value = Number(given);
  if (/^\d{1,9}$/.test(given) && value >= least) return value;
  throw new RangeError(`${name} is ${JSON.stringify(given)}; a whole number from ${least} is needed`);
}

/** The options of the run of one seed: the same in a single run and in a mixed series. */
export function optionsOf(seed: number, options: ChaosOptions): ChaosOptions {
  if (!options.mixed) return options;
  return { ...options, mixed: false, failover: seed % 5 === 3, powerLoss: seed % 5 === 4 };
}
