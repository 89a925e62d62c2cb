import { setTimeout as sleep } from 'node:timers/promises';
import type { ExchangeRecords } from '../../harness/paper-exchange-process.js';
import { isReady } from '../../harness/readiness.js';
import { measure, type Measured, warmUp } from '../run.js';
import { type Bench, by, ms, type Scenario } from '../scenario.js';
import { type Staged, stage, staged } from '../subjects/stage.js';
import { faultsOf } from './faults.js';

const LOOK_EVERY_MS = 500;
/** The first reads after the start are not what is measured. */
const SETTLE_MS = 6_000;
const WARM_PLANS = 60;

/** What is measured of one version: how many symbols with open positions, copies of all roles, orders a second, and for how long. */
interface Load {
  readonly name: string;
  readonly symbolCount: number;
  readonly copies: number;
  readonly perSecond: number;
  readonly seconds: number;
}

interface Weighed {
  readonly load: Load;
  readonly version: string;
  readonly weightPerMinute: number;
  /** The same by endpoint, most first. */
  readonly by: string;
  readonly refused: number;
  readonly notReadyPercent: number;
  readonly measured: Measured | undefined;
}

function loadsOf({ effort }: Bench): readonly Load[] {
  const idle = (symbolCount: number, copies: number): Load => ({
    name: `idle.${symbolCount}.${copies}`,
    symbolCount,
    copies,
    perSecond: 0,
    seconds: by(effort, { quick: 15, normal: 60, full: 180 }),
  });
  const busy = (symbolCount: number, perSecond: number, seconds: number): Load => ({
    name: `busy.${symbolCount}`,
    symbolCount,
    copies: 2,
    perSecond,
    seconds,
  });
  return [
    ...by(effort, {
      quick: [idle(60, 3)],
      normal: [idle(60, 1), idle(60, 4)],
      full: [1, 2, 4, 6].map((n) => idle(60, n)),
    }),
    busy(60, 3, by(effort, { quick: 10, normal: 120, full: 600 })),
    busy(300, 8, by(effort, { quick: 10, normal: 60, full: 180 })),
  ];
}

/** What the roles use of the exchange's request weight (2 400 a minute for an address), against an exchange that counts it and bans. */
export const weight: Scenario = {
  name: 'weight',
  about: 'request weight with 60 and 300 open positions and several copies, idle and with orders',
  run: async (bench) => {
    const versions = [...(bench.before === undefined ? [] : [['before', bench.before]]), ['ours', undefined]] as const;
    const all: Weighed[] = [];
    for (const load of loadsOf(bench)) {
      for (const [version = '', main] of versions) {
        bench.progress(`${version}: ${nameOf(load)}, ${load.seconds} s`);
        all.push(await weigh(bench, load, version, main));
      }
    }
    return {
      title: 'Request weight at an exchange that counts it (2 400 a minute for an address)',
      head: [
        'version',
        'load',
        'weight a minute',
        'most of it',
        'refused (429, 418)',
        'not ready',
        'plan to result p50',
        'p90',
      ],
      rows: all.map(({ version, load, measured, ...each }) => [
        version,
        nameOf(load),
        each.weightPerMinute.toFixed(0),
        each.by,
        String(each.refused),
        `${each.notReadyPercent.toFixed(1)} %`,
        measured === undefined ? '–' : ms(measured.wait.p50),
        measured === undefined ? '–' : ms(measured.wait.p90),
      ]),
      figures: Object.fromEntries(
        all.flatMap(({ version, load: { name }, measured, ...each }) => [
          [`${version}.${name}.weight`, each.weightPerMinute],
          [`${version}.${name}.refused`, each.refused],
          [`${version}.${name}.notReadyPercent`, each.notReadyPercent],
          [`${version}.${name}.p90`, measured?.wait.p90 ?? 0],
        ]),
      ),
      faults: all.flatMap(({ version, load, measured }) =>
        measured === undefined || version !== 'ours' ? [] : faultsOf(nameOf(load), measured),
      ),
    };
  },
};

async function weigh(bench: Bench, load: Load, version: string, main: string | undefined): Promise<Weighed> {
  const { symbolCount, copies, perSecond, seconds } = load;
  const options = { symbolCount, instances: copies, mode: 'testnet', isLimited: true, main } as const;
  return staged([stage(bench, 'ours', options)], async ([only]) => {
    if (only === undefined) throw new Error('nothing was staged');
    const { environment, subject } = only;
    if (perSecond > 0) await warmUp(environment, subject, WARM_PLANS, perSecond * 2);
    await sleep(SETTLE_MS);
    const watch = watchReadiness(only);
    const fromMs = performance.timeOrigin + performance.now();
    let measured: Measured | undefined;
    if (perSecond === 0) await sleep(seconds * 1_000);
    else measured = await measure(environment, subject, { perSecond, count: perSecond * seconds });
    const tookMin = (performance.timeOrigin + performance.now() - fromMs) / 60_000;
    const notReadyPercent = await watch();
    const requests = (await environment.exchange.records()).requests.filter(({ atMs }) => atMs >= fromMs);
    return {
      load,
      version,
      weightPerMinute: requests.reduce((sum, each) => sum + each.weight, 0) / tookMin,
      by: byEndpoint(requests, tookMin),
      refused: requests.filter(({ status }) => status === 429 || status === 418).length,
      notReadyPercent,
      measured,
    };
  });
}

/** Asks every process each half second whether it is ready; ends with the share of answers that were no. */
function watchReadiness({ subject }: Staged): () => Promise<number> {
  let [asked, no] = [0, 0];
  const ending = new AbortController();
  const watching = (async (): Promise<void> => {
    while (!ending.signal.aborted) {
      const answers = await Promise.all(subject.urls.map((url) => isReady(url)));
      asked += answers.length;
      no += answers.filter((ready) => !ready).length;
      await sleep(LOOK_EVERY_MS);
    }
  })();
  return async () => {
    ending.abort();
    await watching;
    return (100 * no) / asked;
  };
}

/** The three endpoints that weigh most, with their weight a minute. */
function byEndpoint(requests: ExchangeRecords['requests'], tookMin: number): string {
  const sums = new Map<string, number>();
  for (const { path, weight: each } of requests) sums.set(path, (sums.get(path) ?? 0) + each);
  return [...sums]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, 3)
    .map(([path, sum]) => `${path.split('/').at(-1) ?? ''} ${(sum / tookMin).toFixed(0)}`)
    .join(', ');
}

function nameOf({ symbolCount, copies, perSecond }: Load): string {
  const orders = perSecond === 0 ? 'idle' : `${perSecond} orders/s`;
  return `${symbolCount} positions, ${copies} ${copies === 1 ? 'copy' : 'copies'}, ${orders}`;
}
