import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { colour, facts, table } from '../../src/cli/terminal.js';
import type { Machine } from './machine.js';
import { plotPage } from './plot.js';
import type { Measurement, Report } from './bench.js';
import { type Change, REGRESSION_PERCENT } from './history.js';
import type { Verdict } from './targets.js';

export function headerText(machine: Machine): string {
  return facts([
    ['machine', `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB`],
    ['versions', `Node ${machine.node}, Redis ${machine.redis}, fsync ${machine.fsync}, commit ${machine.commit}`],
  ]);
}

export function findingText({ title, head, rows, node, faults = [] }: Measurement): string {
  const lines = [colour.bold(`${title} (Node ${node})`), table(head, rows)];
  if (faults.length > 0) lines.push(...faults.map((fault) => colour.red(fault)));
  return lines.join('\n');
}

function shown(value: number | null, unit: string): string {
  if (value === null) return '–';
  const digits = Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0;
  return `${value.toFixed(digits)} ${unit}`;
}

export function verdictText(verdicts: readonly Verdict[], changes: readonly Change[] = []): string {
  const mark = { met: colour.green('met'), missed: colour.red('missed'), 'not measured': colour.dim('not measured') };
  return table(
    ['figure', 'target', 'measured', 'verdict', 'last run here'],
    verdicts.map(({ figure, wanted, measured, unit, verdict }) => {
      const change = changes.find((each) => each.figure === figure);
      return [
        figure,
        wanted,
        shown(measured, unit),
        mark[verdict],
        change === undefined ? '' : changeText(change, unit),
      ];
    }),
  );
}

function changeText({ before, worsePercent, since }: Change, unit: string): string {
  const text = `${shown(before, unit)} at ${since}`;
  return worsePercent > REGRESSION_PERCENT ? colour.red(`${text}: ${worsePercent.toFixed(0)} % worse`) : text;
}

/** Writes the report as JSON and as a page with its curves; answers with the paths. */
export function writeReport(folder: string, report: Report): readonly string[] {
  mkdirSync(folder, { recursive: true });
  const base = join(folder, report.machine.startedAt.replaceAll(/[:.]/g, '-'));
  writeFileSync(`${base}.json`, `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(`${base}.html`, plotPage(report));
  return [`${base}.json`, `${base}.html`];
}
