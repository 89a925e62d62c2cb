/** Makes sure that Spin and a C compiler for the verifiers it writes are there; installs Debian's packages where this user may. */
import { spawnSync } from 'node:child_process';
import { install } from './apt.mjs';

const PACKAGES = ['spin', 'gcc', 'libc6-dev'];

const isThere = (tool, flag) => spawnSync(tool, [flag]).status === 0;
const missing = () => [...(isThere('spin', '-V') ? [] : ['spin']), ...(isThere('gcc', '--version') ? [] : ['gcc'])];

/** @param {(line: string) => void} say gets a line for each slow step. @throws {Error} for people: what is missing and what to do. */
export function ensureSpin(say) {
  const before = missing();
  if (before.length === 0) return;
  install(
    PACKAGES,
    `${before.join(' and ')} missing: the model is checked with Spin 6.5 and gcc.`,
    'install both by hand',
    say,
  );
  const after = missing();
  if (after.length > 0) throw new Error(`apt-get installed ${after.join(' and ')}, and yet it is not on the PATH.`);
}
