import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** Write for the group, anything for others. Read for the group is what Kubernetes' fsGroup gives a mounted secret. */
const FORBIDDEN_MODE = 0o027;
/** Where Docker mounts secrets, readable by all users of that one container: others on the host cannot get there. */
const CONTAINER_SECRETS = '/run/secrets/';
const READ_FOR_OTHERS = 0o004;
const WRITE_FOR_OTHERS = 0o002;
/** In such a directory only its owner may replace a file. */
const STICKY = 0o1000;

/** Whether only the owner (and readers that are tolerated) can reach a file of this mode. */
export function isPrivate(path: string, mode: number): boolean {
  const tolerated = resolve(path).startsWith(CONTAINER_SECRETS) ? READ_FOR_OTHERS : 0;
  return (mode & FORBIDDEN_MODE & ~tolerated) === 0;
}

/**
 * How others than the owner get at the file or may replace it; `undefined` if they cannot. Of a symbolic link, such as Kubernetes
 * mounts, the file that it names counts. A file that cannot be looked at is none of this: who reads it reports it.
 */
export function openToOthers(path: string): string | undefined {
  try {
    const mode = statSync(path).mode & 0o777;
    if (!isPrivate(path, mode)) return `its mode is 0${mode.toString(8)}: others may read or write it`;
    const folder = dirname(resolve(path));
    const folderMode = statSync(folder).mode;
    return (folderMode & WRITE_FOR_OTHERS) !== 0 && (folderMode & STICKY) === 0
      ? `the mode of ${folder} is 0${(folderMode & 0o777).toString(8)}: others may replace it`
      : undefined;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}

/** What to do about a file that is open to others. */
export function privateRemedy(path: string): string {
  return `chmod 600 ${path} (a Kubernetes secret volume: defaultMode 0440 with fsGroup).`;
}
