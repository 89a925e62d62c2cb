import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT } from '../../src/cli/exit.js';
import { runCommand } from '../harness/command.js';
import { resultsFolder } from './results.js';
import { violation } from './checks/violation.js';
import { type Mutant, mutantNamed, MUTANTS, privateCopy } from './mutants.js';
import { type ChaosOptions, optionsOf, readOptions, USAGE } from './options.js';
import { failure, line, summary } from './report.js';
import { run, type RunReport } from './run.js';
import { type Scenario, scenarioOf } from './scenario.js';

/** Runs the harness; returns the exit code. */
export function main(argv: readonly string[]): Promise<number> {
  return runCommand(argv, {
    usage: USAGE,
    readOptions,
    run: (options) => (options.mutant === undefined ? series(options) : hunt(options, mutantsFor(options.mutant))),
  });
}

function mutantsFor(name: string): readonly Mutant[] {
  return name === 'all' ? MUTANTS : [mutantNamed(name)];
}

async function series(options: ChaosOptions): Promise<number> {
  const reports = await runs(options, undefined);
  const failed = reports.filter(({ violations }) => violations.length > 0);
  if (options.json) process.stdout.write(`${JSON.stringify({ runs: reports })}\n`);
  else process.stdout.write(`\n${summary(reports)}\n`);
  return failed.length === 0 ? EXIT.ok : EXIT.notHolding;
}

/** Each mutant must be found; exit 1 when one is not. */
async function hunt(options: ChaosOptions, mutants: readonly Mutant[]): Promise<number> {
  const outcomes: { mutant: string; seed: number | null; invariant: string | null }[] = [];
  for (const mutant of mutants) {
    print(options, `mutant ${mutant.name}: ${mutant.what}`);
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
  return outcomes.every(({ seed }) => seed !== null) ? EXIT.ok : EXIT.notHolding;
}

async function runs(options: ChaosOptions, mutant: Mutant | undefined): Promise<RunReport[]> {
  const results = resultsFolder((stamp) => (mutant === undefined ? stamp : `${stamp}-${mutant.name}`));
  const copy = privateCopy(options.dist, mutant);
  const reports: RunReport[] = [];
  try {
    const seeds = Array.from({ length: options.runs }, (_, index) => options.seed + index);
    const side = async (): Promise<void> => {
      for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) {
        const own = optionsOf(seed, options);
        const folder = join(results, `seed-${seed}`);
        const report = await runOrBroken(scenarioOf(seed, own), copy.main, folder);
        reports.push(report);
        print(options, line(report));
        const violated = report.violations.length > 0;
        if (violated) print(options, failure(report, replayOf(own, seed, mutant)));
        else if (!options.keep) rmSync(folder, { recursive: true, force: true });
        writeFileSync(join(results, 'runs.json'), JSON.stringify(reports, undefined, 1));
        if (options.bail && violated) seeds.length = 0;
      }
    };
    await Promise.all(Array.from({ length: options.jobs }, side));
  } finally {
    await copy.resources.release();
  }
  return reports.toSorted((a, b) => a.seed - b.seed);
}

/** A run that cannot finish, because a process does not start again, is a violation too. */
async function runOrBroken(scenario: Scenario, built: string, folder: string): Promise<RunReport> {
  try {
    return await run(scenario, built, folder);
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    const { seed, kind, mayLoseTail, signing } = scenario;
    return {
      seed,
      kind,
      mayLoseTail,
      signing,
      folder,
      durationMs: 0,
      counts: {},
      violations: [violation('carries-through', what)],
    };
  }
}

function print({ json }: ChaosOptions, text: string): void {
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
