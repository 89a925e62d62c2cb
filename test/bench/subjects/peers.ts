import { fileURLToPath } from 'node:url';
import { stop } from '../../harness/child-processes.js';
import { Program } from '../../harness/program.js';
import type { BenchEnvironment } from '../environment.js';
import type { Bench } from '../scenario.js';
import type { Subject } from './subject.js';

const fileOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** The guide's three services as it writes them, each one thread; `venueMs` is what an order takes at the venue. */
export function startGuide(bench: Bench, environment: BenchEnvironment, venueMs: number): Promise<Subject> {
  const { redisSocket } = environment;
  const processes = ['governor', 'p33', 'apply'].map((role) => [role, redisSocket, String(venueMs)]);
  return startLoops(bench, environment, 'guide', fileOf('guide-loop.mjs'), processes);
}

/** Flows of BullMQ, all in one process. */
export function startBullMq(bench: Bench, environment: BenchEnvironment): Promise<Subject> {
  return startLoops(bench, environment, 'bullmq', fileOf('bullmq-loop.mjs'), [[environment.redisSocket]]);
}

async function startLoops(
  { resources: { folder, processes }, node }: Bench,
  { session: { keys } }: BenchEnvironment,
  name: 'guide' | 'bullmq',
  main: string,
  argumentsOfEach: readonly (readonly string[])[],
): Promise<Subject> {
  const startedMs = performance.now();
  const variables = {
    PROPOSAL_STREAM: keys.proposalStream(),
    PLAN_STREAM: keys.planStream(),
    RESULT_STREAM: keys.resultStream(),
  };
  const programs = await Promise.all(
    argumentsOfEach.map(async (args) => {
      const program = new Program([...args], variables, folder, { main, processes, command: node.path });
      await program.until(`${name} is ready`, () => program.stdout.includes('ready'));
      return program;
    }),
  );
  return {
    name,
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
