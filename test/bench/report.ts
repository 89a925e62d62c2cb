import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { colour, facts, table } from '../../src/cli/terminal.js';
import type { Machine } from './machine.js';
import { plotPage } from './plot.js';
import type { Finding } from './scenario.js';
import type { Report } from './bench.js';
import type { Verdict } from './targets.js';

export function headerText(machine: Machine): string {
  return facts([
    ['machine', `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB`],
    ['versions', `Node ${machine.node}, Redis ${machine.redis}, fsync ${machine.fsync}, commit ${machine.commit}`],
  ]);
}

export function findingText({ title, head, rows, faults = [] }: Finding): string {
  const lines = [colour.bold(title), table(head, rows)];
  if (faults.length > 0) lines.push(...faults.map((fault) => colour.red(fault)));
  return lines.join('\n');
}

const shown = ({ measured, unit }: Verdict): string => {
  if (measured === null) return '–';
  const digits = Math.abs(measured) < 10 ? 2 : Math.abs(measured) < 100 ? 1 : 0;
  return `${measured.toFixed(digits)} ${unit}`;
};

export function verdictText(verdicts: readonly Verdict[]): string {
  const mark = { met: colour.green('met'), missed: colour.red('missed'), 'not measured': colour.dim('not measured') };
  return table(
    ['figure', 'target', 'measured', 'verdict'],
    verdicts.map((verdict) => [verdict.figure, verdict.wanted, shown(verdict), mark[verdict.verdict]]),
  );
}

/** Writes the report as JSON and as a page with its curves; answers with the paths. */
export function writeReport(folder: string, report: Report): readonly string[] {
  mkdirSync(folder, { recursive: true });
  const base = join(folder, report.machine.startedAt.replaceAll(/[:.]/g, '-'));
  writeFileSync(`${base}.json`, `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(`${base}.html`, plotPage(report));
  return [`${base}.json`, `${base}.html`];
}
