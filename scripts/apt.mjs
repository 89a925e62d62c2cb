/** Debian's packages, installed where this user may. Plain JavaScript without packages, so that it runs before anything was built. */
import { spawnSync } from 'node:child_process';

/**
 * Installs packages with apt-get.
 *
 * @param {readonly string[]} packages
 * @param {string} missing What is missing and what for, as a sentence.
 * @param {string} byHand What to do where there is no apt-get, as a clause.
 * @param {(line: string) => void} say gets a line for each slow step.
 * @throws {Error} for people: what is missing and what to do.
 */
export function install(packages, missing, byHand, say) {
  if (spawnSync('apt-get', ['--version']).status !== 0)
    throw new Error(`${missing} There is no apt-get here; ${byHand}.`);
  const names = packages.join(' ');
  if (process.getuid?.() !== 0) {
    throw new Error(`${missing} Installing it needs root: sudo apt-get update && sudo apt-get install ${names}`);
  }
  say(`${missing} Installing ${names} with apt-get`);
  apt(['update']);
  apt(['install', '--yes', '--no-install-recommends', ...packages]);
}

function apt(args) {
  const { status, stdout, stderr } = spawnSync('apt-get', ['-o', 'DPkg::Lock::Timeout=120', '-qq', ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (status !== 0) throw new Error(`apt-get ${args.join(' ')} failed (exit ${status}):\n${stdout}${stderr}`);
}
