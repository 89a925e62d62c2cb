import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import type { Report } from './bench.js';
import type { Machine } from './machine.js';

/** One scenario of one run: a line of the history. */
export interface Past {
  readonly date: string;
  readonly commit: string;
  readonly machine: string;
  /** Of the last minute when the run began. */
  readonly load: number;
  readonly node: string;
  readonly effort: string;
  readonly scenario: string;
  readonly figures: Readonly<Record<string, number>>;
  /** What was measured of each target. */
  readonly targets: Readonly<Record<string, number>>;
}

/** A target against the last run. */
export interface Change {
  readonly scenario: string;
  readonly figure: string;
  readonly before: number;
  readonly now: number;
  /** So much worse; below zero for better. */
  readonly worsePercent: number;
  readonly since: string;
}

/** From here on it is marked. */
export const REGRESSION_PERCENT = 20;
const FILE = 'history.jsonl';

const machineText = ({ cpu, cores }: Machine): string => `${cpu}, ${cores} cores`;

export function readHistory(folder: string): readonly Past[] {
  const file = join(folder, FILE);
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Past);
}

export function appendHistory(folder: string, past: readonly Past[]): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, FILE);
  appendFileSync(file, past.map((each) => `${JSON.stringify(each)}\n`).join(''));
  return file;
}

export function pastOf({ machine, effort, findings, verdicts }: Report, load = loadavg()[0] ?? 0): Past[] {
  return Object.entries(findings).map(([scenario, { figures, node }]) => ({
    date: machine.startedAt,
    commit: machine.commit,
    machine: machineText(machine),
    load,
    node,
    effort,
    scenario,
    figures,
    targets: Object.fromEntries(
      verdicts.flatMap((verdict) =>
        verdict.scenario === scenario && verdict.measured !== null ? [[verdict.figure, verdict.measured]] : [],
      ),
    ),
  }));
}

/** Each target of this run against the last run of the same scenario, effort, machine and line of Node. */
export function changesOf(report: Report, history: readonly Past[]): Change[] {
  return pastOf(report).flatMap((now) => {
    const before = history.findLast(
      (past) =>
        past.scenario === now.scenario &&
        past.machine === now.machine &&
        past.effort === now.effort &&
        lineOf(past.node) === lineOf(now.node),
    );
    if (before === undefined) return [];
    return Object.entries(now.targets).flatMap(([figure, value]): Change[] => {
      const last = before.targets[figure];
      const isLowBetter = report.verdicts.find((verdict) => verdict.figure === figure)?.better !== 'high';
      if (last === undefined) return [];
      const [from, to] = isLowBetter ? [last, value] : [value, last];
      const worsePercent = from === to ? 0 : (100 * (to - from)) / Math.abs(from);
      return [{ scenario: now.scenario, figure, before: last, now: value, worsePercent, since: before.commit }];
    });
  });
}

const lineOf = (node: string): string => node.split('.')[0] ?? '';
