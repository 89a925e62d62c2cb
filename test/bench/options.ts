import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Effort, Scenario } from './scenario.js';
import { chosenScenarios } from './scenarios/index.js';

export interface BenchOptions {
  readonly scenarios: readonly Scenario[];
  readonly effort: Effort;
  readonly json: boolean;
  /** The `main.js` of an earlier version. */
  readonly before: string | undefined;
  /** A path or a version. */
  readonly node: string | undefined;
  readonly out: string;
}

export const USAGE = `npm run bench -- [options]

Measures the built program on this machine, beside the bare Redis commands and the guide's loop.
It needs redis-server on the PATH; it starts one of its own, and a paper exchange. docs/performance.md says how to read it.

  --scenario NAME   only this one; repeatable (all that fit the effort otherwise)
  --quick           a smoke of less than 20 seconds
  --full            as long as the targets speak of; takes more than an hour
  --before FOLDER   a checkout of an earlier version, built: the scenario weight measures it too
  --node NODE       the measured programs run on this Node: a path, or a version such as 24 (production, memory and idle
                    use the image's Node where it can be fetched, everything else this Node)
  --json            print the report as JSON on stdout; the tables go to stderr
  --out FOLDER      where the report and its plot are written (bench-results)
  --help`;

/** Throws a sentence that says what is wrong with the command line. */
export function readOptions(argv: readonly string[]): BenchOptions | 'help' {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      scenario: { type: 'string', multiple: true, default: [] },
      quick: { type: 'boolean', default: false },
      full: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      before: { type: 'string' },
      node: { type: 'string' },
      out: { type: 'string', default: 'bench-results' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  if (values.quick && values.full) throw new RangeError('--quick and --full exclude each other');
  const effort = values.quick ? 'quick' : values.full ? 'full' : 'normal';
  const scenarios = chosenScenarios(values.scenario, effort);
  if (typeof scenarios === 'string') throw new RangeError(scenarios);
  return { scenarios, effort, json: values.json, before: mainOf(values.before), node: values.node, out: values.out };
}

function mainOf(folder: string | undefined): string | undefined {
  if (folder === undefined) return undefined;
  const main = resolve(folder, 'dist/main.js');
  if (!existsSync(main)) throw new RangeError(`--before ${folder}: ${main} does not exist; run "npm run build" there`);
  return main;
}
