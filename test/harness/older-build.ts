import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CACHE } from '../../scripts/cached-package.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** The version before this one. Name another commit or tag with OLDER_COMMIT. */
const VERSION_BEFORE = 'bf12c3330dc852340f3176d9a22d7684faead074';

/** The `dist/main.js` of an older version, which is built once and kept in the cache of this user. Takes minutes the first time. */
export function olderBuild(wanted = process.env['OLDER_COMMIT'] ?? VERSION_BEFORE): string {
  const found = spawnSync('git', ['rev-parse', '--verify', '--quiet', `${wanted}^{commit}`], { cwd: ROOT });
  const commit = found.stdout.toString().trim();
  if (found.status !== 0)
    throw new Error(
      `The older version ${wanted} is not in this clone; a shallow clone has only the newest commits. ` +
        'Run "git fetch --unshallow", or name a commit or tag that is here with OLDER_COMMIT.',
    );
  const folder = join(CACHE, `build-${commit.slice(0, 12)}`);
  if (existsSync(folder)) givePackages(folder);
  else build(commit, folder);
  return join(folder, 'dist/main.js');
}

function build(commit: string, folder: string): void {
  mkdirSync(CACHE, { recursive: true });
  const fresh = mkdtempSync(join(CACHE, '.building-'));
  try {
    run('sh', ['-c', `git archive ${commit} | tar -x -C '${fresh}'`], ROOT);
    givePackages(fresh);
    run('npm', ['run', 'build'], fresh, { SOURCE_COMMIT: commit });
    // Another run may have been quicker; both hold the same.
    if (!existsSync(folder)) renameSync(fresh, folder);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

const lockIn = (folder: string): string => readFileSync(join(folder, 'package-lock.json'), 'utf8');

/** The packages of its lock file: those of this checkout while both want the same, else its own. */
function givePackages(folder: string): void {
  const packages = join(folder, 'node_modules');
  const own = lstatSync(packages, { throwIfNoEntry: false })?.isDirectory() === true;
  if (own) return;
  if (lockIn(folder) === lockIn(ROOT)) {
    // The checkout that it was linked to before may be gone.
    const link = join(folder, `.node_modules-${process.pid}`);
    symlinkSync(join(ROOT, 'node_modules'), link);
    renameSync(link, packages);
    return;
  }
  rmSync(packages, { force: true });
  run('npm', ['ci', '--no-audit', '--no-fund'], folder);
}

function run(command: string, args: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}): void {
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    cwd,
    env: { ...process.env, ...env },
    encoding: 'utf8',
  });
  if (status !== 0)
    throw new Error(`${command} ${args.join(' ')} failed in ${cwd}: ${error?.message ?? `${stdout}${stderr}`}`);
}
