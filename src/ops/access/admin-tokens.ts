import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Environment } from '../../config/environment.js';
import { type ConfigFault, ConfigurationError } from '../../config/fault.js';
import { API_ROLES, type ApiRole } from './api-roles.js';

export interface AdminToken {
  readonly name: string;
  readonly role: ApiRole;
}

interface StoredToken extends AdminToken {
  readonly digest: Buffer;
  /** Host clock, epoch ms; `undefined` for a token that does not end. */
  readonly expiresMs: number | undefined;
  readonly isRevoked: boolean;
}

/** What a presented token is. */
export type FoundToken =
  | { readonly state: 'valid'; readonly token: AdminToken }
  | { readonly state: 'expired' | 'revoked'; readonly token: AdminToken }
  | { readonly state: 'unknown' };

const VARIABLE = 'ADMIN_TOKENS_FILE';
const ALLOWED =
  'a JSON list of {"name", "role", "sha256"}: name 1 to 64 of A-Z a-z 0-9 . _ -, role viewer, operator or admin, sha256 the 64 hex digits of the token; with "expires_at" and "revoked_at" as ISO 8601 times where it ends';
const REMEDY = 'Make a token and its entry with `permit-gate token create`.';
const NAME = /^[A-Za-z0-9._-]{1,64}$/;
const SHA256 = /^[0-9a-fA-F]{64}$/;
const MEMBERS = new Set(['name', 'role', 'sha256', 'expires_at', 'revoked_at']);
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();

/** The tokens that may call the API; only their digests are stored. */
export class AdminTokens {
  constructor(private readonly tokens: readonly StoredToken[]) {}

  get configured(): boolean {
    return this.tokens.length > 0;
  }

  /** Whether somebody may release the kill switch: an admin whose token has not ended. */
  hasAdmin(nowMs = Date.now()): boolean {
    return this.#holding(nowMs).some(({ role }) => role === 'admin');
  }

  /** How many different people may approve a plan. */
  approvers(nowMs = Date.now()): number {
    return this.#holding(nowMs).filter(({ role }) => role !== 'viewer').length;
  }

  /** When the first of those that have not ended expires, epoch ms; `undefined` when none does. */
  firstExpiryMs(nowMs = Date.now()): number | undefined {
    const ends = this.#holding(nowMs).flatMap(({ expiresMs }) => (expiresMs === undefined ? [] : [expiresMs]));
    return ends.length === 0 ? undefined : Math.min(...ends);
  }

  /** Those that have not ended. */
  #holding(nowMs: number): readonly StoredToken[] {
    return this.tokens.filter(({ isRevoked, expiresMs }) => !isRevoked && (expiresMs ?? Infinity) > nowMs);
  }

  /** The token of this name, with its digest; `undefined` if there is none, or it has ended. */
  named(name: string, nowMs = Date.now()): { readonly token: AdminToken; readonly digest: Buffer } | undefined {
    const found = this.tokens.find((token) => token.name === name);
    if (found === undefined || found.isRevoked || (found.expiresMs ?? Infinity) <= nowMs) return undefined;
    return { token: { name: found.name, role: found.role }, digest: found.digest };
  }

  /** Compares with every token in constant time, so that the duration reveals nothing. */
  find(presented: string, nowMs = Date.now()): FoundToken {
    const digest = digestOf(presented);
    let found: StoredToken | undefined;
    for (const token of this.tokens) {
      if (timingSafeEqual(token.digest, digest)) found = token;
    }
    if (found === undefined) return { state: 'unknown' };
    const token = { name: found.name, role: found.role };
    if (found.isRevoked) return { state: 'revoked', token };
    return { state: found.expiresMs !== undefined && found.expiresMs <= nowMs ? 'expired' : 'valid', token };
  }
}

/** The tokens of this process. Throws {@link ConfigurationError} when nobody could engage and release the kill switch in production. */
export function tokensOf({ adminTokensFile, applyMode }: Environment): AdminTokens {
  const tokens = loadAdminTokens(adminTokensFile);
  if (applyMode !== 'production' || tokens.hasAdmin()) return tokens;
  const allowed = `at least one token of an admin that has not ended, while APPLY_MODE is production: nobody else may release the kill switch. The file is ${ALLOWED}`;
  const given = tokens.configured ? 'a file without a valid token of an admin' : 'a file without tokens';
  throw new ConfigurationError([{ variable: VARIABLE, given, allowed, remedy: REMEDY }]);
}

/** Reads ADMIN_TOKENS_FILE. Throws {@link ConfigurationError} with every fault in it; no fault holds a digest. */
export function loadAdminTokens(path: string | undefined): AdminTokens {
  return path === undefined ? new AdminTokens([]) : parseTokens(path, textOf(path));
}

/** As {@link loadAdminTokens}, from the text of the file. */
export function parseTokens(path: string, text: string): AdminTokens {
  const faults: ConfigFault[] = [];
  const tokens: StoredToken[] = [];
  for (const [index, entry] of listOf(path, text).entries()) {
    const what = entryFault(entry, tokens);
    if (typeof what === 'string')
      faults.push({
        variable: `${VARIABLE} (${path}), entry ${index + 1}`,
        given: what,
        allowed: ALLOWED,
        remedy: REMEDY,
      });
    else tokens.push(what);
  }
  if (faults.length > 0) throw new ConfigurationError(faults);
  return new AdminTokens(tokens);
}

const fault = (given: string): ConfigurationError =>
  new ConfigurationError([{ variable: VARIABLE, given, allowed: ALLOWED, remedy: REMEDY }]);

/** The text of the file. Throws {@link ConfigurationError} when it cannot be read. */
export function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'cannot be read';
    throw fault(`${JSON.stringify(path)} (${code})`);
  }
}

function listOf(path: string, text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    if (Array.isArray(value)) return value;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw fault(`${JSON.stringify(path)} (not JSON)`);
  }
  throw fault(`${JSON.stringify(path)} (JSON, but no list)`);
}

/** The token, or what is wrong with the entry. */
function entryFault(entry: unknown, earlier: readonly StoredToken[]): StoredToken | string {
  if (entry === null || typeof entry !== 'object' || Array.isArray(entry)) return 'no object';
  const fields = entry as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(fields).filter((member) => !MEMBERS.has(member));
  if (unknown.length > 0) return `the unknown member ${JSON.stringify(unknown[0]?.slice(0, 40))}`;
  const { name, sha256 } = fields;
  if (typeof name !== 'string' || !NAME.test(name)) return 'a name that is missing or malformed';
  const role = API_ROLES.find((known) => known === fields['role']);
  if (role === undefined) return `${name} with a role that is none of ${API_ROLES.join(', ')}`;
  if (typeof sha256 !== 'string' || !SHA256.test(sha256)) return `${name} with a sha256 that is not 64 hex digits`;
  const digest = Buffer.from(sha256, 'hex');
  if (earlier.some((token) => token.name === name)) return `the name ${name} a second time`;
  if (earlier.some((token) => token.digest.equals(digest))) return `${name} with the token of another entry`;
  const [expires, revoked] = [timeOf(fields['expires_at']), timeOf(fields['revoked_at'])];
  if (expires === 'malformed' || revoked === 'malformed')
    return `${name} with a time that is not like 2026-12-31T23:59:59Z`;
  return { name, role, digest, expiresMs: expires, isRevoked: revoked !== undefined };
}

function timeOf(given: unknown): number | undefined | 'malformed' {
  if (given === undefined) return undefined;
  const ms = typeof given === 'string' && TIME.test(given) ? Date.parse(given) : NaN;
  return Number.isNaN(ms) ? 'malformed' : ms;
}
