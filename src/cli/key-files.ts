import { generateKeyPairSync } from 'node:crypto';
import { chownSync, existsSync, linkSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type Issuer, ISSUERS } from '../flow/3-permit.js';
import { kidOf } from '../flow/3-permit-signature.js';
import { readSigningKey } from '../signing/signing-key-file.js';
import { parseTrustedKeys, type TrustedKeyEntry } from '../signing/trusted-keys.js';
import { CommandFailure, EXIT } from './exit.js';
import { OWNER_ONLY, replaceFile } from './replace-file.js';

/** Public keys are not secret; only the right to write them needs protection. */
const READABLE = 0o644;

type TrustedEntries = Record<Issuer, readonly TrustedKeyEntry[]>;

export interface KeyRequest {
  readonly issuer: Issuer;
  /** Where the private key is. */
  readonly keyFile: string;
  /** The file of public keys that Apply reads. */
  readonly trustedFile: string;
}

/** `in use`: a private key named here signs with it; `not trusted`: one does, and Apply would refuse what it signs. */
export type KeyStatus = 'in use' | 'trusted' | 'not trusted';

export interface ListedKey {
  readonly issuer: Issuer | '';
  readonly kid: string;
  readonly createdAt: string;
  readonly status: KeyStatus;
  /** The file of the private key, where it is named here. */
  readonly keyFile: string;
}

/** Makes an issuer's key: the private half into a new file, the public half to the trusted keys. Answers with the kid. */
export function generateKey({ issuer, keyFile, trustedFile }: KeyRequest): string {
  const trusted = trustedIn(trustedFile);
  if (existsSync(keyFile)) {
    throw refusal(`${keyFile} is there already; name a new file, or replace its key with: permit-gate keys rotate`);
  }
  const { kid, pem, entry } = newKey();
  attempt(keyFile, () => writeFileSync(keyFile, pem, { mode: OWNER_ONLY, flag: 'wx' }));
  try {
    writeTrusted(trustedFile, { ...trusted, [issuer]: [...trusted[issuer], entry] });
  } catch (error) {
    rmSync(keyFile, { force: true });
    throw error;
  }
  return kid;
}

export interface Rotated {
  readonly kid: string;
  readonly oldKid: string;
  /** Where the old private key was moved. */
  readonly oldKeyFile: string;
}

/**
 * Puts a new key into an issuer's key file. The new public key is trusted first, the old one stays trusted until it is
 * revoked, and the old private key is moved aside, so that no permit is refused at any point and the step can be undone.
 */
export function rotateKey({ issuer, keyFile, trustedFile }: KeyRequest): Rotated {
  const trusted = trustedIn(trustedFile);
  const old = readSigningKey(keyFile);
  if ('problem' in old)
    throw refusal(`${keyFile} cannot be rotated: ${old.problem}. Needed: ${old.allowed}. ${old.remedy}`);
  const oldKeyFile = `${keyFile}.${old.kid}`;
  if (existsSync(oldKeyFile)) throw refusal(`${oldKeyFile} is there already; move it away first`);
  const { kid, pem, entry } = newKey();
  const draft = `${keyFile}.${kid}.new`;
  attempt(keyFile, () => {
    try {
      writeFileSync(draft, pem, { mode: OWNER_ONLY, flag: 'wx' });
      // The issuer's process must be able to read the new file as it read the old one.
      const { uid, gid } = statSync(keyFile);
      chownSync(draft, uid, gid);
      writeTrusted(trustedFile, { ...trusted, [issuer]: [...trusted[issuer], entry] });
      linkSync(keyFile, oldKeyFile);
      renameSync(draft, keyFile);
    } catch (error) {
      rmSync(draft, { force: true });
      throw error;
    }
  });
  return { kid, oldKid: old.kid, oldKeyFile };
}

/** Removes a public key from the trusted keys. Apply refuses its permits from the next claim on. */
export function revokeKey(kid: string, trustedFile: string): { readonly issuer: Issuer; readonly left: number } {
  const trusted = trustedIn(trustedFile);
  const issuer = ISSUERS.find((each) => trusted[each].some((entry) => entry.kid === kid));
  if (issuer === undefined)
    throw refusal(`${trustedFile} has no key ${JSON.stringify(kid)}; see permit-gate keys list`);
  const kept = trusted[issuer].filter((entry) => entry.kid !== kid);
  writeTrusted(trustedFile, { ...trusted, [issuer]: kept });
  return { issuer, left: kept.length };
}

/** Every trusted key and every named private key, and which of them belong together. */
export function listKeys(trustedFile: string, keyFiles: readonly string[]): ListedKey[] {
  const trusted = trustedIn(trustedFile);
  const own = new Map(
    keyFiles.map((keyFile) => {
      const key = readSigningKey(keyFile);
      if ('problem' in key)
        throw refusal(`${keyFile} cannot be used: ${key.problem}. Needed: ${key.allowed}. ${key.remedy}`);
      return [key.kid, keyFile] as const;
    }),
  );
  const listed = ISSUERS.flatMap((issuer) =>
    trusted[issuer].map(({ kid, created_at: createdAt = '' }): ListedKey => {
      const keyFile = own.get(kid) ?? '';
      own.delete(kid);
      return { issuer, kid, createdAt, status: keyFile === '' ? 'trusted' : 'in use', keyFile };
    }),
  );
  const strangers = Array.from(own, ([kid, keyFile]): ListedKey => ({
    issuer: '',
    kid,
    createdAt: '',
    status: 'not trusted',
    keyFile,
  }));
  return [...listed, ...strangers];
}

function newKey(): { readonly kid: string; readonly pem: string; readonly entry: TrustedKeyEntry } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const kid = kidOf(publicKey);
  return {
    kid,
    pem: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    entry: {
      kid,
      public_key: publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
      created_at: new Date().toISOString(),
    },
  };
}

function trustedIn(file: string): TrustedEntries {
  if (!existsSync(file)) return { governor: [], p33: [] };
  const text = attempt(file, () => readFileSync(file, 'utf8'));
  const wrong = parseTrustedKeys(text);
  if (typeof wrong === 'string') throw refusal(`${file} cannot be used as a trusted keys file: ${wrong}`);
  return { governor: [], p33: [], ...(JSON.parse(text) as Partial<TrustedEntries>) };
}

function writeTrusted(file: string, entries: TrustedEntries): void {
  attempt(file, () => replaceFile(file, `${JSON.stringify(entries, null, 2)}\n`, READABLE));
}

const refusal = (message: string): CommandFailure => new CommandFailure(EXIT.notHolding, message);

function attempt<T>(file: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    const detail = error instanceof Error ? error.message : String(error);
    throw new CommandFailure(EXIT.notHolding, `${file} cannot be used: ${detail}`, { cause: error });
  }
}
