import type { KeyFileFault } from '../../signing/key-file-fault.js';
import { readSigningKey } from '../../signing/signing-key-file.js';
import { readTrustedKeys } from '../../signing/trusted-keys.js';
import type { Environment } from '../environment.js';
import { NOT_SET, shown, type ConfigFault } from '../fault.js';
import { PERMIT_ISSUERS, type PermitIssuer } from '../roles.js';
import { signingKeyPaths } from '../signing-keys.js';
import type { Rule } from './rule.js';

const VARIABLE = 'PERMIT_SIGNING_KEY_FILE';
const TRUSTED = 'PERMIT_TRUSTED_KEYS_FILE';

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
        variable: TRUSTED,
        given: NOT_SET,
        allowed: 'the path of a JSON file with the issuers’ public keys; signing is on and this process checks permits',
      },
  ],
};

const noOtherKeys: Rule = {
  says: 'With signing on, a process names a key only for issuers whose roles it runs: one that only sends orders holds no private key.',
  reads: ['permitSigning', 'permitSigningKeyFile', 'roles'],
  faults: (e) => {
    if (e.permitSigning === 'off' || e.permitSigningKeyFile === undefined) return [];
    const named = namedIssuers(e.permitSigningKeyFile).filter((issuer) => !e.issuers.includes(issuer));
    const isNone = e.issuers.length === 0;
    const remedy = 'Remove the variable, and keep the key where its issuer runs: who holds it can give permits.';
    if (isNone) {
      const given = shown(e.permitSigningKeyFile);
      return [{ variable: VARIABLE, given, allowed: 'nothing: this process gives no permits', remedy }];
    }
    return named.map((issuer) => ({
      variable: VARIABLE,
      given: `a key of ${issuer}`,
      allowed: `keys of the issuers of this process: ${e.issuers.join(', ')}`,
      remedy: `Take ${issuer} out of the list, and keep its key where it runs.`,
    }));
  },
};

function namedIssuers(text: string): PermitIssuer[] {
  const paths = signingKeyPaths(text);
  return typeof paths === 'object' ? PERMIT_ISSUERS.filter((issuer) => paths.has(issuer)) : [];
}

const ownKeys: Rule = {
  says: 'With signing on, each key file holds an Ed25519 private key that nobody but its owner may write and no stranger may read, another one for each issuer.',
  reads: ['permitSigning', 'permitSigningKeyFile', 'roles'],
  faults: (e) => {
    if (e.permitSigning === 'off') return [];
    const kids = new Map<string, PermitIssuer>();
    return e.issuers.map((issuer) => {
      const path = e.signingKeyFile(issuer);
      if (path === undefined) return false;
      const key = readSigningKey(path);
      if ('problem' in key) return fileFault(VARIABLE, path, key);
      const other = kids.get(key.kid);
      kids.set(key.kid, issuer);
      return (
        other !== undefined &&
        e.signingKeyFile(other) !== path && {
          variable: VARIABLE,
          given: `the key ${key.kid} for ${other} and for ${issuer}`,
          allowed: 'a key of its own for each issuer',
          remedy: 'Make another one with `permit-gate keys generate`.',
        }
      );
    });
  },
};

const trustedKeysUsable: Rule = {
  says: 'With signing on, the trusted keys file of `apply` has an Ed25519 public key for each issuer, that of every issuer of the same process among them, and only its owner may write it.',
  reads: ['permitSigning', 'permitSigningKeyFile', 'permitTrustedKeysFile', 'roles'],
  faults: (e) => {
    const path = e.permitTrustedKeysFile;
    if (e.permitSigning === 'off' || !e.hasRole('apply') || path === undefined) return [];
    const trusted = readTrustedKeys(path);
    if ('problem' in trusted) return [fileFault(TRUSTED, path, trusted)];
    return e.issuers.map((issuer) => {
      const own = e.signingKeyFile(issuer);
      const key = own === undefined ? undefined : readSigningKey(own);
      return (
        key !== undefined &&
        'kid' in key &&
        trusted.get(issuer)?.has(key.kid) !== true && {
          variable: TRUSTED,
          given: `${shown(path)} without ${key.kid}, the key that ${issuer} signs with here`,
          allowed: 'a file that has it: Apply would refuse every permit of this process otherwise',
          remedy: 'Name the file that `permit-gate keys generate` wrote with this key.',
        }
      );
    });
  },
};

const fileFault = (variable: string, path: string, { problem, allowed, remedy }: KeyFileFault): ConfigFault => ({
  variable,
  given: `${shown(path)} (${problem})`,
  allowed,
  remedy,
});

export const signingRules: readonly Rule[] = [
  signedInProduction,
  keyPerIssuer,
  noOtherKeys,
  ownKeys,
  trustedKeys,
  trustedKeysUsable,
];
