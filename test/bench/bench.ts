import { describeMachine, type Machine } from './machine.js';
import type { Bench, Finding, Scenario } from './scenario.js';
import { type Verdict, verdicts } from './targets.js';

export interface Report {
  readonly machine: Machine;
  readonly effort: string;
  readonly findings: Readonly<Record<string, Finding>>;
  readonly verdicts: readonly Verdict[];
}

/** Runs the scenarios one after the other; `onFinding` receives the result of each. */
export async function runBench(
  bench: Bench,
  scenarios: readonly Scenario[],
  onFinding: (finding: Finding) => void,
): Promise<Report> {
  const machine = describeMachine();
  const findings = new Map<string, Finding>();
  for (const scenario of scenarios) {
    bench.progress(scenario.about);
    const finding = await scenario.run(bench);
    findings.set(scenario.name, finding);
    onFinding(finding);
  }
  return { machine, effort: bench.effort, findings: Object.fromEntries(findings), verdicts: verdicts(findings) };
}
