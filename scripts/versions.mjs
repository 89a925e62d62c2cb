#!/usr/bin/env node
// @ts-check
/**
 * Runs the program and its tests on each version of Node that it promises (`npm run versions`), and on each Redis server that is
 * installed. Needs `npm run build` first.
 *
 *   node scripts/versions.mjs            unit tests, three end-to-end files and the demo on each
 *   node scripts/versions.mjs --only 22  on those whose version begins so
 *   node scripts/versions.mjs --smoke    `doctor` and one end-to-end file on the Node of the image
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NODES, nodeOf } from './nodes.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Servers that speak Redis' protocol and may be installed beside or in place of redis-server. */
const OTHER_SERVERS = ['valkey-server', 'keydb-server', 'redis-server-7', 'redis-server-8'];
const EXIT_UNREACHABLE = 69;

const VITEST = join(ROOT, 'node_modules/vitest/vitest.mjs');
const END_TO_END = ['test/e2e/serve.test.ts', 'test/e2e/three-processes.test.ts', 'test/e2e/kill-switch.test.ts'];
const NO_REDIS = { REDIS_HOST: '127.0.0.1', REDIS_PORT: '1', HTTP_PORT: '0' };

/** @typedef {{ readonly title: string, readonly args: readonly string[], readonly env?: Record<string, string>, readonly code?: number }} Part */
/** @type {Part} */
const DOCTOR = {
  title: 'doctor without Redis',
  args: ['dist/main.js', 'doctor', '--json'],
  env: NO_REDIS,
  code: EXIT_UNREACHABLE,
};
/** @type {readonly Part[]} */
const SMOKE = [
  DOCTOR,
  { title: 'one end-to-end file', args: [VITEST, 'run', '--project', 'e2e', 'test/e2e/three-processes.test.ts'] },
];
/** @type {readonly Part[]} */
const ON_REDIS = [
  { title: 'three end-to-end files', args: [VITEST, 'run', '--project', 'e2e', ...END_TO_END] },
  { title: 'demo', args: ['scripts/demo.mjs', '--exit'] },
];
/** @type {readonly Part[]} */
const WHOLE = [DOCTOR, { title: 'unit tests', args: [VITEST, 'run', '--project', 'unit'] }, ...ON_REDIS];

const smoke = process.argv.includes('--smoke');
const at = process.argv.indexOf('--only');
const only = at === -1 ? '' : (process.argv[at + 1] ?? '');
/** @type {string[]} */
const failed = [];
for (const each of smoke ? NODES.slice(-1) : NODES.filter(({ version }) => version.startsWith(only))) {
  const { bin } = nodeOf(each.version, (line) => process.stderr.write(`${line}\n`));
  runAll(`Node ${each.version}`, bin, smoke ? SMOKE : WHOLE, join(bin, 'node'));
}
if (!smoke && only === '') for (const server of OTHER_SERVERS) onServer(server);
process.stdout.write(failed.length === 0 ? 'every version passed\n' : `failed:\n${failed.join('\n')}\n`);
process.exitCode = failed.length === 0 ? 0 : 1;

/** Tests and demo start `redis-server`: it is this one then. @param {string} server */
function onServer(server) {
  const { stdout, status } = spawnSync('sh', ['-c', `command -v ${server}`], { encoding: 'utf8' });
  if (status !== 0) {
    process.stdout.write(`${server}: not installed here, not tried\n`);
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'permit-gate-server-'));
  symlinkSync(stdout.trim(), join(folder, 'redis-server'));
  try {
    runAll(server, folder, ON_REDIS);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * @param {string} what
 * @param {string} bin goes before the rest of the PATH
 * @param {readonly Part[]} parts
 * @param {string} [node] the program; the one that runs this by default
 */
function runAll(what, bin, parts, node = process.execPath) {
  const path = `${bin}${delimiter}${process.env['PATH'] ?? ''}`;
  for (const { title, args, env = {}, code = 0 } of parts) {
    const begunMs = performance.now();
    const { status, stdout, stderr } = spawnSync(node, args, {
      cwd: ROOT,
      env: { ...process.env, ...env, PATH: path },
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    });
    const passed = status === code;
    const seconds = ((performance.now() - begunMs) / 1_000).toFixed(0);
    process.stdout.write(
      `${what}: ${title} ${passed ? 'passed' : `ended with ${status}, not ${code}`} after ${seconds} s\n`,
    );
    if (passed) continue;
    failed.push(`${what}: ${title}`);
    process.stdout.write(`${stdout}${stderr}\n`);
  }
}
