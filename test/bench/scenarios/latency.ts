import { median } from '../latencies.js';
import { measure, type Measured, warmUp, warmUpCount } from '../run.js';
import { type Bench, by, type Finding, ms, type Scenario } from '../scenario.js';
import { stage, staged } from '../subjects/stage.js';
import { type Subject, SUBJECTS } from '../subjects/subject.js';
import { faultsOf } from './faults.js';

const RATES = {
  quick: [{ perSecond: 50, seconds: 3 }],
  normal: [
    { perSecond: 1, seconds: 15 },
    { perSecond: 50, seconds: 10 },
    { perSecond: 500, seconds: 5 },
  ],
  full: [
    { perSecond: 1, seconds: 60 },
    { perSecond: 50, seconds: 30 },
    { perSecond: 500, seconds: 20 },
  ],
} as const;

/** A newer proposal replaces what its symbol's strategy wanted before: with fewer, a slow moment would supersede plans. */
const SYMBOLS = 100;

/** Far beyond what noise makes of the ratio to the floor: past this the design has changed. */
const WORST_RATIO = 8;

/** How long a plan waits from being published to being claimed, at three rates. */
export const latency: Scenario = {
  name: 'latency',
  about: 'wait from publish to claim at 1, 50 and 500 plans a second',
  run: (bench) =>
    staged(
      SUBJECTS.map((name) => stage(bench, name, { symbolCount: SYMBOLS })),
      async (all) => {
        const found: { readonly name: Subject['name']; readonly perSecond: number; readonly measured: Measured }[] = [];
        for (const { environment, subject } of all) await warmUp(environment, subject, warmUpCount(bench.effort));
        // Taking turns: what the machine does meanwhile meets all of them.
        for (let repetition = 0; repetition < by(bench.effort, { quick: 1, normal: 3, full: 5 }); repetition += 1)
          for (const { perSecond, seconds } of RATES[bench.effort])
            for (const { environment, subject } of all) {
              bench.progress(`${subject.name}, ${perSecond} plans/s, repetition ${repetition + 1}`);
              const measured = await measure(environment, subject, {
                perSecond,
                count: Math.max(5, perSecond * seconds),
              });
              found.push({ name: subject.name, perSecond, measured });
            }
        return finding(bench, found);
      },
    ),
};

function finding(
  { effort }: Bench,
  found: readonly { readonly name: Subject['name']; readonly perSecond: number; readonly measured: Measured }[],
): Finding {
  const rows: string[][] = [];
  const figures: Record<string, number> = {};
  const curves: { label: string; curve: Measured['wait']['curve'] }[] = [];
  for (const { perSecond } of RATES[effort])
    for (const name of SUBJECTS) {
      const runs = found
        .filter((each) => each.name === name && each.perSecond === perSecond)
        .map((run) => run.measured);
      const of = (pick: (run: Measured) => number): number => median(runs.map(pick));
      const p50 = of((run) => run.wait.p50);
      const p99 = of((run) => run.wait.p99);
      figures[`${name}.${perSecond}.p50`] = p50;
      figures[`${name}.${perSecond}.p99`] = p99;
      const shown = [p50, of((run) => run.wait.p90), p99, of((run) => run.wait.max)];
      const total = [of((run) => run.total.p50), of((run) => run.total.p99)];
      rows.push([name, `${perSecond}/s`, ...[...shown, ...total].map(ms)]);
      curves.push({ label: `${name}, ${perSecond}/s`, curve: runs[0]?.wait.curve ?? [] });
    }
  return {
    title: 'Wait from publish to claim; total from when the proposal was to come to its result',
    head: ['subject', 'load', 'wait p50', 'p90', 'p99', 'max', 'total p50', 'total p99'],
    rows,
    figures,
    curves,
    faults: [...found.flatMap(({ name, measured }) => faultsOf(name, measured)), ...tooSlow(figures)],
  };
}

function tooSlow(figures: Readonly<Record<string, number>>): string[] {
  const [ours, floor] = [figures['ours.50.p50'] ?? Number.NaN, figures['floor.50.p50'] ?? Number.NaN];
  return ours <= WORST_RATIO * floor
    ? []
    : [`ours: a wait of ${ms(ours)} is more than ${WORST_RATIO} × the floor's ${ms(floor)}`];
}
