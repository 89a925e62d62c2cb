import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { openToOthers, privateRemedy } from '../config/private-file.js';
import { kidOf, type SigningKey } from '../flow/3-permit-signature.js';
import type { KeyFileFault } from './key-file-fault.js';

const ALLOWED = 'a PEM file with an unencrypted Ed25519 private key (PKCS #8), readable by its owner alone (mode 0600)';

/** Reads an issuer's private key. Whoever reads it can give permits in the issuer's name, so its mode is checked too. */
export function readSigningKey(path: string): SigningKey | KeyFileFault {
  const fault = (problem: string, remedy: string): KeyFileFault => ({ problem, allowed: ALLOWED, remedy });
  const make = 'Make one with `permit-gate keys generate`.';
  let pem: string;
  try {
    const open = openToOthers(path);
    if (open !== undefined)
      return fault(open, `${privateRemedy(path)} If others could read it, rotate the key: permit-gate keys rotate.`);
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

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
