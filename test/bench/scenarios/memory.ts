import { measure, warmUp } from '../run.js';
import { totalUsage } from '../process-usage.js';
import { by, type Scenario } from '../scenario.js';
import { stage, staged } from '../subjects/stage.js';
import type { BenchEnvironment } from '../environment.js';

const SYMBOLS = 100;
const PER_SECOND = 500;
const STEPS = 10;
/** A process that grows by more leaks. */
const GROWTH_PERCENT = 5;

/** Resident memory over many plans: what it is, and whether it still grows once the process is warm. */
export const memory: Scenario = {
  name: 'memory',
  about: 'resident memory and its growth over many plans',
  isOnImageNode: true,
  run: (bench) =>
    staged([stage(bench, 'ours', { symbolCount: SYMBOLS })], async (all) => {
      const [only] = all;
      if (only === undefined) throw new Error('nothing was staged');
      const { environment, subject } = only;
      const plans = by(bench.effort, { quick: 2_000, normal: 50_000, full: 1_000_000 });
      await warmUp(environment, subject, 1_000);
      const residentMb: number[] = [];
      const faults: string[] = [];
      for (let step = 1; step <= STEPS; step += 1) {
        const count = plans / STEPS;
        const { missing } = await measure(environment, subject, { perSecond: PER_SECOND, count, seesPlans: false });
        if (missing > 0) faults.push(`${missing} plans without a result in step ${step}`);
        residentMb.push(totalUsage(subject.pids).residentMb);
        bench.progress(`${step * count} plans, ${residentMb.at(-1)?.toFixed(0) ?? ''} MB`);
        await forgetEnded(environment);
      }
      const mean = (values: readonly number[]): number => values.reduce((sum, each) => sum + each, 0) / values.length;
      const [early, late] = [mean(residentMb.slice(1, 4)), mean(residentMb.slice(-3))];
      const growthPercent = (100 * (late - early)) / early;
      // A smoke is too short to be warm.
      if (growthPercent > GROWTH_PERCENT && bench.effort !== 'quick')
        faults.push(
          `memory grew by ${growthPercent.toFixed(1)} % over the last steps; at most ${GROWTH_PERCENT} % is allowed`,
        );
      return {
        title: `Resident memory of all roles in one process over ${plans} plans on ${SYMBOLS} symbols`,
        head: ['after', 'resident'],
        rows: residentMb.map((mb, index) => [String(((index + 1) * plans) / STEPS), `${mb.toFixed(0)} MB`]),
        figures: { residentMb: Math.max(...residentMb), growthPercent },
        faults,
      };
    }),
};

/** Ended plans are kept for a week; a million of them would fill the machine with what is not measured here. */
async function forgetEnded({ session: { commands, keys } }: BenchEnvironment): Promise<void> {
  for (const pattern of [keys.journal('*'), keys.trace('*'), keys.dedupe('*')]) {
    let cursor = '0';
    do {
      const [next, found] = await commands.scan(cursor, 'MATCH', pattern, 'COUNT', 1_000);
      if (found.length > 0) await commands.unlink(...found);
      cursor = next;
    } while (cursor !== '0');
  }
}
