import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { CommandFailure, EXIT } from './exit.js';
import { OWNER_ONLY, replaceFile } from './replace-file.js';

const TOKEN_BYTES = 32;

/** An entry of ADMIN_TOKENS_FILE; `sha256` is the hex digest of the token. */
export interface TokenEntry {
  readonly name: string;
  readonly role: string;
  readonly sha256: string;
}

/** 256 random bits as base64url, and the entry that identifies them to the deployment. */
export function newToken(name: string, role: string): { readonly token: string; readonly entry: TokenEntry } {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  return { token, entry: { name, role, sha256: createHash('sha256').update(token).digest('hex') } };
}

/** Adds an entry to a tokens file in one step, readable by its owner only. Throws when the name is taken or the file does not hold a list. */
export function appendToken(file: string, entry: TokenEntry): void {
  const entries = existsSync(file) ? listIn(file) : [];
  if (entries.some((each) => nameOf(each) === entry.name)) {
    throw new CommandFailure(
      EXIT.notHolding,
      `${file} has a token named ${entry.name} already; choose another name, or remove that entry first.`,
    );
  }
  try {
    replaceFile(file, `${JSON.stringify([...entries, entry], null, 2)}\n`, OWNER_ONLY);
  } catch (error) {
    throw unusable(file, error);
  }
}

function listIn(file: string): unknown[] {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (Array.isArray(value)) return value;
  } catch (error) {
    throw unusable(file, error);
  }
  throw new CommandFailure(
    EXIT.notHolding,
    `${file} holds JSON, but not a list of tokens; name a tokens file, or a new file.`,
  );
}

function unusable(file: string, error: unknown): CommandFailure {
  const detail = error instanceof Error ? error.message : String(error);
  return new CommandFailure(EXIT.notHolding, `${file} cannot be used as a tokens file: ${detail}`, { cause: error });
}

function nameOf(entry: unknown): unknown {
  return entry !== null && typeof entry === 'object' && 'name' in entry ? entry.name : undefined;
}
