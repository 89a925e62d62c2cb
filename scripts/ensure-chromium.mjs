#!/usr/bin/env node
/**
 * Makes sure that Chromium is on the PATH: the tests of the console drive it. Plain JavaScript without packages, so that it
 * runs before anything was built.
 *
 *   node scripts/ensure-chromium.mjs        prints what was found; exit 69 when it is missing and cannot be installed
 */
import { spawnSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { install } from './apt.mjs';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];
const EXIT_UNAVAILABLE = 69;

/**
 * Finds Chromium, or installs Debian's package where this user may.
 *
 * @returns {{ path: string, version: string, installed: boolean }}
 * @throws {Error} for people: what is missing and what to do.
 */
export function ensureChromium() {
  const found = chromium();
  if (found !== undefined) return { ...found, installed: false };
  install(
    ['chromium'],
    'Chromium is missing, and the tests of the console drive it.',
    'install Chromium by hand',
    (line) => process.stderr.write(`${line}\n`),
  );
  const installed = chromium();
  if (installed === undefined) throw new Error('apt-get installed chromium, and yet it is not on the PATH.');
  return { ...installed, installed: true };
}

function chromium() {
  for (const name of NAMES) {
    const { stdout, status } = spawnSync(name, ['--version'], { encoding: 'utf8' });
    const path = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim();
    if (status === 0 && path !== '') return { path, version: stdout.trim() };
  }
  return undefined;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    const { version, installed } = ensureChromium();
    process.stdout.write(`${version}${installed ? ' (installed just now)' : ''}\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = EXIT_UNAVAILABLE;
  }
}
