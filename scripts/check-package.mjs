#!/usr/bin/env node
// @ts-check
/**
 * Checks that the built program runs from a plain folder with production dependencies alone, as the container image holds
 * it: what docker/Dockerfile copies into its last stage, after `npm ci --omit=dev`. Needs `npm run build` first.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { removedInImage } from './removed-in-image.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const COPIED = ['package.json', 'package-lock.json', '.npmrc', 'LICENSE', 'config', 'dist'];
/** Nothing listens there: `doctor` must say so by exit code and as JSON. */
const NO_REDIS = { REDIS_HOST: '127.0.0.1', REDIS_PORT: '1', HTTP_PORT: '0' };
const EXIT_UNREACHABLE = 69;

if (!existsSync(join(ROOT, 'dist/main.js'))) throw new Error('dist/main.js is missing; run: npm run build');

const folder = mkdtempSync(join(tmpdir(), 'permit-gate-package-'));
try {
  for (const each of COPIED) cpSync(join(ROOT, each), join(folder, each), { recursive: true });
  run('npm', ['ci', '--omit=dev', '--no-audit', '--no-fund'], 0);
  for (const unused of removedInImage()) rmSync(join(folder, unused), { recursive: true });
  const help = run(process.execPath, ['dist/main.js', '--help'], 0);
  if (!help.includes('serve')) throw new Error(`--help does not list the command serve:\n${help}`);
  const doctor = run(process.execPath, ['dist/main.js', 'doctor', '--json'], EXIT_UNREACHABLE);
  JSON.parse(doctor);
  process.stdout.write('runs with production dependencies alone\n');
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {number} expected the exit code
 */
function run(command, args, expected) {
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], ...npmSettings(), ...NO_REDIS };
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: folder,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (error !== undefined) throw error;
  if (status === expected) return stdout;
  throw new Error(`${command} ${args.join(' ')} ended with ${status}, not ${expected}:\n${stdout}${stderr}`);
}

/** Where npm finds its registry and proxies on this machine; nothing else of the environment goes into the check. */
function npmSettings() {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) =>
      /^(npm_config_|https?_proxy$|no_proxy$|NODE_EXTRA_CA_CERTS$|SSL_CERT_FILE$)/i.test(name),
    ),
  );
}
