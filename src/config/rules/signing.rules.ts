import type { Environment } from '../environment.js';
import { NOT_SET, shown, type ConfigFault } from '../fault.js';
import { signingKeyPaths } from '../signing-keys.js';
import type { Rule } from './rule.js';

const VARIABLE = 'PERMIT_SIGNING_KEY_FILE';

const signedInProduction: Rule = {
  says: '`production` has signed permits.',
  reads: ['applyMode', 'permitSigning'],
  faults: ({ applyMode, permitSigning }) => [
    applyMode === 'production' &&
      permitSigning !== 'ed25519' && {
        variable: 'PERMIT_SIGNING',
        given: shown(permitSigning),
        allowed: 'ed25519 while APPLY_MODE is production',
      },
  ],
};

const keyPerIssuer: Rule = {
  says: 'With signing on, `PERMIT_SIGNING_KEY_FILE` names one key file for each issuer role of the process, never one for two.',
  reads: ['permitSigning', 'permitSigningKeyFile', 'roles'],
  faults: (e) => [e.permitSigning === 'ed25519' && e.issuers.length > 0 && keyFileFault(e)],
};

function keyFileFault({ permitSigningKeyFile: text, issuers }: Environment): ConfigFault | false {
  const wanted =
    issuers.length === 1 ? `the path of the key of ${issuers[0]}` : issuers.map((each) => `${each}=/path`).join(',');
  const fault = (given: string, why: string): ConfigFault => ({
    variable: VARIABLE,
    given,
    allowed: `${wanted}; ${why}`,
  });
  if (text === undefined) return fault(NOT_SET, 'signing is on and this process issues permits');
  const paths = signingKeyPaths(text);
  if (paths === undefined) return fault(shown(text), 'each issuer (governor, p33) once, with its path');
  if (typeof paths === 'string') return issuers.length > 1 && fault(shown(text), 'each issuer has a key of its own');
  if (new Set(paths.values()).size < paths.size) return fault(shown(text), 'each issuer has a key of its own');
  return (
    issuers.some((issuer) => !paths.has(issuer)) && fault(shown(text), 'every issuer role of this process has one')
  );
}

const trustedKeys: Rule = {
  says: 'With signing on, a process with the role `apply` has `PERMIT_TRUSTED_KEYS_FILE`.',
  reads: ['permitSigning', 'permitTrustedKeysFile', 'roles'],
  faults: (e) => [
    e.permitSigning === 'ed25519' &&
      e.hasRole('apply') &&
      e.permitTrustedKeysFile === undefined && {
        variable: 'PERMIT_TRUSTED_KEYS_FILE',
        given: NOT_SET,
        allowed: 'the path of a JSON file with the issuers’ public keys; signing is on and this process checks permits',
      },
  ],
};

export const signingRules: readonly Rule[] = [signedInProduction, keyPerIssuer, trustedKeys];
