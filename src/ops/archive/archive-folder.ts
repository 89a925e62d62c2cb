import { mkdir, open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ArchiveUnavailable } from './archived-entry.js';

const NAME = /^archive-(\d{4}-\d\d-\d\d)\.(\d{4})\.jsonl$/;
/** The file that says whose archive a folder is. */
export const OWNER = 'deployment';

/** One file of a UTC day; a day has several where one became too large. */
export interface DayFile {
  readonly day: string;
  /** From 1. */
  readonly part: number;
  readonly path: string;
}

export const dayOf = (atMs: number): string => new Date(atMs).toISOString().slice(0, 10);

export function dayFile(folder: string, day: string, part: number): DayFile {
  return { day, part, path: join(folder, `archive-${day}.${String(part).padStart(4, '0')}.jsonl`) };
}

/** The files of the archive, oldest first. */
export async function listFiles(folder: string): Promise<DayFile[]> {
  const names = (await readdir(folder)).toSorted();
  return names.flatMap((name) => {
    const [, day, part] = NAME.exec(name) ?? [];
    return day === undefined ? [] : [dayFile(folder, day, Number(part))];
  });
}

/** Makes the folder, and its entries durable: without that a new file may be gone after a loss of power. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes the folder if it is missing. Throws {@link ArchiveUnavailable} if it is that of another deployment. */
export async function claimFolder(folder: string, deployment: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o750 });
  const path = join(folder, OWNER);
  try {
    const file = await open(path, 'wx', 0o640);
    try {
      await file.writeFile(`${deployment}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await syncFolder(folder);
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
  }
  const owner = (await readFile(path, 'utf8')).trim();
  if (owner === deployment || owner === '') return;
  throw new ArchiveUnavailable(
    `${folder} is the archive of the deployment ${owner}, and this one is ${deployment}; give each deployment an ARCHIVE_DIR of its own`,
  );
}

export const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;
