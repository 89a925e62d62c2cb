import { Observer } from '../observer.js';
import { measure, proposalAt, warmUp } from '../run.js';
import { by, ms, type Scenario } from '../scenario.js';
import { stage, type Staged, staged } from '../subjects/stage.js';
import { faultsOf } from './faults.js';

/** Of the plans that one process has between publishing and claim, room for the load is left. */
const WAITING = 40;
/** Symbols of the load: a newer proposal of one of them would replace a plan that a slow moment holds up. */
const LOADED = 100;
const PER_SECOND = 50;
/** Long enough that those who wait still do when the last of the others has passed. */
const WINDOW_MS = 50_000;

/** Whether a plan notices that others wait: forty that never get their Governor's permit, and a load that passes them. */
export const crowd: Scenario = {
  name: 'crowd',
  about: `the wait of a plan while ${WAITING} others wait`,
  run: (bench) =>
    staged(
      [stage(bench, 'ours', { symbolCount: WAITING + LOADED, variables: { APPLY_PERMIT_WAIT_MS: String(WINDOW_MS) } })],
      async (all) => {
        const [only] = all;
        if (only === undefined) throw new Error('nothing was staged');
        const { subject } = only;
        // A strategy has one proposal a symbol: each that waits has a symbol of its own.
        const others = only.environment.symbols.slice(LOADED);
        const environment = { ...only.environment, symbols: only.environment.symbols.slice(0, LOADED) };
        const count = PER_SECOND * by(bench.effort, { quick: 2, normal: 10, full: 20 });
        await warmUp(environment, subject);
        bench.progress('alone');
        const alone = await measure(environment, subject, { perSecond: PER_SECOND, count });
        bench.progress(`${WAITING} others wait`);
        await holdBack(only, others);
        const among = await measure(environment, subject, { perSecond: PER_SECOND, count });
        const waiting = await environment.session.commands.zcard(environment.session.keys.openPlans());
        return {
          title: `The wait at ${PER_SECOND} plans/s, alone and while others wait`,
          head: ['others that wait', 'wait p50', 'p90', 'p99', 'CPU a plan'],
          rows: [
            ['0', ...[alone.wait.p50, alone.wait.p90, alone.wait.p99, alone.cpuMsPerPlan].map(ms)],
            [String(waiting), ...[among.wait.p50, among.wait.p90, among.wait.p99, among.cpuMsPerPlan].map(ms)],
          ],
          figures: { 'alone.p50': alone.wait.p50, 'among.p50': among.wait.p50, waiting },
          faults: [...faultsOf('alone', alone), ...faultsOf('among others', among)],
        };
      },
    ),
};

/** Plans that wait: their Governor finds that it has decided on them before, and says nothing. */
async function holdBack({ environment, subject }: Staged, symbols: readonly string[]): Promise<void> {
  const { commands, keys } = environment.session;
  const observer = await Observer.start(environment.session, subject, true);
  for (const symbol of symbols) {
    const proposal = proposalAt(Date.now() / 1_000);
    await commands.hset(keys.reservation(subject.planIdOf(symbol, proposal), '1'), 'state', 'bench');
    await commands.xadd(keys.proposalStream(), '*', 'symbol', symbol, ...Object.entries(proposal).flat());
  }
  while ((await commands.zcard(keys.openPlans())) < WAITING) await new Promise((resolve) => setTimeout(resolve, 20));
  await observer.stop();
}
