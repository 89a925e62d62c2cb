import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Children } from './children.js';
import { violation } from './checks/violation.js';
import { type Mutant, mutantNamed, MUTANTS, privateCopy } from './mutants.js';
import { type ChaosOptions, optionsOf, readOptions, USAGE } from './options.js';
import { failure, line, summary } from './report.js';
import { run, type RunReport } from './run.js';
import { type Scenario, scenarioOf } from './scenario.js';

const EXIT = { fine: 0, violated: 1, usage: 2 } as const;

/** Runs the harness; answers with the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  let options: ChaosOptions | 'help';
  try {
    options = readOptions(argv);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}\n`);
    return EXIT.usage;
  }
  if (options === 'help') {
    process.stdout.write(`${USAGE}\n`);
    return EXIT.fine;
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => void Children.killEverything().then(() => process.exit(130)));
  }
  try {
    if (options.mutant === undefined) return await series(options);
    const mutants = options.mutant === 'all' ? MUTANTS : [mutantNamed(options.mutant)];
    return await hunt(options, mutants);
  } finally {
    await Children.killEverything();
  }
}

async function series(options: ChaosOptions): Promise<number> {
  const reports = await runs(options, undefined);
  const failed = reports.filter(({ violations }) => violations.length > 0);
  if (options.json) process.stdout.write(`${JSON.stringify({ runs: reports })}\n`);
  else process.stdout.write(`\n${summary(reports)}\n`);
  return failed.length === 0 ? EXIT.fine : EXIT.violated;
}

/** Each mutant must be noticed; exit 1 when one is not. */
async function hunt(options: ChaosOptions, mutants: readonly Mutant[]): Promise<number> {
  const outcomes: { mutant: string; seed: number | null; invariant: string | null }[] = [];
  for (const mutant of mutants) {
    tell(options, `mutant ${mutant.name}: ${mutant.what}`);
    const caught = (await runs({ ...options, bail: true }, mutant)).find(({ violations }) => violations.length > 0);
    const { invariant = null } = caught?.violations[0] ?? {};
    outcomes.push({ mutant: mutant.name, seed: caught?.seed ?? null, invariant });
  }
  if (options.json) process.stdout.write(`${JSON.stringify({ mutants: outcomes })}\n`);
  else {
    for (const { mutant, seed, invariant } of outcomes) {
      process.stdout.write(
        `${mutant}: ${seed === null ? 'NOT noticed' : `noticed at seed ${seed} (${invariant ?? ''})`}\n`,
      );
    }
  }
  return outcomes.every(({ seed }) => seed !== null) ? EXIT.fine : EXIT.violated;
}

async function runs(options: ChaosOptions, mutant: Mutant | undefined): Promise<RunReport[]> {
  const stamp = new Date().toISOString().replaceAll(/[:.]/g, '-');
  const results = resolve('chaos-results', mutant === undefined ? stamp : `${stamp}-${mutant.name}`);
  mkdirSync(results, { recursive: true });
  const { dist, root } = privateCopy(options.dist, mutant);
  const reports: RunReport[] = [];
  try {
    const seeds = Array.from({ length: options.runs }, (_, index) => options.seed + index);
    const side = async (): Promise<void> => {
      for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) {
        const own = optionsOf(seed, options);
        const folder = join(results, `seed-${seed}`);
        const report = await runOrBroken(scenarioOf(seed, own), dist, folder);
        reports.push(report);
        tell(options, line(report));
        const violated = report.violations.length > 0;
        if (violated) tell(options, failure(report, replayOf(own, seed, mutant)));
        else if (!options.keep) rmSync(folder, { recursive: true, force: true });
        writeFileSync(join(results, 'runs.json'), JSON.stringify(reports, undefined, 1));
        if (options.bail && violated) seeds.length = 0;
      }
    };
    await Promise.all(Array.from({ length: options.jobs }, side));
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
  return reports.toSorted((a, b) => a.seed - b.seed);
}

/** A run that cannot be carried through, because a process does not come up again, is a violation too. */
async function runOrBroken(scenario: Scenario, dist: string, folder: string): Promise<RunReport> {
  try {
    return await run(scenario, dist, folder);
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    const { seed, kind, mayLoseTail } = scenario;
    return {
      seed,
      kind,
      mayLoseTail,
      folder,
      durationMs: 0,
      counts: {},
      violations: [violation('carries-through', what)],
    };
  }
}

function tell({ json }: ChaosOptions, text: string): void {
  (json ? process.stderr : process.stdout).write(`${text}\n`);
}

function replayOf(options: ChaosOptions, seed: number, mutant: Mutant | undefined): string {
  const flags = [
    options.short ? ' --short' : '',
    options.failover ? ' --failover' : '',
    options.powerLoss ? ' --power-loss' : '',
    mutant === undefined ? '' : ` --mutant ${mutant.name}`,
  ];
  return `npm run chaos -- --runs 1 --seed ${seed}${flags.join('')}`;
}
