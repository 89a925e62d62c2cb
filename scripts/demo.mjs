#!/usr/bin/env node
/**
 * `npm run demo` on a machine with Node and npm and nothing else: installs what is missing, builds when the sources are
 * newer than the build, makes sure of a redis-server, and runs test/demo with the arguments it was given.
 * Uses Node's own modules only, because it runs before anything is installed.
 */
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensurePackages } from './ensure-packages.mjs';
import { ensureRedis } from './ensure-redis.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const MAIN = join(ROOT, 'dist', 'main.js');
const DEMO = join(ROOT, 'test', 'demo', 'run.mjs');
const BUILD_INPUTS = ['src', 'package.json', 'tsconfig.json', 'nest-cli.json', '.swcrc'];
const FAILED = 1;
const UNREACHABLE = 69;
const isWindows = process.platform === 'win32';

const say = (text) => process.stderr.write(`${text}\n`);

/** Runs a program to its end, its output on stderr: stdout belongs to the demo. */
function succeeds(program, args) {
  const { status, error } = spawnSync(program, args, {
    cwd: ROOT,
    stdio: ['ignore', 2, 2],
    shell: isWindows,
  });
  return error === undefined && status === 0;
}

function need(what, program, args) {
  say(`▸ ${what} (${program} ${args.join(' ')})`);
  if (succeeds(program, args)) return;
  say(`✗ ${program} ${args.join(' ')} failed; see above. Put that right and run the demo again.`);
  process.exit(FAILED);
}

function newestMs(path) {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return 0;
  if (!found.isDirectory()) return found.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => newestMs(join(path, name))));
}

function isBuilt() {
  const builtMs = statSync(MAIN, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return BUILD_INPUTS.every((input) => newestMs(join(ROOT, input)) <= builtMs);
}

/** Ends the program with `exitCode` when `ensure` cannot provide what the demo needs. */
function makeSure(ensure, exitCode) {
  try {
    ensure({ say });
  } catch (error) {
    say(`✗ ${error instanceof Error ? error.message : String(error)}`);
    process.exit(exitCode);
  }
}

makeSure(ensurePackages, FAILED);
makeSure(ensureRedis, UNREACHABLE);
if (!isBuilt()) need('building', 'npm', ['run', 'build']);

const demo = spawn(process.execPath, [DEMO, ...process.argv.slice(2)], { stdio: 'inherit' });
// The demo takes away what it made before it ends: wait for it. A terminal sends Ctrl-C to both, kill to this one alone.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => demo.kill(signal));
demo.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 130)));
