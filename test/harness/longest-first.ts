import { basename } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * The files that take longest, the longest first. A worker that begins with one of them last keeps the others waiting, and
 * without this list Vitest sorts by the size of the files, which says little about their time.
 */
const LONGEST = [
  'orders-again.test.ts',
  'blocked-output.test.ts',
  'proof.test.ts',
  'interchange.test.ts',
  'secrets.test.ts',
  'killed-restarted.test.ts',
  'killed-taken-over.test.ts',
  'kill-switch.test.ts',
  'serve.test.ts',
  'demo.test.ts',
  'stopped-process.test.ts',
  'doctor.test.ts',
  'killed-with-redis.test.ts',
  'standing-withdrawn.test.ts',
  'permits-signed.test.ts',
  'orders-evidence.test.ts',
  'previous-env.test.ts',
  'hidden-fill.test.ts',
  'process-ends.test.ts',
  'production.test.ts',
  'ops-dead-letters.test.ts',
  'orders-rules.test.ts',
  'ledger-results.test.ts',
  'position-push.test.ts',
  'chaos-findings.test.ts',
  'redis-silence.test.ts',
  'ops-streams.test.ts',
  'fleet.test.ts',
  'outage-log.test.ts',
] as const;

const rank = ({ moduleId }: TestSpecification): number => {
  const at = (LONGEST as readonly string[]).indexOf(basename(moduleId));
  return at < 0 ? LONGEST.length : at;
};

/** The order of Vitest, with the longest files of each project first. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const group = ({ project }: TestSpecification): number => project.config.sequence.groupOrder;
    return sorted.toSorted((a, b) => group(a) - group(b) || rank(a) - rank(b));
  }
}
