import { setTimeout as sleep } from 'node:timers/promises';
import { proposalFields } from '../../harness/proposals.js';
import { readEntries } from '../../../src/redis/streams/stream-entry.js';
import { type BenchEnvironment, redisNowMs } from '../environment.js';
import { Latencies, type LatencySummary } from '../latencies.js';
import { warmUp } from '../run.js';
import { by, ms, type Scenario } from '../scenario.js';
import { type Staged, stage, staged } from '../subjects/stage.js';

const WARM_UP = { plans: 300, perSecond: 80 } as const;
const LOOK_EVERY_MS = 100;
/** Of the exchange's limits: what it takes in ten seconds. */
const ORDERS_PER_10_SEC = 300;

interface Burst {
  readonly what: string;
  readonly key: string;
  /** From the moment at which all ask to each plan's claim. */
  readonly claims: LatencySummary;
  readonly timeouts: number;
  readonly executed: number;
  /** How many of the first orders, as many as there are full closes, are full closes; in percent. */
  readonly urgentFirst: number;
}

/** Every symbol asks at once, half of them for a full close: signed orders, all roles in one process. */
export const burst: Scenario = {
  name: 'burst',
  about: 'all symbols ask at once, signed orders: plans that miss their window, and the last claim',
  run: async (bench) => {
    const symbolCount = by(bench.effort, { quick: 100, normal: 566, full: 566 });
    const builds = [
      { name: 'permit-gate', key: 'ours', main: undefined },
      ...(bench.before === undefined ? [] : [{ name: 'the earlier version', key: 'before', main: bench.before }]),
    ];
    const found: Burst[] = [];
    const run = async (what: string, key: string, options: Parameters<typeof stage>[2], withinMs: number) => {
      bench.progress(`${symbolCount} symbols at once: ${what}`);
      const common = { symbolCount, mode: 'testnet', signing: true } as const;
      const variables = {
        APPLY_MAX_ATTEMPTS: '5',
        APPLY_REPEAT_POLICY: 'once_per_episode',
        APPLY_PROPOSALS_PER_MIN: '1000',
      };
      await staged([stage(bench, 'ours', { ...common, variables, ...options })], async ([only]) => {
        if (only === undefined) throw new Error('nothing was staged');
        if (options?.isLimited !== true) await warmUp(only.environment, only.subject, WARM_UP.plans, WARM_UP.perSecond);
        found.push({ what, key, ...(await burstOn(only, withinMs)) });
      });
    };
    for (const { name, key, main } of builds)
      await run(`${name}, no limits`, key, { main }, by(bench.effort, { quick: 20_000, normal: 60_000, full: 60_000 }));
    if (symbolCount > ORDERS_PER_10_SEC)
      for (const { name, key, main } of builds)
        await run(`${name}, the exchange's limits`, `${key}.limited`, { main, isLimited: true }, 90_000);
    return {
      title: `${symbolCount} symbols ask at once: signed orders, all roles in one process`,
      head: ['', 'permit_timeout', 'executed', 'claim p50', 'p90', 'last', 'full closes first'],
      rows: found.map(({ what, timeouts, executed, claims, urgentFirst }) => [
        what,
        String(timeouts),
        `${executed} of ${symbolCount}`,
        ms(claims.p50),
        ms(claims.p90),
        ms(claims.max),
        `${urgentFirst.toFixed(0)} %`,
      ]),
      figures: Object.fromEntries(
        found.flatMap(({ key, timeouts, executed, claims, urgentFirst }) => [
          [`${key}.timeouts`, timeouts],
          [`${key}.lost`, symbolCount - executed],
          [`${key}.lastMs`, claims.max],
          [`${key}.urgentFirst`, urgentFirst],
        ]),
      ),
      faults: found
        .filter(({ key, executed }) => key.startsWith('ours') && executed < symbolCount)
        .map(({ what, executed }) => `${what}: ${symbolCount - executed} plans were not executed`),
    };
  },
};

async function burstOn({ environment }: Staged, withinMs: number): Promise<Omit<Burst, 'what' | 'key'>> {
  const { session, symbols, exchange } = environment;
  const { commands, keys } = session;
  const ordersBefore = (await exchange.orderArrivals()).length;
  const fromMs = await redisNowMs(environment);
  const askedFor = commands.pipeline();
  for (const [index, symbol] of symbols.entries()) {
    const fields = proposalFields(index % 2 === 0 ? 'PARTIAL_50' : 'FULL_CLOSE_PROPOSED', {
      proposal_id: `burst-${index}`,
    });
    askedFor.xadd(keys.proposalStream(), '*', 'symbol', symbol, ...Object.entries(fields).flat());
  }
  await askedFor.exec();
  const untilMs = performance.now() + withinMs;
  let results = await resultsSince(environment, fromMs);
  const executed = (): number => new Set(results.filter(hasExecuted).map((each) => each['plan_id'])).size;
  while (executed() < symbols.length && performance.now() < untilMs) {
    await sleep(LOOK_EVERY_MS);
    results = await resultsSince(environment, fromMs);
  }
  const claims = new Latencies();
  for (const planId of new Set(results.filter(hasExecuted).map((each) => each['plan_id'] ?? ''))) {
    const claimedMs = Number(await commands.hget(keys.journal(planId), 'claimed_ms'));
    claims.record(claimedMs - fromMs);
  }
  const urgent = Math.floor(symbols.length / 2);
  const first = (await exchange.orderArrivals()).slice(ordersBefore, ordersBefore + urgent);
  const plans = await Promise.all(
    first.map(({ clientOrderId }) => commands.hget(keys.journal(clientOrderId.split('-')[1] ?? ''), 'action')),
  );
  return {
    claims: claims.summary(),
    timeouts: results.filter(({ error, attempt }) => error === 'permit_timeout' && attempt === '1').length,
    executed: executed(),
    urgentFirst: (100 * plans.filter((action) => action === 'FULL_CLOSE_PROPOSED').length) / urgent,
  };
}

const hasExecuted = (result: Readonly<Record<string, string>>): boolean => result['executed'] === 'True';

async function resultsSince({ session: { commands, keys } }: BenchEnvironment, fromMs: number) {
  return readEntries(await commands.xrange(keys.resultStream(), String(fromMs), '+')).entries.map(
    ({ fields }) => fields,
  );
}
