import { join } from 'node:path';
import { ISSUERS } from '../../../flow/3-permit.js';
import { generateKey } from '../../key-files.js';

/** Keys of both issuers in `folder`, and the variables of a process that issues and verifies with them. */
export function signingVariables(folder: string): Readonly<Record<string, string>> {
  const trustedFile = join(folder, 'trusted-keys.json');
  const files = ISSUERS.map((issuer) => {
    const keyFile = join(folder, `${issuer}.key`);
    generateKey({ issuer, keyFile, trustedFile });
    return `${issuer}=${keyFile}`;
  });
  return {
    PERMIT_SIGNING: 'ed25519',
    PERMIT_SIGNING_KEY_FILE: files.join(','),
    PERMIT_TRUSTED_KEYS_FILE: trustedFile,
  };
}
