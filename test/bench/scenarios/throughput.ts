import { measure, type Measured, quieten, warmUp, warmUpCount } from '../run.js';
import { type Bench, by, type Finding, ms, perSec, type Scenario } from '../scenario.js';
import { stage, type Staged, staged } from '../subjects/stage.js';
import { faultsOf } from './faults.js';

/** Past this a rate counts as too high. */
const P99_LIMIT_MS = 50;
/** A newer proposal replaces what its symbol's strategy wanted before: with fewer, plans would be superseded before their claim. */
export const SYMBOLS = 500;
const FIRST = 1_000;
const HIGHEST = 32_000;

export interface Sustained {
  readonly perSecond: number;
  readonly measured: Measured | undefined;
}

/** The highest rate that a subject carries with p99 within the limit: doubled until one fails, then halved between. */
export async function highestRate(bench: Bench, { environment, subject }: Staged): Promise<Sustained> {
  const seconds = by(bench.effort, { quick: 1, normal: 3, full: 8 });
  const halvings = by(bench.effort, { quick: 1, normal: 3, full: 4 });
  let best: Sustained = { perSecond: 0, measured: undefined };
  const carries = async (perSecond: number): Promise<boolean> => {
    bench.progress(`${subject.name}, ${Math.round(perSecond)} plans/s`);
    const measured = await measure(environment, subject, {
      perSecond,
      count: Math.round(perSecond * seconds),
      seesPlans: false,
    });
    const holds = measured.missing === 0 && measured.total.count > 0 && measured.total.p99 <= P99_LIMIT_MS;
    if (!holds) await quieten(environment);
    if (holds && perSecond > best.perSecond) best = { perSecond, measured };
    return holds;
  };
  let fails = FIRST;
  while (fails < HIGHEST && (await carries(fails))) fails *= 2;
  let holds = best.perSecond;
  for (let step = 0; step < halvings; step += 1) {
    const middle = (holds + fails) / 2;
    if (await carries(middle)) holds = middle;
    else fails = middle;
  }
  return best;
}

/** How many plans a second go through, in dry run, where a plan ends at its claim. */
export const throughput: Scenario = {
  name: 'throughput',
  about: 'plans a second until p99 exceeds 50 ms, one process, dry run',
  run: (bench) =>
    staged(
      (['floor', 'ours'] as const).map((name) => stage(bench, name, { symbolCount: SYMBOLS })),
      async (all) => {
        const found: { readonly name: string; readonly sustained: Sustained }[] = [];
        for (const each of all) {
          await warmUp(each.environment, each.subject, warmUpCount(bench.effort));
          found.push({ name: each.subject.name, sustained: await highestRate(bench, each) });
        }
        return rates(found);
      },
    ),
};

/** The rates side by side. */
export function rates(found: readonly { readonly name: string; readonly sustained: Sustained }[]): Finding {
  return {
    title: `Highest rate with p99 ≤ ${P99_LIMIT_MS} ms from the intended arrival to the result (the guide's wait alone is longer)`,
    head: ['subject', 'carried', 'p50', 'p99', 'CPU a plan', 'Redis CPU a plan'],
    rows: found.map(({ name, sustained: { perSecond, measured } }) => [
      name,
      perSec(perSecond),
      ms(measured?.total.p50 ?? Number.NaN),
      ms(measured?.total.p99 ?? Number.NaN),
      ms(measured?.cpuMsPerPlan ?? Number.NaN),
      ms(measured?.redisCpuMsPerPlan ?? Number.NaN),
    ]),
    figures: Object.fromEntries(found.map(({ name, sustained }) => [`${name}.perSecond`, sustained.perSecond])),
    faults: found.flatMap(({ name, sustained }) => (sustained.measured ? faultsOf(name, sustained.measured) : [])),
  };
}
