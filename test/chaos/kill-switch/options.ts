import { parseArgs } from 'node:util';
import { whole } from '../options.js';

/** What Redis is like when the switch is engaged: `away` for every process, or this one alone is cut off from it. */
export const KINDS = ['load', 'away', 'slow', 'full', 'cut-off'] as const;
export type DrillKind = (typeof KINDS)[number];

export interface KillSwitchOptions {
  /** How many engagements must return confirmed. */
  readonly engagements: number;
  readonly kind: DrillKind;
  readonly seed: number;
  /** Proposals handed in before each engagement. */
  readonly plans: number;
  readonly dist: string;
  readonly json: boolean;
  readonly keep: boolean;
}

export const USAGE = `npm run chaos:kill-switch -- [options]

  --engagements N   how many times the kill switch is engaged under load (1000)
  --kind K          Redis when it is engaged: ${KINDS.join(', ')} (load)
  --seed S          what is left to chance (1)
  --plans N         proposals handed in before each engagement (100)
  --dist DIR        the built application (dist)
  --keep            keep the folders of good parts too
  --json            one JSON object on standard output instead of the summary
  --help`;

/** Throws a sentence that says what is wrong with the command line. */
export function readOptions(argv: readonly string[]): KillSwitchOptions | 'help' {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      engagements: { type: 'string', default: '1000' },
      kind: { type: 'string', default: 'load' },
      seed: { type: 'string', default: '1' },
      plans: { type: 'string', default: '100' },
      dist: { type: 'string', default: 'dist' },
      json: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  return {
    engagements: whole('--engagements', values.engagements, 1),
    kind: kindOf(values.kind),
    seed: whole('--seed', values.seed, 0),
    plans: whole('--plans', values.plans, 1),
    dist: values.dist,
    json: values.json,
    keep: values.keep,
  };
}

function kindOf(text: string): DrillKind {
  const kind = KINDS.find((known) => known === text);
  if (kind === undefined)
    throw new RangeError(`--kind is ${JSON.stringify(text)}; one of ${KINDS.join(', ')} is needed`);
  return kind;
}
