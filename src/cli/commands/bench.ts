import { type Command, InvalidArgumentError, Option } from 'commander';
import { CommandFailure, EXIT } from '../exit.js';

const INTERRUPTED = 130;
const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

interface BenchOptions {
  readonly scenario: readonly string[];
  readonly quick?: boolean;
  readonly full?: boolean;
  readonly json?: boolean;
  readonly out: string;
}

export function addBench(program: Command): void {
  program
    .command('bench')
    .description('measure the built program on this machine, beside the bare Redis commands and the guide’s loop')
    .option('--scenario <name>', 'only this one; repeatable (all that fit the effort otherwise)', collected, [])
    .addOption(new Option('--quick', 'a smoke of less than 20 seconds').conflicts('full'))
    .option('--full', 'as long as the targets speak of; takes more than an hour')
    .option('--json', 'print the report as JSON on stdout; the tables go to stderr')
    .option('--out <folder>', 'where the report and its plot are written', 'bench-results')
    .addHelpText(
      'after',
      `
Needs redis-server on the PATH; starts one of its own, and a paper exchange. docs/performance.md tells how to read it.

Examples:
  $ permit-gate bench --quick
  $ permit-gate bench --scenario latency --scenario throughput`,
    )
    .action(runBenchCommand);
  program
    .command('bench-baseline <kind> <redis-url> <roles>', { hidden: true })
    .description('one of the loops that bench compares with, as a process of its own')
    .action(async (kind: string, redisUrl: string, roles: string) => {
      if (kind !== 'floor' && kind !== 'guide') throw new InvalidArgumentError('floor or guide is needed.');
      const { runBareLoop } = await import('../bench/subjects/bare-loop.js');
      await runBareLoop(kind, redisUrl, roles.split(','));
      process.exit(0);
    });
}

const collected = (given: string, before: readonly string[]): readonly string[] => [...before, given];

class Interrupted extends Error {}

async function runBenchCommand(options: BenchOptions): Promise<void> {
  const { Belongings } = await import('../demo/belongings.js');
  const { runBench } = await import('../bench/bench.js');
  const { chosenScenarios } = await import('../bench/scenarios/index.js');
  const { describeMachine } = await import('../bench/machine.js');
  const { findingText, headerText, verdictText, writeReport } = await import('../bench/report.js');
  const effort = options.quick === true ? 'quick' : options.full === true ? 'full' : 'normal';
  const scenarios = chosenScenarios(options.scenario, effort);
  if (typeof scenarios === 'string') throw new CommandFailure(EXIT.usage, scenarios);
  const out = options.json === true ? process.stderr : process.stdout;
  const tell = (text: string): void => void out.write(`${text}\n`);
  const progress = (text: string): void => void process.stderr.write(`▸ ${text}\n`);
  const interrupted = new Promise<never>((_resolve, reject) => {
    for (const signal of STOP_SIGNALS) process.once(signal, () => reject(new Interrupted(signal)));
  });
  interrupted.catch(() => undefined);
  const belongings = new Belongings('bench');
  try {
    tell(headerText(describeMachine()));
    const running = runBench({ belongings, effort, progress }, scenarios, (finding) =>
      tell(`\n${findingText(finding)}`),
    );
    const report = await Promise.race([running, interrupted]);
    tell(`\n${verdictText(report.verdicts)}`);
    for (const file of writeReport(options.out, report)) tell(file);
    if (options.json === true) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
    const faults = Object.values(report.findings).flatMap((finding) => finding.faults ?? []);
    process.exitCode = faults.length === 0 ? EXIT.ok : EXIT.notHolding;
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    process.exitCode = INTERRUPTED;
  } finally {
    await belongings.release();
  }
}
