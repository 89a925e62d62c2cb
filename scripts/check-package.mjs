#!/usr/bin/env node
// @ts-check
/**
 * Checks that the built program runs from a plain folder with production dependencies alone, as the container image holds
 * it: what docker/Dockerfile copies into its last stage, after `npm ci --omit=dev`. Then that `npm pack` gives a package that
 * installs in an empty folder, runs, and has the client of docs/strategy-client.md. Needs `npm run build` first.
 */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runPackedExample } from './packed-example.mjs';
import { removedInImage } from './removed-in-image.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const COPIED = ['package.json', 'package-lock.json', '.npmrc', 'LICENSE', 'config', 'dist'];
/** Nothing listens there: `doctor` must say so by exit code and as JSON. */
const NO_REDIS = { REDIS_HOST: '127.0.0.1', REDIS_PORT: '1', HTTP_PORT: '0' };
const EXIT_UNREACHABLE = 69;
/** What docs/deployment.md and docs/strategy-client.md take from an installed package. */
const NEEDED = ['docker/redis/users.acl', 'docker/redis/redis.conf', 'dist/types/client/strategy.d.ts'];

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

  const empty = join(folder, 'strategy');
  mkdirSync(empty);
  writeFileSync(join(empty, 'package.json'), JSON.stringify({ name: 'strategy', private: true, type: 'module' }));
  const packed = run('npm', ['pack', ROOT, '--pack-destination', empty, '--silent'], 0, empty).trim();
  if (process.env['INSTALL_PACKAGE'] === '1')
    run('npm', ['install', `./${packed}`, '--ignore-scripts', '--no-audit', '--no-fund'], 0, empty);
  else unpack(packed);
  const missing = NEEDED.filter((each) => !existsSync(join(empty, 'node_modules/permit-gate', each)));
  if (missing.length > 0)
    throw new Error(`${packed} lacks ${missing.join(', ')}: "files" in package.json must list them`);
  const printed = await runPackedExample(empty, environment());
  if (!/^[0-9a-f]{16} FILLED/.test(printed))
    throw new Error(`the example of docs/strategy-client.md printed: ${printed}`);
  process.stdout.write(`${packed} runs in an empty folder; the example of docs/strategy-client.md: ${printed}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {number} expected the exit code
 * @param {string} [cwd]
 */
function run(command, args, expected, cwd = folder) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    env: { ...environment(), ...NO_REDIS },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (error !== undefined) throw error;
  if (status === expected) return stdout;
  throw new Error(`${command} ${args.join(' ')} ended with ${status}, not ${expected}:\n${stdout}${stderr}`);
}

/**
 * What `npm install` would do, with the dependencies that are here already: their installation takes longer than the rest.
 *
 * @param {string} packed
 */
function unpack(packed) {
  const modules = join(folder, 'strategy/node_modules');
  renameSync(join(folder, 'node_modules'), modules);
  mkdirSync(join(modules, 'permit-gate'));
  run('tar', ['-xzf', join(folder, 'strategy', packed), '-C', join(modules, 'permit-gate'), '--strip-components=1'], 0);
  const { bin } = JSON.parse(readFileSync(join(modules, 'permit-gate/package.json'), 'utf8'));
  for (const [name, file] of Object.entries(bin)) {
    if (!existsSync(join(modules, 'permit-gate', file)))
      throw new Error(`${packed} lacks ${file}, the program ${name}`);
    symlinkSync(join('../permit-gate', file), join(modules, '.bin', name));
  }
}

/** What a program on another machine would have. */
function environment() {
  return { PATH: process.env['PATH'], HOME: process.env['HOME'], ...npmSettings() };
}

/** Where npm finds its registry and proxies on this machine; nothing else of the environment goes into the check. */
function npmSettings() {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) =>
      /^(npm_config_|https?_proxy$|no_proxy$|NODE_EXTRA_CA_CERTS$|SSL_CERT_FILE$)/i.test(name),
    ),
  );
}
