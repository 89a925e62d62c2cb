import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Table from 'cli-table3';
import pc from 'picocolors';
import type { RunReport } from './run.js';
import type { TraceStep } from './evidence.js';

const SHOWN = ['proposals', 'plans', 'attempts', 'orders', 'stops', 'executed', 'not_found'] as const;
const MOST_TRACES = 3;

/** One line per run. */
export function line({ seed, counts, violations, durationMs, mayLoseTail, signing }: RunReport): string {
  const figures = SHOWN.map((name) => `${name} ${counts[name] ?? 0}`).join(', ');
  const known = new Set<string>([...SHOWN, 'ended_by_themselves']);
  const events = Object.entries(counts).filter(([name, count]) => count > 0 && !known.has(name));
  const verdict = violations.length === 0 ? pc.green('holds') : pc.red(`${violations.length} violated`);
  const tail = mayLoseTail ? ', may lose its tail' : '';
  const disturbed = events.map(([name, count]) => `${name} ${count}`).join(', ');
  return `seed ${seed}  ${verdict}  ${(durationMs / 1000).toFixed(1)} s${signing ? ', permits signed' : ''}${tail}  ${figures}  | ${disturbed}`;
}

/** The violations, with the traces of their plans and the command to repeat the run. */
export function failure(report: RunReport, replay: string): string {
  const { violations, folder } = report;
  const file = join(folder, 'evidence.json');
  const evidence = (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { traces: {} }) as {
    traces: Record<string, TraceStep[]>;
  };
  const lines = violations.map(({ invariant, what }) => `  ${pc.red(invariant)}  ${what}`);
  const plans = [...new Set(violations.flatMap((each) => each.plans))].filter((plan) => plan in evidence.traces);
  const traces = plans
    .slice(0, MOST_TRACES)
    .flatMap((plan) => [
      `  trace of ${plan}:`,
      ...(evidence.traces[plan] ?? []).map((step) => `    ${short(JSON.stringify(step))}`),
    ]);
  return [...lines, ...traces, `  logs and evidence: ${folder}`, `  again: ${replay}`].join('\n');
}

const short = (text: string): string => (text.length > 400 ? `${text.slice(0, 400)}…` : text);

export function summary(reports: readonly RunReport[]): string {
  const total = new Map<string, number>();
  for (const { counts } of reports) {
    for (const [name, count] of Object.entries(counts)) total.set(name, (total.get(name) ?? 0) + count);
  }
  const table = new Table({ head: ['what', 'in all runs'], style: { head: [], border: [] } });
  for (const [name, count] of total) table.push([name, count]);
  const kinds = new Table({ head: ['kind of run', 'runs', 'violated'], style: { head: [], border: [] } });
  for (const kind of new Set(reports.map((report) => report.kind))) {
    const those = reports.filter((report) => report.kind === kind);
    kinds.push([kind, those.length, those.filter(({ violations }) => violations.length > 0).length]);
  }
  const failed = reports.filter(({ violations }) => violations.length > 0);
  const verdict =
    failed.length === 0
      ? pc.green(`every guarantee held in ${reports.length} runs`)
      : pc.red(
          `violated in ${failed.length} of ${reports.length} runs: seeds ${failed.map(({ seed }) => seed).join(', ')}`,
        );
  return `${table.toString()}\n${kinds.toString()}\n${verdict}`;
}
