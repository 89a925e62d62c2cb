import { parseArgs } from 'node:util';

export interface ChaosOptions {
  readonly runs: number;
  readonly seed: number;
  readonly dist: string;
  readonly short: boolean;
  readonly failover: boolean;
  readonly powerLoss: boolean;
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
  --power-loss      Redis forgets up to a second of what it was told
  --dist DIR        the built application (dist)
  --mutant NAME     take a safeguard out of a private copy and expect to notice; "all" for one after the other
  --bail            stop at the first run with a violation
  --keep            keep the folders of good runs too
  --json            one JSON object on standard output instead of the table
  --help`;

/** Throws what is wrong with the command line, as a sentence. */
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
      json: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      bail: { type: 'boolean', default: false },
      mutant: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  if (values.failover && values['power-loss']) throw new RangeError('--failover and --power-loss exclude each other');
  return {
    runs: whole('--runs', values.runs, 1),
    seed: whole('--seed', values.seed, 0),
    dist: values.dist,
    short: values.short,
    failover: values.failover,
    powerLoss: values['power-loss'],
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
