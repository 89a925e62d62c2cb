import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import pc from 'picocolors';
import { Children } from '../children.js';
import { privateCopy } from '../mutants.js';
import { STAGES } from './drill.js';
import { type KillSwitchOptions, readOptions, USAGE } from './options.js';
import { part, type PartReport } from './part.js';

/** So many engagements until processes, Redis and venue begin anew: what they keep grows with every plan. */
const PER_PART = 50;
const EXIT = { fine: 0, violated: 1, usage: 2 } as const;

/** Runs the drill; answers with the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  let options: KillSwitchOptions | 'help';
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
    return await drills(options);
  } finally {
    await Children.killEverything();
  }
}

async function drills(options: KillSwitchOptions): Promise<number> {
  const { engagements, seed, plans, json } = options;
  const tell = (text: string): void => void (json ? process.stderr : process.stdout).write(`${text}\n`);
  const results = resolve('chaos-results', `kill-switch-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`);
  mkdirSync(results, { recursive: true });
  const { dist, root } = privateCopy(options.dist);
  const reports: PartReport[] = [];
  tell(`kill switch: ${engagements} engagements, ${plans} plans before each, seed ${seed}`);
  try {
    for (let done = 0; done < engagements; done += PER_PART) {
      const ofPart = Math.min(PER_PART, engagements - done);
      const folder = join(results, `part-${reports.length + 1}`);
      const report = await part(seed + reports.length, ofPart, plans, dist, folder, (drill) =>
        tell(`  ${done + drill.engagements.length} of ${engagements}`),
      );
      reports.push(report);
      for (const { invariant, what } of report.violations) tell(`  ${pc.red(invariant)}  ${what}`);
      if (report.violations.length > 0) tell(`  logs and evidence: ${folder}`);
      else if (!options.keep) rmSync(folder, { recursive: true, force: true });
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
  const violations = reports.reduce((sum, report) => sum + report.violations.length, 0);
  if (json) process.stdout.write(`${JSON.stringify({ seed, engagements, plans, violations, parts: reports })}\n`);
  else tell(summary(seed, reports));
  return violations === 0 ? EXIT.fine : EXIT.violated;
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
    `with a paused process   ${all.filter(({ paused }) => paused !== undefined).length}`,
    `plans when it was asked ${stages}`,
    `the call took           median ${at(0.5)} ms, 95 % ${at(0.95)} ms, longest ${at(1)} ms`,
    `proposals               ${total(({ proposals }) => proposals)}`,
    `orders at the venue     ${total(({ orders }) => orders)}, and ${total(({ refused }) => refused)} refused by it`,
    `duration                ${(total(({ durationMs }) => durationMs) / 1000).toFixed(0)} s`,
    violated === 0
      ? pc.green(`no order reached the exchange after a call had returned (seed ${seed})`)
      : pc.red(`${violated} violations (seed ${seed})`),
  ].join('\n');
}
