import type { Change } from './history.js';
import { describeMachine, type Machine } from './machine.js';
import { type BenchNode, imageNode, THIS_NODE } from './node.js';
import type { Bench, Finding, Scenario } from './scenario.js';
import { type Verdict, verdicts } from './targets.js';

/** What a scenario found, and the Node that it ran on. */
export interface Measurement extends Finding {
  readonly node: string;
}

export interface Report {
  readonly machine: Machine;
  readonly effort: string;
  readonly findings: Readonly<Record<string, Measurement>>;
  readonly verdicts: readonly Verdict[];
  /** Against the last run of this machine, by scenario and figure. */
  readonly changes?: readonly Change[];
}

/** Runs the scenarios one after the other; `onFinding` receives the result of each. Without a `node` each runs on its own. */
export async function runBench(
  bench: Omit<Bench, 'node'> & { readonly node: BenchNode | undefined },
  scenarios: readonly Scenario[],
  onFinding: (measurement: Measurement) => void,
): Promise<Report> {
  const machine = describeMachine();
  const findings = new Map<string, Measurement>();
  for (const scenario of scenarios) {
    bench.progress(scenario.about);
    const node = bench.node ?? (scenario.isOnImageNode === true ? imageNode(bench.progress) : THIS_NODE);
    const measurement = { ...(await scenario.run({ ...bench, node })), node: node.version };
    findings.set(scenario.name, measurement);
    onFinding(measurement);
  }
  return { machine, effort: bench.effort, findings: Object.fromEntries(findings), verdicts: verdicts(findings) };
}
