// @ts-check
/** Writes dist/build.json, which says what the build was made from: SOURCE_COMMIT, else the commit of the working copy. */
import { spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** `-dirty` at the end means: with changes that no commit has. `null` outside of a working copy. */
function commitHere() {
  const args = ['describe', '--always', '--dirty', '--abbrev=12', '--exclude=*'];
  const { status, stdout } = spawnSync('git', args, { cwd: ROOT, encoding: 'utf8' });
  return status === 0 ? stdout.trim() : null;
}

const given = process.env['SOURCE_COMMIT']?.trim() ?? '';
writeFileSync(`${ROOT}/dist/build.json`, `${JSON.stringify({ commit: given === '' ? commitHere() : given })}\n`);
chmodSync(`${ROOT}/dist/main.js`, 0o755);
