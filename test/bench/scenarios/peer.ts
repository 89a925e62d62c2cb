import { median, type LatencySummary } from '../latencies.js';
import { PermitWatch } from '../permit-watch.js';
import { measure, type Measured, warmUp } from '../run.js';
import { type Bench, by, ms, type Scenario } from '../scenario.js';
import { startGuide } from '../subjects/peers.js';
import { type Staged, stage, staged, stagePeer } from '../subjects/stage.js';
import { faultsOf } from './faults.js';

const SYMBOLS = 100;
/** The guide's Apply takes one plan at a time, and waits in steps of 100 ms. */
const PER_SECOND = 5;
const WARM = { plans: 200, perSecond: 8 } as const;
const VENUE_MS = 500;
/** What is not claimed then is late: the guide's own window. */
const WINDOW_MS = 1_200;
const NAMES = ['guide', 'ours'] as const;

/** The three services of the deployment guide as it writes them, beside ours. */
export const peer: Scenario = {
  name: 'peer',
  about: "the guide's three processes as written: its permit alone, and a venue that takes half a second",
  run: async (bench) => {
    const faults: string[] = [];
    const permits = await bothOf(bench, 0, async (all) => {
      const found = new Map<string, { readonly permit: LatencySummary; readonly measured: Measured }[]>();
      for (let repetition = 0; repetition < by(bench.effort, { quick: 1, normal: 3, full: 5 }); repetition += 1)
        for (const one of all) {
          bench.progress(`the permit alone, ${one.subject.name}, repetition ${repetition + 1}`);
          const watch = await PermitWatch.start(one.environment.session);
          const count = PER_SECOND * by(bench.effort, { quick: 3, normal: 20, full: 60 });
          const measured = await measure(one.environment, one.subject, { perSecond: PER_SECOND, count });
          const permit = await watch.end();
          found.set(one.subject.name, [...(found.get(one.subject.name) ?? []), { permit, measured }]);
          if (one.subject.name === 'ours') faults.push(...faultsOf('ours', measured));
        }
      return found;
    });
    const late = await bothOf(bench, VENUE_MS, async (all) => {
      const found = new Map<string, Measured>();
      for (const one of all) {
        bench.progress(`a venue that takes ${VENUE_MS} ms, ${one.subject.name}`);
        const count = PER_SECOND * by(bench.effort, { quick: 3, normal: 20, full: 60 });
        const load = { perSecond: PER_SECOND, count, lateAfterMs: VENUE_MS + WINDOW_MS };
        found.set(one.subject.name, await measure(one.environment, one.subject, load));
      }
      return found;
    });
    const of = (name: string, pick: (summary: LatencySummary) => number): number =>
      median((permits.get(name) ?? []).map(({ permit }) => pick(permit)));
    const lateOf = (name: string): number => percentLate(late.get(name));
    return {
      title: `Beside the guide's three processes at ${PER_SECOND} plans/s`,
      head: [
        '',
        'plan – Position Brain permit p50',
        'p99',
        `venue of ${VENUE_MS} ms: proposal – result p50`,
        'p99',
        `later than ${WINDOW_MS} ms and the venue`,
      ],
      rows: NAMES.map((name) => [
        name,
        ms(of(name, ({ p50 }) => p50)),
        ms(of(name, ({ p99 }) => p99)),
        ms(late.get(name)?.total.p50 ?? Number.NaN),
        ms(late.get(name)?.total.p99 ?? Number.NaN),
        `${lateOf(name).toFixed(0)} %`,
      ]),
      figures: Object.fromEntries(
        NAMES.flatMap((name) => [
          [`${name}.permit.p50`, of(name, ({ p50 }) => p50)],
          [`${name}.permit.p99`, of(name, ({ p99 }) => p99)],
          [`${name}.latePercent`, lateOf(name)],
        ]),
      ),
      faults,
    };
  },
};

/** Both on an environment of their own; the venue takes so long for an order. */
async function bothOf<T>(bench: Bench, venueMs: number, use: (all: readonly Staged[]) => Promise<T>): Promise<T> {
  const ours = stage(bench, 'ours', { symbolCount: SYMBOLS, mode: 'testnet', processes: 'three' });
  const guide = stagePeer(bench, SYMBOLS, (environment) => startGuide(bench, environment, venueMs));
  return staged([guide, ours], async (all) => {
    for (const { environment, subject } of all)
      await warmUp(
        environment,
        subject,
        by(bench.effort, { quick: 20, normal: WARM.plans, full: WARM.plans }),
        WARM.perSecond,
      );
    const fault = { match: { method: 'POST', path: '/order' }, action: { type: 'delay', ms: venueMs }, times: -1 };
    if (venueMs > 0) for (const { environment } of all) await environment.exchange.addFaults([fault]);
    return use(all);
  });
}

/** Of all that were asked for; what has no result in time is late too. */
function percentLate(measured: Measured | undefined): number {
  if (measured === undefined) return Number.NaN;
  const { total, missing, failures, late } = measured;
  const failed = Object.values(failures).reduce((sum, count) => sum + count, 0);
  return (100 * (late + missing + failed)) / (total.count + missing + failed);
}
