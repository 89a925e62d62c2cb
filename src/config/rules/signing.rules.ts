import type { KeyFileFault } from '../../signing/key-file-fault.js';
import { readSigningKey } from '../../signing/signing-key-file.js';
import { readTrustedKeys } from '../../signing/trusted-keys.js';
import { fault, NOT_SET, shown, type ConfigFault } from '../fault.js';
import { PERMIT_ISSUERS, type PermitIssuer } from '../roles.js';
import { signingKeyPaths } from '../signing-keys.js';
import { rule } from './rule.js';

const SIGNING_KEY = 'PERMIT_SIGNING_KEY_FILE';
const TRUSTED_KEYS = 'PERMIT_TRUSTED_KEYS_FILE';

export const signingRules = [
  rule('`production` has signed permits.', ['applyMode', 'permitSigning'], ({ applyMode, permitSigning }) => [
    applyMode !== 'production' ||
      permitSigning === 'ed25519' ||
      fault('PERMIT_SIGNING', shown(permitSigning), 'ed25519 while APPLY_MODE is production'),
  ]),

  rule(
    'With signing on, `PERMIT_SIGNING_KEY_FILE` names one key file for each issuer role of the process, never one for two.',
    ['permitSigning', 'permitSigningKeyFile', 'roles'],
    ({ permitSigning, permitSigningKeyFile: text, issuers }) => {
      const problem = issuers.length > 0 && permitSigning === 'ed25519' && keyPathsProblem(text, issuers);
      const wanted =
        issuers.length === 1 ? `the path of the key of ${issuers[0]}` : issuers.map((each) => `${each}=/path`).join();
      const given = text === undefined ? NOT_SET : shown(text);
      return [problem === false || fault(SIGNING_KEY, given, `${wanted}; ${problem}`)];
    },
  ),

  rule(
    'With signing on, a process names a key only for issuers whose roles it runs: one that only sends orders holds no private key.',
    ['permitSigning', 'permitSigningKeyFile', 'roles'],
    ({ permitSigning, permitSigningKeyFile: text, issuers }) => {
      if (permitSigning === 'off' || text === undefined) return [];
      if (issuers.length === 0) {
        const remedy = 'Remove the variable, and keep the key where its issuer runs: who holds it can give permits.';
        return [fault(SIGNING_KEY, shown(text), 'nothing: this process gives no permits', remedy)];
      }
      const paths = signingKeyPaths(text);
      return PERMIT_ISSUERS.map(
        (issuer) =>
          issuers.includes(issuer) ||
          !(paths instanceof Map && paths.has(issuer)) ||
          fault(
            SIGNING_KEY,
            `a key of ${issuer}`,
            `keys of the issuers of this process: ${issuers.join(', ')}`,
            `Take ${issuer} out of the list, and keep its key where it runs.`,
          ),
      );
    },
  ),

  rule(
    'With signing on, each key file holds an Ed25519 private key that only its owner may write and nobody else may read, a different one for each issuer.',
    ['permitSigning', 'permitSigningKeyFile', 'roles'],
    (environment) => {
      if (environment.permitSigning === 'off') return [];
      const issuerOf = new Map<string, PermitIssuer>();
      return environment.issuers.map((issuer) => {
        const path = environment.signingKeyFile(issuer);
        if (path === undefined) return true;
        const key = readSigningKey(path);
        if ('problem' in key) return fileFault(SIGNING_KEY, path, key);
        const other = issuerOf.get(key.kid);
        issuerOf.set(key.kid, issuer);
        return (
          other === undefined ||
          environment.signingKeyFile(other) === path ||
          fault(
            SIGNING_KEY,
            `the key ${key.kid} for ${other} and for ${issuer}`,
            'a key of its own for each issuer',
            'Make another one with `permit-gate keys generate`.',
          )
        );
      });
    },
  ),

  rule(
    'With signing on, a process with the role `apply` has `PERMIT_TRUSTED_KEYS_FILE`.',
    ['permitSigning', 'permitTrustedKeysFile', 'roles'],
    ({ permitSigning, permitTrustedKeysFile, roles }) => [
      permitSigning === 'off' ||
        !roles.has('apply') ||
        permitTrustedKeysFile !== undefined ||
        fault(
          TRUSTED_KEYS,
          NOT_SET,
          'the path of a JSON file with the issuers’ public keys; signing is on and this process checks permits',
        ),
    ],
  ),

  rule(
    'With signing on, the trusted keys file of `apply` has an Ed25519 public key for each issuer, that of every issuer of the same process among them, and only its owner may write it.',
    ['permitSigning', 'permitSigningKeyFile', 'permitTrustedKeysFile', 'roles'],
    (environment) => {
      const path = environment.permitTrustedKeysFile;
      if (environment.permitSigning === 'off' || !environment.hasRole('apply') || path === undefined) return [];
      const trusted = readTrustedKeys(path);
      if ('problem' in trusted) return [fileFault(TRUSTED_KEYS, path, trusted)];
      return environment.issuers.map((issuer) => {
        const own = environment.signingKeyFile(issuer);
        const key = own === undefined ? undefined : readSigningKey(own);
        return (
          key === undefined ||
          'problem' in key ||
          trusted.get(issuer)?.has(key.kid) === true ||
          fault(
            TRUSTED_KEYS,
            `${shown(path)} without ${key.kid}, the key that ${issuer} signs with here`,
            'a file that has it: Apply would refuse every permit of this process otherwise',
            'Name the file that `permit-gate keys generate` wrote with this key.',
          )
        );
      });
    },
  ),
];

/** Why the paths do not give each issuer a key of its own; `false` when they do. */
function keyPathsProblem(text: string | undefined, issuers: readonly PermitIssuer[]): string | false {
  if (text === undefined) return 'signing is on and this process issues permits';
  const paths = signingKeyPaths(text);
  if (paths === undefined) return 'each issuer (governor, p33) once, with its path';
  if (typeof paths === 'string') return issuers.length > 1 && 'each issuer has a key of its own';
  if (new Set(paths.values()).size < paths.size) return 'each issuer has a key of its own';
  return issuers.some((issuer) => !paths.has(issuer)) && 'every issuer role of this process has one';
}

function fileFault(variable: string, path: string, { problem, allowed, remedy }: KeyFileFault): ConfigFault {
  return fault(variable, `${shown(path)} (${problem})`, allowed, remedy);
}
