#!/usr/bin/env node
/**
 * Makes sure that PostgreSQL's server is on this machine: tests of the archive start private ones. Plain JavaScript without packages, so that
 * it runs before anything was built.
 *
 *   node scripts/ensure-postgres.mjs        prints what was found; exit 69 when it is missing and cannot be installed
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { install } from './apt.mjs';

/** Where Debian's packages put the programs of each version. */
const DEBIANS = '/usr/lib/postgresql';
const EXIT_UNAVAILABLE = 69;

/**
 * The folder with `initdb` and `postgres`; `undefined` where there is none.
 *
 * @returns {string | undefined}
 */
export function postgresFolder() {
  const versions = existsSync(DEBIANS) ? readdirSync(DEBIANS) : [];
  const newest = versions
    .map(Number)
    .filter(Number.isInteger)
    .sort((a, b) => b - a);
  const folders = [...newest.map((version) => `${DEBIANS}/${version}/bin`), ...(process.env['PATH'] ?? '').split(':')];
  return folders.find((folder) => existsSync(`${folder}/initdb`) && existsSync(`${folder}/postgres`));
}

/**
 * Finds PostgreSQL, or installs Debian's package where this user may.
 *
 * @returns {{ version: string, installed: boolean }}
 * @throws {Error} for people: what is missing and what to do.
 */
export function ensurePostgres() {
  const isThere = postgresFolder() !== undefined;
  if (!isThere) {
    install(
      ['postgresql-15'],
      'PostgreSQL is missing, and tests of the archive start private servers of it.',
      'install PostgreSQL 13 or newer by hand',
      (line) => process.stderr.write(`${line}\n`),
    );
  }
  const folder = postgresFolder();
  if (folder === undefined) throw new Error(`apt-get installed postgresql-15, and yet ${DEBIANS} has no initdb.`);
  const { stdout } = spawnSync(`${folder}/postgres`, ['--version'], { encoding: 'utf8' });
  return { version: stdout.trim(), installed: !isThere };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    const { version, installed } = ensurePostgres();
    process.stdout.write(`${version}${installed ? ' (installed just now)' : ''}\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = EXIT_UNAVAILABLE;
  }
}
