import { once } from 'node:events';
import { type Belongings, stopChild } from '../../demo/belongings.js';
import { startProgram } from '../../demo/program.js';
import { BARE_ROLES, type BareLoop } from './bare-loop.js';
import type { Subject } from './subject.js';

/** Starts one of the baselines: the floor as one process, the guide's three services as three, as it runs them. */
export async function startBare(belongings: Belongings, kind: BareLoop, redisUrl: string): Promise<Subject> {
  const startedMs = performance.now();
  const shares = kind === 'guide' ? BARE_ROLES : [BARE_ROLES.join(',')];
  const children = await Promise.all(
    shares.map(async (roles) => {
      const args = ['bench-baseline', kind, redisUrl, roles];
      const { child, lastLines } = startProgram(belongings, `${kind}-${roles}`, args, {}, true);
      const ended = once(child, 'exit').then(() => {
        throw new Error(`the ${kind} did not start: ${lastLines()}`);
      });
      ended.catch(() => undefined);
      await Promise.race([once(child.stdout ?? child, 'data'), ended]);
      return child;
    }),
  );
  return {
    name: kind,
    pids: children.map(({ pid }) => pid ?? 0),
    readyAfterMs: performance.now() - startedMs,
    planIdOf: (_symbol, proposal) => proposal['proposal_id'] ?? '',
    isWanted: (result) => result['executed'] === 'True',
    forgetLog: () => undefined,
    stop: async () => {
      await Promise.all(children.map((child) => stopChild(child)));
    },
  };
}
