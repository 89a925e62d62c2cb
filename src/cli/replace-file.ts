import { chmodSync, renameSync, rmSync, writeFileSync } from 'node:fs';

export const OWNER_ONLY = 0o600;

/** Writes a file in one step: a reader sees the old content or the new one, never a part. */
export function replaceFile(file: string, content: string | Uint8Array, mode: number): void {
  const draft = `${file}.${process.pid}.new`;
  try {
    writeFileSync(draft, content, { mode, flag: 'wx' });
    chmodSync(draft, mode);
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}
