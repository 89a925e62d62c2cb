import { randomBytes } from 'node:crypto';
import type { Environment } from '../config/environment.js';
import type { PermitIssuer } from '../config/roles.js';
import { encodeJson, type JsonObject } from '../flow/0-json.js';
import { sealPermit, type SigningKey } from '../flow/3-permit-signature.js';
import type { SealedHere } from './sealed-here.js';
import { readSigningKey } from './signing-key-file.js';

const NONCE_BYTES = 16;

/** Writes an issuer's permits, denials and blocks: signed with its key, or plain while signing is off. */
export class PermitSigner {
  constructor(
    private readonly key: SigningKey | undefined,
    private readonly onSealed: (bytes: string) => void = () => undefined,
  ) {}

  seal(permit: JsonObject): string {
    if (this.key === undefined) return encodeJson(permit);
    const bytes = sealPermit(permit, this.key, randomBytes(NONCE_BYTES).toString('base64url'));
    this.onSealed(bytes);
    return bytes;
  }
}

/** The signer of an issuer that this process runs. The key is read once; a new key needs a restart. */
export function permitSignerOf(env: Environment, issuer: PermitIssuer, sealed: SealedHere): PermitSigner {
  if (env.permitSigning === 'off') return new PermitSigner(undefined);
  const path = env.signingKeyFile(issuer);
  if (path === undefined) throw new Error(`signing is on and no key file is named for ${issuer}`);
  const key = readSigningKey(path);
  if ('problem' in key) throw new Error(`the key of ${issuer}, ${path}, cannot be used: ${key.problem}`);
  return new PermitSigner(key, (bytes) => sealed.add(issuer, bytes));
}
