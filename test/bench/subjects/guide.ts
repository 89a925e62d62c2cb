import { fileURLToPath } from 'node:url';
import { stop } from '../../harness/child-processes.js';
import { Program } from '../../harness/program.js';
import type { BenchEnvironment } from '../environment.js';
import type { Bench } from '../scenario.js';
import type { Subject } from './subject.js';

const LOOP = fileURLToPath(new URL('guide-loop.mjs', import.meta.url));

/** The guide's three services as it writes them, each one thread; `venueMs` is what an order takes at the venue. */
export async function startGuide(
  { resources: { folder, processes }, node }: Bench,
  { redisSocket, session: { keys } }: BenchEnvironment,
  venueMs: number,
): Promise<Subject> {
  const startedMs = performance.now();
  const variables = {
    PROPOSAL_STREAM: keys.proposalStream(),
    PLAN_STREAM: keys.planStream(),
    RESULT_STREAM: keys.resultStream(),
  };
  const programs = await Promise.all(
    (['governor', 'p33', 'apply'] as const).map(async (role) => {
      const args = [role, redisSocket, String(venueMs)];
      const program = new Program(args, variables, folder, { main: LOOP, processes, command: node.path });
      await program.until(`the guide's ${role} is ready`, () => program.stdout.includes('ready'));
      return program;
    }),
  );
  return {
    name: 'guide',
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
