// @ts-check
import { readFileSync } from 'node:fs';

/**
 * What docker/Dockerfile removes from the production dependencies, as paths from the project's root: nothing needs it at run time.
 *
 * @returns {string[]}
 */
export function removedInImage() {
  const dockerfile = readFileSync(new URL('../docker/Dockerfile', import.meta.url), 'utf8');
  const [, list] = /^RUN (\["rm", "-r", .*\])$/m.exec(dockerfile) ?? [];
  if (list === undefined) throw new Error('docker/Dockerfile has no line RUN ["rm", "-r", …]');
  return /** @type {string[]} */ (JSON.parse(list)).slice(2);
}
