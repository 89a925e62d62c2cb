import { EXIT } from '../../src/cli/exit.js';
import { runCommand } from '../harness/command.js';
import { TempResources } from '../harness/temp-resources.js';
import { runBench } from './bench.js';
import { terminalText } from '../../src/cli/terminal.js';
import { appendHistory, changesOf, pastOf, readHistory } from './history.js';
import { describeMachine } from './machine.js';
import { nodeFor } from './node.js';
import { type BenchOptions, readOptions, USAGE } from './options.js';
import { findingText, headerText, verdictText, writeReport } from './report.js';

/** Runs the bench; returns the exit code. */
export function main(argv: readonly string[]): Promise<number> {
  return runCommand(argv, { usage: USAGE, readOptions, run: measure });
}

async function measure({ scenarios, effort, json, before, node, out }: BenchOptions): Promise<number> {
  const print = (text: string): void => void (json ? process.stderr : process.stdout).write(terminalText(text));
  const progress = (text: string): void => void process.stderr.write(`▸ ${text}\n`);
  print(headerText(describeMachine()));
  const found = await runBench(
    {
      resources: new TempResources('bench'),
      effort,
      before,
      progress,
      node: node === undefined ? undefined : nodeFor(node, progress),
    },
    scenarios,
    (finding) => print(`\n${findingText(finding)}`),
  );
  const report = { ...found, changes: changesOf(found, readHistory(out)) };
  print(`\n${verdictText(report.verdicts, report.changes)}`);
  for (const file of [...writeReport(out, report), appendHistory(out, pastOf(report))]) print(file);
  if (json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  const faults = Object.values(report.findings).flatMap((finding) => finding.faults ?? []);
  return faults.length === 0 ? EXIT.ok : EXIT.notHolding;
}
