#!/usr/bin/env node
// @ts-check
/**
 * Makes sure that Prometheus, promtool and amtool are there: the alert rules and the dashboard are tested with them. What is not on the
 * PATH is taken out of Debian's packages, without what they would install beside it. Plain JavaScript without packages.
 *
 *   node scripts/ensure-prometheus.mjs        prints where they are; exit 69 when they cannot be fetched
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inCache } from './cached-package.mjs';

const EXIT_UNAVAILABLE = 69;
const PACKAGES = { prometheus: ['prometheus', 'promtool'], 'prometheus-alertmanager': ['amtool'] };

/** @param {string} line */
const toStderr = (line) => void process.stderr.write(`${line}\n`);

/**
 * @param {(line: string) => void} [say] gets a line for each slow step.
 * @returns {Record<string, string>} the path of each tool, by its name
 * @throws {Error} for people: what is missing and what to do.
 */
export function ensurePrometheus(say = toStderr) {
  return Object.fromEntries(
    Object.entries(PACKAGES).flatMap(([name, tools]) =>
      tools.map((tool) => [tool, onPath(tool) ?? unpacked(name, tool, say)]),
    ),
  );
}

/** @param {string} tool */
function onPath(tool) {
  const { stdout, status } = spawnSync('sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

/**
 * @param {string} name
 * @param {string} tool
 * @param {(line: string) => void} say
 */
function unpacked(name, tool, say) {
  const folder = inCache(`debian+${name}`, (fresh) => {
    say(`▸ fetching Debian's package ${name}`);
    if (!downloaded(name, fresh)) {
      // The lists of packages may be missing or old.
      run('apt-get', ['-qq', 'update'], name, fresh);
      run('apt-get', ['-qq', 'download', name], name, fresh);
    }
    const [archive = ''] = readdirSync(fresh).filter((file) => file.endsWith('.deb'));
    run('dpkg-deb', ['-x', archive, 'contents'], name, fresh);
    return 'contents';
  });
  return join(folder, 'usr/bin', tool);
}

/**
 * @param {string} name
 * @param {string} cwd
 */
const downloaded = (name, cwd) =>
  spawnSync('apt-get', ['-qq', 'download', name], { cwd, stdio: 'ignore' }).status === 0;

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {string} name
 * @param {string} cwd
 */
function run(command, args, name, cwd) {
  const { status, error, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (status === 0) return;
  throw new Error(
    `Debian's package ${name} is needed: rules and dashboard are tested with it. ${command} ${args.join(' ')} failed: ${error?.message ?? stderr.trim()}\nInstall it by hand, or put its tools on the PATH.`,
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    for (const [tool, path] of Object.entries(ensurePrometheus())) process.stdout.write(`${tool}: ${path}\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = EXIT_UNAVAILABLE;
  }
}
