import { rmSync } from 'node:fs';
import { join } from 'node:path';
import pc from 'picocolors';
import { EXIT } from '../../../src/cli/exit.js';
import { runCommand } from '../../harness/command.js';
import { privateCopy } from '../mutants.js';
import { resultsFolder } from '../results.js';
import { STAGES } from './drill.js';
import { type KillSwitchOptions, readOptions, USAGE } from './options.js';
import type { TroubledCall } from './trouble.js';
import { part, type PartReport } from './part.js';

/** After so many engagements processes, Redis and exchange are started again: what they keep grows with every plan. */
const PER_PART = 50;
/** Runs the drill; returns the exit code. */
export function main(argv: readonly string[]): Promise<number> {
  return runCommand(argv, { usage: USAGE, readOptions, run: drills });
}

async function drills(options: KillSwitchOptions): Promise<number> {
  const { engagements, kind, seed, plans, json } = options;
  const print = (text: string): void => void (json ? process.stderr : process.stdout).write(`${text}\n`);
  const results = resultsFolder((stamp) => `kill-switch-${stamp}`);
  const copy = privateCopy(options.dist);
  const reports: PartReport[] = [];
  print(`kill switch, ${kind}: ${engagements} engagements, ${plans} plans before each, seed ${seed}`);
  try {
    for (let done = 0; done < engagements; done += PER_PART) {
      const ofPart = Math.min(PER_PART, engagements - done);
      const folder = join(results, `part-${reports.length + 1}`);
      const report = await part(seed + reports.length, ofPart, plans, copy.main, folder, kind, (drill) =>
        print(`  ${done + (kind === 'load' ? drill.engagements : drill.troubled).length} of ${engagements}`),
      );
      reports.push(report);
      for (const { invariant, what } of report.violations) print(`  ${pc.red(invariant)}  ${what}`);
      if (report.violations.length > 0) print(`  logs and evidence: ${folder}`);
      else if (!options.keep) rmSync(folder, { recursive: true, force: true });
    }
  } finally {
    await copy.resources.release();
  }
  const violations = reports.reduce((sum, report) => sum + report.violations.length, 0);
  if (json) process.stdout.write(`${JSON.stringify({ kind, seed, engagements, plans, violations, parts: reports })}\n`);
  else print(summary(seed, reports));
  return violations === 0 ? EXIT.ok : EXIT.notHolding;
}

function summary(seed: number, reports: readonly PartReport[]): string {
  const all = reports.flatMap(({ engagements }) => engagements);
  const total = (of: (report: PartReport) => number): number => reports.reduce((sum, report) => sum + of(report), 0);
  const waits = all.map(({ askedMs, returnedMs }) => returnedMs - askedMs).toSorted((a, b) => a - b);
  const at = (share: number): number => waits[Math.floor(share * (waits.length - 1))] ?? 0;
  const stages = STAGES.map((stage) => `${stage} ${total((report) => report.stages[stage])}`).join(', ');
  const violated = total(({ violations }) => violations.length);
  return [
    `engagements confirmed   ${all.length} (${total(({ notConfirmed }) => notConfirmed)} not confirmed)`,
    `with orders in flight   ${all.filter(({ inFlight }) => inFlight > 0).length}, ${all.reduce((sum, each) => sum + each.inFlight, 0)} orders`,
    ...troubledLines(reports.flatMap(({ troubled }) => troubled)),
    `with a paused process   ${all.filter(({ paused }) => paused !== undefined).length}`,
    `plans when it was asked ${stages}`,
    `the call took           median ${at(0.5)} ms, 95 % ${at(0.95)} ms, longest ${at(1)} ms`,
    `proposals               ${total(({ proposals }) => proposals)}`,
    `orders at the exchange  ${total(({ orders }) => orders)}, and ${total(({ refused }) => refused)} refused by it`,
    `duration                ${(total(({ durationMs }) => durationMs) / 1000).toFixed(0)} s`,
    violated === 0
      ? pc.green(`no order reached the exchange after a call had returned (seed ${seed})`)
      : pc.red(`${violated} violations (seed ${seed})`),
  ].join('\n');
}

function troubledLines(calls: readonly TroubledCall[]): string[] {
  if (calls.length === 0) return [];
  const answered = (status: number | undefined): number => calls.filter((call) => call.status === status).length;
  const lags = calls.map(({ healedMs, storedMs }) => storedMs - healedMs).toSorted((a, b) => a - b);
  return [
    `answers                 ${answered(200)} with 200, ${answered(503)} with 503, ${answered(undefined)} none`,
    `stored after its end    median ${lags[Math.floor(lags.length / 2)] ?? 0} ms, longest ${lags.at(-1) ?? 0} ms`,
  ];
}
