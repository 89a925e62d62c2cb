import type { KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Environment } from '../config/environment.js';
import { type Issuer, ISSUERS } from '../flow/3-permit.js';
import type { KeyRing, PermitTrust } from '../flow/3-permit-signature.js';
import type { Logger } from '../telemetry/logger.js';
import { codeOf } from './signing-key-file.js';
import { parseTrustedKeys, type TrustedKeys } from './trusted-keys.js';

/**
 * The trusted keys file, read again on every lookup: a removed key is not trusted from that moment on, without a restart,
 * and no time stamp or watcher can miss a change. The file is small and local; reading it costs about ten microseconds.
 * While the file cannot be read or is invalid, no key is trusted.
 */
class TrustedKeysFile implements KeyRing {
  #text: string | undefined;
  #keys: TrustedKeys = new Map();
  #problem = '';

  constructor(
    private readonly path: string,
    private readonly logger: Logger,
  ) {}

  keyOf(issuer: Issuer, kid: string): KeyObject | undefined {
    this.#refresh();
    return this.#keys.get(issuer)?.get(kid);
  }

  #refresh(): void {
    let text: string;
    try {
      text = readFileSync(this.path, 'utf8');
    } catch (error) {
      this.#text = undefined;
      return this.#trustNoKey(codeOf(error));
    }
    if (text === this.#text) return;
    this.#text = text;
    const keys = parseTrustedKeys(text);
    if (typeof keys === 'string') return this.#trustNoKey(keys);
    this.#problem = '';
    this.#keys = keys;
    this.logger.info(
      Object.fromEntries(ISSUERS.map((issuer) => [issuer, [...(keys.get(issuer)?.keys() ?? [])]])),
      'Trusted keys read',
    );
  }

  #trustNoKey(problem: string): void {
    this.#keys = new Map();
    if (problem === this.#problem) return;
    this.#problem = problem;
    this.logger.error({ file: this.path, problem }, 'No permit is trusted: the trusted keys cannot be read');
  }
}

/** Nest token of the {@link PermitTrust}. */
export const PERMIT_TRUST = Symbol('PERMIT_TRUST');

/** The keys that Apply trusts. */
export function permitTrustOf(env: Environment, logger: Logger): PermitTrust {
  if (env.permitSigning === 'off') return 'unsigned';
  if (env.permitTrustedKeysFile === undefined) throw new Error('signing is on and PERMIT_TRUSTED_KEYS_FILE is not set');
  return new TrustedKeysFile(env.permitTrustedKeysFile, logger);
}
