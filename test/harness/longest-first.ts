import { basename } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * The files that take longest, the longest first. A worker that begins with one of them last keeps the others waiting, and
 * without this list Vitest sorts by the size of the files, which says little about their time.
 */
const LONGEST = [
  'orders-again.test.ts',
  'standing-withdrawn.test.ts',
  'account-reader.test.ts',
  'blocked-output.test.ts',
  'demo.test.ts',
  'interchange.test.ts',
  'doctor.test.ts',
  'serve.test.ts',
  'previous-env.test.ts',
  'kill-switch.test.ts',
  'secrets.test.ts',
  'production.test.ts',
  'proof.test.ts',
  'killed-taken-over.test.ts',
  'killed-restarted.test.ts',
  'settling.test.ts',
  'stop-remembered.test.ts',
  'killed-with-redis.test.ts',
  'cells.test.ts',
  'systemd.test.ts',
  'kubernetes.test.ts',
  'orders-rules.test.ts',
  'ledger-by-hand.test.ts',
  'stopped-process.test.ts',
  'permits-signed.test.ts',
  'orders-evidence.test.ts',
  'position-push.test.ts',
  'redis-silence.test.ts',
  'untrusted-sizes.test.ts',
  'lost-tail.test.ts',
  'ops-dead-letters.test.ts',
  'hidden-fill.test.ts',
  'fleet.test.ts',
  'orders-refused-after.test.ts',
  'standing-targets.test.ts',
  'chaos-findings.test.ts',
  'ops-kill-switch.test.ts',
  'outside-text.test.ts',
  'ledger-results.test.ts',
  'mutants.test.ts',
  'readiness-proves.test.ts',
  'outage-log.test.ts',
  'maxmemory.test.ts',
  'unrecorded-orders.test.ts',
  'earlier-work.test.ts',
  'ops-resolve.test.ts',
  'approvals.test.ts',
  'executed-without-quantity.test.ts',
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
