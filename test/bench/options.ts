import { parseArgs } from 'node:util';
import type { Effort, Scenario } from './scenario.js';
import { chosenScenarios } from './scenarios/index.js';

export interface BenchOptions {
  readonly scenarios: readonly Scenario[];
  readonly effort: Effort;
  readonly json: boolean;
  readonly out: string;
}

export const USAGE = `npm run bench -- [options]

Measures the built program on this machine, beside the bare Redis commands and the guide's loop.
It needs redis-server on the PATH; it starts one of its own, and a paper exchange. docs/performance.md says how to read it.

  --scenario NAME   only this one; repeatable (all that fit the effort otherwise)
  --quick           a smoke of less than 20 seconds
  --full            as long as the targets speak of; takes more than an hour
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
      out: { type: 'string', default: 'bench-results' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  if (values.quick && values.full) throw new RangeError('--quick and --full exclude each other');
  const effort = values.quick ? 'quick' : values.full ? 'full' : 'normal';
  const scenarios = chosenScenarios(values.scenario, effort);
  if (typeof scenarios === 'string') throw new RangeError(scenarios);
  return { scenarios, effort, json: values.json, out: values.out };
}
