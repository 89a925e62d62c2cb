import { readFileSync } from 'node:fs';
import { openToOthers, privateRemedy } from './private-file.js';

const NEEDED = 'a file that holds the token and nothing else is needed.';

/** Why a token file gives no token; for a person. */
export class NoTokenInFile extends Error {
  override readonly name = 'NoTokenInFile';
}

/** The token in a file that holds nothing else. Throws {@link NoTokenInFile}. */
export function tokenInFile(path: string): string {
  let token: string;
  try {
    token = readFileSync(path, 'utf8').trim();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new NoTokenInFile(`${path} cannot be read (${code}): ${NEEDED}`, { cause: error });
  }
  if (/^[\x21-\x7e]{1,512}$/.test(token)) return token;
  throw new NoTokenInFile(`${path} does not hold one token: ${NEEDED}`);
}

/** As {@link tokenInFile}, for a file that CELLS_FILE names: none where others than its owner can read or replace it. */
export function cellTokenIn(path: string): string {
  const open = process.platform === 'win32' ? undefined : openToOthers(path);
  if (open !== undefined) throw new NoTokenInFile(`${path} is not used: ${open}; ${privateRemedy(path)}`);
  return tokenInFile(path);
}
