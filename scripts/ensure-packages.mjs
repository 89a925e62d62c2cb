#!/usr/bin/env node
/**
 * Makes sure that the packages of package-lock.json are installed, so that a command works in a fresh clone. Plain
 * JavaScript without packages, because it runs before anything is installed.
 *
 *   node scripts/ensure-packages.mjs        exit 1 when `npm ci` fails
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const INSTALL = ['ci', '--include=dev', '--no-audit', '--no-fund'];

/**
 * Installs the packages when one is missing or has another version than the lock file asks for.
 *
 * @param {{ say?: (line: string) => void }} [options] `say` gets a line for each slow step.
 * @throws {Error} for people: what failed and what to do.
 */
export function ensurePackages({ say = (line) => process.stderr.write(`${line}\n`) } = {}) {
  if (areInstalled()) return;
  say(`▸ installing the packages (npm ${INSTALL.join(' ')})`);
  // Its output goes to stderr: stdout belongs to the command that needs the packages.
  const { status, error } = spawnSync('npm', INSTALL, {
    cwd: ROOT,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (error !== undefined || status !== 0)
    throw new Error(
      `npm ${INSTALL.join(' ')} failed (${error?.message ?? `exit ${status}`}); see above. Put that right and run the command again.`,
    );
}

function areInstalled() {
  const lockOf = (path) => JSON.parse(readFileSync(path, 'utf8')).packages;
  const installed = join(ROOT, 'node_modules', '.package-lock.json');
  if (!existsSync(installed)) return false;
  const found = lockOf(installed);
  return Object.entries(lockOf(join(ROOT, 'package-lock.json'))).every(
    ([path, { version, optional }]) => path === '' || optional === true || found[path]?.version === version,
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    ensurePackages();
  } catch (error) {
    process.stderr.write(`✗ ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
