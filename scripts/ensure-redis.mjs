#!/usr/bin/env node
/**
 * Makes sure that `redis-server` 7.0 or newer is on the PATH: tests and demo start private servers of it. Plain
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
    process.stdout.write(`redis-server ${version}${installed ? ' (installed just now)' : ''}\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = EXIT_UNAVAILABLE;
  }
}
