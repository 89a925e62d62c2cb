import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { KeyCopy } from '../../redis/stores/key-copies.js';
import { CommandFailure, EXIT } from '../exit.js';
import { OWNER_ONLY, replaceFile } from '../replace-file.js';

const FORMAT = 'permit-gate-backup/1';

/** The first line of the file. */
export interface BackupHeader {
  readonly prefix: string;
  /** By Redis' clock. */
  readonly takenMs: number;
  /** The fingerprint of the exchange account; `""` for none. */
  readonly account: string;
  readonly redisVersion: string;
  readonly keyCount: number;
}

export interface Backup extends BackupHeader {
  readonly keys: readonly KeyCopy[];
}

/**
 * Writes a gzip file of JSON lines for its owner alone: what it is, one line for each key, and the SHA-256 of all that goes before.
 * A file of that name is replaced in one step.
 */
export function writeBackup(
  file: string,
  { prefix, takenMs, account, redisVersion, keys }: Omit<Backup, 'keyCount'>,
): void {
  const header = {
    format: FORMAT,
    prefix,
    taken_at_ms: takenMs,
    account,
    redis_version: redisVersion,
    keys: keys.length,
  };
  const lines = [
    header,
    ...keys.map(({ key, expiresMs, dump }) => ({ key, expires_at_ms: expiresMs, dump: dump.toString('base64') })),
  ].map((line) => `${JSON.stringify(line)}\n`);
  const text = lines.join('');
  replaceFile(file, gzipSync(`${text}${JSON.stringify({ sha256: sha256(text) })}\n`), OWNER_ONLY);
}

/** Throws {@link CommandFailure} for a file that is no backup, is cut off, or was changed. */
export function readBackup(file: string): Backup {
  const text = readText(file);
  const lines = text.split('\n').slice(0, -1);
  const last = lines.at(-1) ?? '';
  const header = parseLine(file, lines[0] ?? '');
  if (header['format'] !== FORMAT) {
    throw broken(file, `its format is ${JSON.stringify(header['format'] ?? '')}, and ${FORMAT} is expected`);
  }
  const before = text.slice(0, text.length - last.length - 1);
  if (parseLine(file, last)['sha256'] !== sha256(before)) throw broken(file, 'its checksum does not match its content');
  const keys = lines.slice(1, -1).map((line) => {
    const { key, expires_at_ms: expiresMs, dump } = parseLine(file, line);
    return { key: String(key), expiresMs: Number(expiresMs), dump: Buffer.from(String(dump), 'base64') };
  });
  return {
    prefix: String(header['prefix']),
    takenMs: Number(header['taken_at_ms']),
    account: String(header['account']),
    redisVersion: String(header['redis_version']),
    keyCount: keys.length,
    keys,
  };
}

function readText(file: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new CommandFailure(EXIT.usage, `${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  try {
    return gunzipSync(bytes).toString();
  } catch (error) {
    throw broken(file, `it cannot be unpacked (${(error as Error).message})`, error);
  }
}

function parseLine(file: string, line: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch (error) {
    throw broken(file, 'a line of it is not JSON', error);
  }
  throw broken(file, 'a line of it is not a JSON object');
}

function broken(file: string, why: string, cause?: unknown): CommandFailure {
  return new CommandFailure(
    EXIT.usage,
    `${file} is not a whole backup: ${why}. Use another file that "permit-gate backup" wrote; nothing was changed.`,
    { cause },
  );
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
