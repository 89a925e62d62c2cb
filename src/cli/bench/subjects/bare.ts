import { once } from 'node:events';
import { type Belongings, stopChild } from '../../demo/belongings.js';
import { startProgram } from '../../demo/program.js';
import type { BareLoop } from './bare-loop.js';
import type { Subject } from './subject.js';

/** Starts one of the baselines as a process of its own. */
export async function startBare(belongings: Belongings, kind: BareLoop, redisUrl: string): Promise<Subject> {
  const startedMs = performance.now();
  const { child, lastLines } = startProgram(belongings, kind, ['bench-baseline', kind, redisUrl], {}, true);
  const ended = once(child, 'exit').then(() => {
    throw new Error(`the ${kind} did not start: ${lastLines()}`);
  });
  ended.catch(() => undefined);
  await Promise.race([once(child.stdout ?? child, 'data'), ended]);
  return {
    name: kind,
    pids: [child.pid ?? 0],
    readyAfterMs: performance.now() - startedMs,
    planIdOf: (_symbol, proposal) => proposal['proposal_id'] ?? '',
    isWanted: (result) => result['executed'] === 'True',
    forgetLog: () => undefined,
    stop: () => stopChild(child),
  };
}
