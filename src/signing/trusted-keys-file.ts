import type { KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Environment } from '../config/environment.js';
import { RereadFile } from '../config/reread-file.js';
import { type Issuer, ISSUERS } from '../flow/3-permit.js';
import type { KeyRing, PermitTrust } from '../flow/3-permit-signature.js';
import type { Logger } from '../telemetry/logger.js';
import type { SealedHere } from './sealed-here.js';
import { codeOf } from './signing-key-file.js';
import { parseTrustedKeys, type TrustedKeys } from './trusted-keys.js';

/**
 * The trusted keys file, read again on every lookup: a removed key is not trusted from that moment on. While the file cannot be
 * read or is invalid, no key is trusted.
 */
class TrustedKeysFile implements KeyRing {
  readonly #file: RereadFile;
  #keys: TrustedKeys = new Map();

  constructor(
    path: string,
    logger: Logger,
    private readonly sealed: SealedHere,
  ) {
    this.#file = new RereadFile({
      read: () => readFileSync(path, 'utf8'),
      take: (text) => {
        this.#keys = keysIn(text);
        logger.info(
          Object.fromEntries(ISSUERS.map((issuer) => [issuer, [...(this.#keys.get(issuer)?.keys() ?? [])]])),
          'Trusted keys read',
        );
      },
      refuse: (error) => {
        this.#keys = new Map();
        const problem = error instanceof KeysFault ? error.message : codeOf(error);
        logger.error({ file: path, problem }, 'No permit is trusted: the trusted keys cannot be read');
      },
    });
  }

  keyOf(issuer: Issuer, kid: string): KeyObject | undefined {
    this.#file.look();
    return this.#keys.get(issuer)?.get(kid);
  }

  isSealedHere(issuer: Issuer, bytes: string): boolean {
    return this.sealed.has(issuer, bytes);
  }
}

/** What is wrong with the content of the file. */
class KeysFault extends Error {}

function keysIn(text: string): TrustedKeys {
  const keys = parseTrustedKeys(text);
  if (typeof keys === 'string') throw new KeysFault(keys);
  return keys;
}

/** Nest token of the {@link PermitTrust}. */
export const PERMIT_TRUST = Symbol('PERMIT_TRUST');

/** The keys that Apply trusts. */
export function permitTrustOf(env: Environment, logger: Logger, sealed: SealedHere): PermitTrust {
  if (env.permitSigning === 'off') return 'unsigned';
  if (env.permitTrustedKeysFile === undefined) throw new Error('signing is on and PERMIT_TRUSTED_KEYS_FILE is not set');
  return new TrustedKeysFile(env.permitTrustedKeysFile, logger, sealed);
}
