import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchEnvironment } from '../environment.js';
import { measure, warmUp } from '../run.js';
import { by, type Scenario } from '../scenario.js';
import { stage, staged } from '../subjects/stage.js';
import { faultsOf } from './faults.js';

const SYMBOLS = 100;
const PER_SECOND = 50;
const WARM_PLANS = 300;
/** What expires sooner is not kept. */
const KEPT_FROM_MS = 600_000;
const SCAN = 1_000;

interface Kept {
  /** Bytes of all keys by their kind. */
  readonly byKind: ReadonlyMap<string, number>;
  readonly aofBytes: number;
}

/** What a finished plan leaves in Redis, and what it writes to the append-only file: orders, permits signed. */
export const retention: Scenario = {
  name: 'retention',
  about: 'bytes that Redis keeps of a finished plan, and bytes that it appends to its file',
  run: (bench) =>
    staged([stage(bench, 'ours', { symbolCount: SYMBOLS, mode: 'testnet', signing: true })], async ([only]) => {
      if (only === undefined) throw new Error('nothing was staged');
      const { environment, subject } = only;
      // A rewrite would make the file smaller.
      await environment.session.commands.config('SET', 'auto-aof-rewrite-percentage', '0');
      await warmUp(environment, subject, WARM_PLANS, PER_SECOND);
      // Reservations and events of the last plans follow their results.
      await sleep(2_000);
      const before = await keptBy(environment);
      const count = by(bench.effort, { quick: 100, normal: 1_000, full: 5_000 });
      bench.progress(`${count} orders`);
      const measured = await measure(environment, subject, { perSecond: PER_SECOND, count, seesPlans: false });
      await sleep(2_000);
      const after = await keptBy(environment);
      const perPlan = [...after.byKind]
        .map(([kind, bytes]) => [kind, (bytes - (before.byKind.get(kind) ?? 0)) / count] as const)
        .filter(([, bytes]) => bytes >= 1)
        .toSorted(([, a], [, b]) => b - a);
      const keptBytes = perPlan.reduce((sum, [, bytes]) => sum + bytes, 0);
      const aofBytes = (after.aofBytes - before.aofBytes) / count;
      return {
        title: `What a finished plan with an order leaves in Redis (MEMORY USAGE), and what it appends`,
        head: ['', 'bytes a plan'],
        rows: [
          ...perPlan.map(([kind, bytes]) => [kind, bytes.toFixed(0)]),
          ['kept in all', keptBytes.toFixed(0)],
          ['appended to the append-only file', aofBytes.toFixed(0)],
        ],
        figures: { keptBytes, aofBytes },
        faults: faultsOf('retention', measured),
      };
    }),
};

async function keptBy({ session: { commands, keys } }: BenchEnvironment): Promise<Kept> {
  const byKind = new Map<string, number>();
  const fixed = new Set([keys.planStream(), keys.resultStream(), keys.proposalStream(), keys.permitEvents()]);
  let cursor = '0';
  do {
    const [next, found] = await commands.scan(cursor, 'COUNT', SCAN);
    await Promise.all(
      found.map(async (key) => {
        const [ttlMs, bytes] = await Promise.all([
          commands.pttl(key),
          commands.call('MEMORY', 'USAGE', key, 'SAMPLES', '0') as Promise<number | null>,
        ]);
        if (ttlMs >= 0 && ttlMs < KEPT_FROM_MS) return;
        const kind = fixed.has(key) ? key : kindOf(key);
        byKind.set(kind, (byKind.get(kind) ?? 0) + (bytes ?? 0));
      }),
    );
    cursor = next;
  } while (cursor !== '0');
  const aof = /aof_current_size:(\d+)/.exec(await commands.info('persistence'))?.[1];
  if (aof === undefined) throw new Error('Redis writes no append-only file');
  return { byKind, aofBytes: Number(aof) };
}

/** The key without the plan, symbol or day in it. */
const kindOf = (key: string): string => key.replace(/:(?:[0-9a-f]{16}|B\d{4}USDT|\d[\d-]*).*$/, ':*');
