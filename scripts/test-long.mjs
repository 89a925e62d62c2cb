#!/usr/bin/env node
// @ts-check
/** The tests that take too long for every run, and the long form of others (`npm run test:long`). All of them run; a failure shows at the end. */
import { spawnSync } from 'node:child_process';

/** @type {readonly { readonly project: 'unit' | 'redis' | 'e2e' | 'browser', readonly variables: Record<string, string>, readonly files: readonly string[] }[]} */
const PARTS = [
  { project: 'unit', variables: { FORGERIES: '100000' }, files: ['src/flow/3-permit-forged.spec.ts'] },
  {
    project: 'redis',
    variables: { DEFAULT_TIMES: '1', FORGED_BATCHES: '20', EVERY_SEED: '1', EVERY_POINT: '1' },
    files: [
      'test/redis/account-claim.test.ts',
      'test/redis/ops-stops.test.ts',
      'test/redis/ledger-results.test.ts',
      'test/redis/ledger-by-hand.test.ts',
      'test/redis/executed-without-quantity.test.ts',
      'test/redis/orders-evidence.test.ts',
      'test/redis/orders-evidence-defaults.test.ts',
      'test/redis/permits-signed.test.ts',
      'test/redis/standing-withdrawn.test.ts',
      'test/redis/orders-again.test.ts',
    ],
  },
  {
    project: 'redis',
    variables: { FAILOVERS: '10' },
    files: [
      'test/redis/redis-sentinel.test.ts',
      'test/redis/redis-cluster.test.ts',
      'test/redis/redis-host-lost.test.ts',
      'test/redis/planned-failover.test.ts',
    ],
  },
  { project: 'redis', variables: { FUZZ_HTTP_CALLS: '20000' }, files: ['test/redis/ops-fuzz.test.ts'] },
  { project: 'redis', variables: { OUTAGE_OF_A_MINUTE: '1' }, files: ['test/redis/outage-log.test.ts'] },
  { project: 'redis', variables: { WHOLE_MINUTE: '1' }, files: ['test/redis/account-reader.test.ts'] },
  { project: 'redis', variables: { EVERY_STEP: '1' }, files: ['test/redis/redis-clock-'] },
  { project: 'redis', variables: { WHOLE_SIZES: '1' }, files: ['test/redis/untrusted-sizes.test.ts'] },
  { project: 'redis', variables: { EVENT_CUTS: '300' }, files: ['test/redis/events-cut.test.ts'] },
  { project: 'redis', variables: { WHOLE_BACKLOG: '1' }, files: ['test/redis/pending-at-start.test.ts'] },
  {
    project: 'e2e',
    variables: {
      DEFAULT_TIMES: '1',
      EVERY_POINT: '1',
      STOPPED_FOR_SEC: '20',
      REDIS_AWAY_SEC: '30',
      RESTARTS: '20',
      EVERY_KIND: '1',
      EVERY_MIX: '1',
      CELL_STOPS: '100',
      ROUTER_KILLS: '20',
      SLOT_MOVES: '6',
    },
    files: [
      'test/e2e/stopped-process.test.ts',
      'test/e2e/restarted-under-load.test.ts',
      'test/e2e/blocked-output.test.ts',
      'test/e2e/killed-',
      'test/e2e/redis-away.test.ts',
      'test/e2e/mutants.test.ts',
      'test/e2e/secrets.test.ts',
      'test/e2e/demo.test.ts',
      'test/e2e/prometheus.test.ts',
      'test/e2e/proof.test.ts',
      'test/e2e/systemd.test.ts',
      'test/e2e/hidden-fill.test.ts',
      'test/e2e/withdrawn-wish.test.ts',
      'test/e2e/interchange',
      'test/e2e/beside-guide-apply.test.ts',
      'test/e2e/cells',
    ],
  },
  { project: 'e2e', variables: { EVERY_COPY: '1' }, files: ['test/e2e/kubernetes.test.ts'] },
  { project: 'e2e', variables: { ARCHIVED_PLANS: '1000000' }, files: ['test/e2e/archive-crash.test.ts'] },
  { project: 'browser', variables: { WHOLE_CONSOLE: '1' }, files: ['test/browser'] },
];

/** @type {string[]} */
const failed = [];
for (const { project, variables, files } of PARTS) {
  const shown = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  const command = ['vitest', 'run', '--project', project, ...files];
  console.log(`\n=== ${[...shown, ...command].join(' ')} ===`);
  const { status } = spawnSync('npx', command, { stdio: 'inherit', env: { ...process.env, ...variables } });
  if (status !== 0) failed.push(command.join(' '));
}
const COMMANDS = [
  'INSTALL_PACKAGE=1 node scripts/check-package.mjs',
  'node scripts/versions.mjs',
  // A million plans: half an hour and more.
  'node test/bench/run.mjs --full --scenario memory --out reports/bench',
];
for (const command of COMMANDS) {
  console.log(`\n=== ${command} ===`);
  if (spawnSync('sh', ['-c', command], { stdio: 'inherit' }).status !== 0) failed.push(command);
}
if (failed.length > 0) {
  console.error(`\n${failed.length} parts failed:\n${failed.join('\n')}`);
  process.exitCode = 1;
}
