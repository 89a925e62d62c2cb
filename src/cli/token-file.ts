import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { ConfigurationError } from '../config/fault.js';
import { loadAdminTokens } from '../ops/access/admin-tokens.js';
import { CommandFailure, EXIT } from './exit.js';
import { OWNER_ONLY, replaceFile } from './replace-file.js';

const TOKEN_BYTES = 32;

/** An entry of ADMIN_TOKENS_FILE; `sha256` is the hex digest of the token. */
export interface TokenEntry {
  readonly name: string;
  readonly role: string;
  readonly sha256: string;
  /** ISO 8601. */
  readonly expires_at?: string;
  readonly revoked_at?: string;
}

/** An entry without its digest. */
export interface ListedToken extends Omit<TokenEntry, 'sha256'> {
  readonly state: 'valid' | 'expired' | 'revoked';
}

/** 256 random bits as base64url, and the entry that identifies them to the deployment. */
export function newToken(
  name: string,
  role: string,
  expiresAt?: string,
): { readonly token: string; readonly entry: TokenEntry } {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  const entry = { name, role, sha256: createHash('sha256').update(token).digest('hex') };
  return { token, entry: expiresAt === undefined ? entry : { ...entry, expires_at: expiresAt } };
}

/** The tokens of a file. Throws {@link CommandFailure} with every fault in it. */
export function tokensIn(file: string): ListedToken[] {
  return entriesOf(file).map(({ sha256: _digest, ...entry }) => {
    if (entry.revoked_at !== undefined) return { ...entry, state: 'revoked' };
    const isOver = entry.expires_at !== undefined && Date.parse(entry.expires_at) <= Date.now();
    return { ...entry, state: isOver ? 'expired' : 'valid' };
  });
}

/** Marks a token as revoked, in one step. Throws {@link CommandFailure} when there is none of that name; revoking twice changes nothing. */
export function revokeToken(file: string, name: string): ListedToken {
  const entries = entriesOf(file);
  const found = entries.find((entry) => entry.name === name);
  if (found === undefined) {
    const names = entries.map((entry) => entry.name).join(', ');
    throw new CommandFailure(EXIT.notHolding, `${file} has no token named ${name}, only ${names || 'none'}.`);
  }
  const { sha256: _digest, ...entry } = found;
  const revoked_at = found.revoked_at ?? new Date().toISOString();
  write(
    file,
    entries.map((each) => (each === found ? { ...found, revoked_at } : each)),
  );
  return { ...entry, revoked_at, state: 'revoked' };
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
  write(file, [...entries, entry]);
}

function write(file: string, entries: readonly unknown[]): void {
  try {
    replaceFile(file, `${JSON.stringify(entries, null, 2)}\n`, OWNER_ONLY);
  } catch (error) {
    throw unusable(file, error);
  }
}

/** Checked as a process checks it at its start. */
function entriesOf(file: string): TokenEntry[] {
  try {
    loadAdminTokens(file);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    throw new CommandFailure(EXIT.configuration, error.message, { cause: error });
  }
  return listIn(file) as TokenEntry[];
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
