#!/usr/bin/env node
/**
 * Makes sure that `redis-server` 7.0 or newer is on the PATH: tests and demo start private servers of it, and tests can
 * set its clock (which needs a C compiler). Plain
 * JavaScript without packages, so that it runs before anything was built.
 *
 *   node scripts/ensure-redis.mjs        prints what was found; exit 69 when it is missing and cannot be installed
 */
import { spawnSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { install } from './apt.mjs';

const NEEDED_MAJOR = 7;
const EXIT_UNAVAILABLE = 69;

/**
 * Finds redis-server, or installs Debian's package where this user may.
 *
 * @param {{ say?: (line: string) => void }} [options] `say` gets a line for each slow step.
 * @returns {{ version: string, installed: boolean }}
 * @throws {Error} for people: what is missing and what to do.
 */
export function ensureRedis({ say = (line) => process.stderr.write(`${line}\n`) } = {}) {
  const found = redisVersion();
  if (found !== undefined) return { version: checked(found), installed: false };
  install(
    ['redis-server'],
    'redis-server is missing, and tests and demo start private servers of it.',
    `install Redis ${NEEDED_MAJOR}.0 or newer by hand`,
    say,
  );
  const version = redisVersion();
  if (version === undefined) throw new Error('apt-get installed redis-server, and yet it is not on the PATH.');
  return { version: checked(version), installed: true };
}

/** Installs a C compiler, which tests need to set the clock of a private redis-server (`test/harness/clock.c`). Only Linux can. */
function ensureCompiler() {
  if (process.platform !== 'linux' || spawnSync('cc', ['--version']).status === 0) return;
  install(
    ['gcc', 'libc6-dev'],
    "The C compiler cc is missing, and tests set a redis-server's clock with it.",
    'install a C compiler by hand',
    (line) => process.stderr.write(`${line}\n`),
  );
}

function redisVersion() {
  const { stdout, status } = spawnSync('redis-server', ['--version'], { encoding: 'utf8' });
  return status === 0 ? /\bv=(\d+\.\d+\.\d+)/.exec(stdout)?.[1] : undefined;
}

function checked(version) {
  if (Number.parseInt(version, 10) >= NEEDED_MAJOR) return version;
  throw new Error(
    `redis-server ${version} is too old: ${NEEDED_MAJOR}.0 or newer is needed. Debian 12 and Ubuntu 24.04 have it; https://redis.io/docs has packages for others.`,
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    const { version, installed } = ensureRedis();
    ensureCompiler();
    process.stdout.write(`redis-server ${version}${installed ? ' (installed just now)' : ''}\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = EXIT_UNAVAILABLE;
  }
}
