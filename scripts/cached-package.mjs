// @ts-check
/**
 * Packages that carry a tool and are no dependency: fetched once with `npm pack`, checked, and unpacked into a cache of this user.
 * Plain JavaScript without packages.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** @typedef {{ readonly name: string, readonly version: string, readonly sha512: string }} CachedPackage */

export const CACHE = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'permit-gate');

/**
 * The folder with the contents of a package.
 *
 * @param {CachedPackage} wanted `sha512` of the archive, in base64.
 * @param {string} purpose What it is needed for, as a clause.
 * @param {(line: string) => void} say gets a line when something is fetched.
 * @returns {string}
 * @throws {Error} for people: it cannot be fetched, or is not what was asked for.
 */
export function cachedPackage({ name, version, sha512 }, purpose, say) {
  return inCache(`${name.replace('/', '+')}@${version}`, (fresh) => {
    say(`▸ fetching ${name}@${version} (${purpose})`);
    const packed = spawnSync('npm', ['pack', `${name}@${version}`, '--silent', '--ignore-scripts'], {
      cwd: fresh,
      encoding: 'utf8',
    });
    if (packed.status !== 0)
      throw new Error(
        `${name}@${version} is needed: ${purpose}. npm pack could not fetch it (no network, or a registry without it):\n` +
          `${packed.error?.message ?? packed.stderr.trim()}\nWhere there is a network, run the command once; the cache is ${CACHE}.`,
      );
    const archive = join(fresh, packed.stdout.trim());
    const found = createHash('sha512').update(readFileSync(archive)).digest('base64');
    if (found !== sha512)
      throw new Error(`${name}@${version} has the SHA-512 ${found}, not ${sha512}. It was not unpacked.`);
    run('tar', ['-xzf', archive, '-C', fresh]);
    return 'package';
  });
}

/**
 * A folder of the cache, which is filled once.
 *
 * @param {string} name
 * @param {(fresh: string) => string} fill gets an empty folder, and answers with the name of what in it is to be kept.
 * @returns {string}
 */
export function inCache(name, fill) {
  const folder = join(CACHE, name);
  if (existsSync(folder)) return folder;
  mkdirSync(CACHE, { recursive: true });
  const fresh = mkdtempSync(join(CACHE, '.fetching-'));
  try {
    const kept = fill(fresh);
    // Another process may have been quicker; both hold the same.
    if (!existsSync(folder)) renameSync(join(fresh, kept), folder);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  return folder;
}

/**
 * Unpacks a zip of a package once, beside it.
 *
 * @param {string} archive
 * @returns {string} the folder
 */
export function unzipped(archive) {
  const folder = join(dirname(archive), 'unzipped');
  if (existsSync(folder)) return folder;
  const fresh = mkdtempSync(`${folder}-`);
  run('unzip', ['-q', archive, '-d', fresh]);
  if (existsSync(folder)) rmSync(fresh, { recursive: true });
  else renameSync(fresh, folder);
  return folder;
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 */
function run(command, args) {
  const { status, error, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${error?.message ?? stderr}`);
}
