import { fileURLToPath } from 'node:url';
import { stop } from '../../harness/child-processes.js';
import { Program } from '../../harness/program.js';
import type { Bench } from '../scenario.js';
import { BARE_ROLES, type BareLoop } from './bare-loop.js';
import type { Subject } from './subject.js';

const BASELINE = fileURLToPath(new URL('../baseline.mjs', import.meta.url));

/** Starts one of the baselines: the floor as one process, the guide's three services as three, as it runs them. */
export async function startBare(
  { resources: { folder, processes }, node }: Bench,
  kind: BareLoop,
  redisUrl: string,
): Promise<Subject> {
  const startedMs = performance.now();
  const shares = kind === 'guide' ? BARE_ROLES : [BARE_ROLES.join(',')];
  const programs = await Promise.all(
    shares.map(async (roles) => {
      const program = new Program([kind, redisUrl, roles], {}, folder, {
        main: BASELINE,
        processes,
        command: node.path,
      });
      await program.until(`the ${kind} is ready`, () => program.stdout.includes('ready'));
      return program;
    }),
  );
  return {
    name: kind,
    pids: programs.map(({ pid }) => pid),
    urls: [],
    readyAfterMs: performance.now() - startedMs,
    planIdOf: (_symbol, proposal) => proposal['proposal_id'] ?? '',
    isWanted: (result) => result['executed'] === 'True',
    forgetLog: () => undefined,
    stop: async () => {
      await Promise.all(programs.map(({ child }) => stop(child)));
    },
  };
}
