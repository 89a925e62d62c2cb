import { chmodSync, renameSync, rmSync, writeFileSync } from 'node:fs';

export const OWNER_ONLY = 0o600;

/** Writes a file in one step: a reader sees the old text or the new one, never a part. */
export function replaceFile(file: string, text: string, mode: number): void {
  const draft = `${file}.${process.pid}.new`;
  try {
    writeFileSync(draft, text, { mode, flag: 'wx' });
    chmodSync(draft, mode);
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}
