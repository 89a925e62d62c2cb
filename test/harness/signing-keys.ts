import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateKey } from '../../src/cli/key-files.js';
import { type Issuer, ISSUERS } from '../../src/flow/3-permit.js';
import { kidOf, type SigningKey } from '../../src/flow/3-permit-signature.js';
import { readSigningKey } from '../../src/signing/signing-key-file.js';

/** One key for each issuer, and the file of those that are trusted, in a folder of their own. */
export class KeyFolder {
  readonly trusted: string;

  /** `folder` is a temporary one by default, to be removed with {@link remove}. */
  constructor(readonly folder = mkdtempSync(join(tmpdir(), 'permit-gate-keys-'))) {
    this.trusted = this.path('trusted-keys.json');
    for (const issuer of ISSUERS) this.add(issuer);
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  keyFile(issuer: Issuer): string {
    return this.path(`${issuer}.key`);
  }

  /** Makes a key of an issuer and trusts it. */
  add(issuer: Issuer, keyFile = this.keyFile(issuer)): SigningKey {
    generateKey({ issuer, keyFile, trustedFile: this.trusted });
    return keyIn(keyFile);
  }

  key(issuer: Issuer): SigningKey {
    return keyIn(this.keyFile(issuer));
  }

  /** The variables of a process with these roles. */
  env(roles = 'apply,position-brain,governor'): Record<string, string> {
    const issuers = ISSUERS.filter((issuer) => roles.includes(issuer === 'p33' ? 'position-brain' : issuer));
    return {
      PERMIT_SIGNING: 'ed25519',
      ...(issuers.length === 0
        ? {}
        : { PERMIT_SIGNING_KEY_FILE: issuers.map((issuer) => `${issuer}=${this.keyFile(issuer)}`).join(',') }),
      ...(roles.includes('apply') ? { PERMIT_TRUSTED_KEYS_FILE: this.trusted } : {}),
    };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}

export function keyIn(keyFile: string): SigningKey {
  const key = readSigningKey(keyFile);
  if ('problem' in key) throw new Error(`${keyFile}: ${key.problem}`);
  return key;
}

/** An untrusted key. */
export function strangersKey(): SigningKey {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return { kid: kidOf(publicKey), privateKey };
}
