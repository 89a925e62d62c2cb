import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { kidOf, type SigningKey } from '../flow/3-permit-signature.js';
import type { KeyFileFault } from './key-file-fault.js';

/** Write for the group, anything for others. Read for the group is what Kubernetes' fsGroup gives a mounted secret. */
const FORBIDDEN_MODE = 0o027;
/** Where Docker mounts secrets, readable by all users of that one container: others on the host cannot get there. */
const CONTAINER_SECRETS = '/run/secrets/';
const READ_FOR_OTHERS = 0o004;
const ALLOWED = 'a PEM file with an unencrypted Ed25519 private key (PKCS #8), readable by its owner alone (mode 0600)';

/** Reads an issuer's private key. Whoever reads it can give permits in the issuer's name, so its mode is checked too. */
export function readSigningKey(path: string): SigningKey | KeyFileFault {
  const fault = (problem: string, remedy: string): KeyFileFault => ({ problem, allowed: ALLOWED, remedy });
  const make = 'Make one with `permit-gate keys generate`.';
  let pem: string;
  try {
    const mode = statSync(path).mode & 0o777;
    if (!isPrivate(path, mode)) {
      return fault(
        `its mode is 0${mode.toString(8)}: others may read or write it`,
        `chmod 600 ${path} (a Kubernetes secret volume: defaultMode 0440 with fsGroup). If others could read it, rotate the key: permit-gate keys rotate.`,
      );
    }
    pem = readFileSync(path, 'utf8');
  } catch (error) {
    return fault(codeOf(error), make);
  }
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey(pem);
  } catch {
    return fault('it does not hold a private key', make);
  }
  if (privateKey.asymmetricKeyType !== 'ed25519')
    return fault(`it holds a key of type ${privateKey.asymmetricKeyType ?? 'unknown'}`, make);
  return { kid: kidOf(createPublicKey(privateKey)), privateKey };
}

/** Whether only the owner (and readers that are tolerated) can reach a file of this mode. */
export function isPrivate(path: string, mode: number): boolean {
  const tolerated = path.startsWith(CONTAINER_SECRETS) ? READ_FOR_OTHERS : 0;
  return (mode & FORBIDDEN_MODE & ~tolerated) === 0;
}

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
