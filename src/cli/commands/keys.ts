import { type Command, Option } from 'commander';
import type { Issuer } from '../../flow/3-permit.js';

interface KeyOptions {
  readonly issuer: Issuer;
  readonly keyFile: string;
  readonly trusted: string;
  readonly json?: boolean;
}

/** Who signs permits; the words of `ISSUERS` in flow/3-permit, which a command does not load before it runs. */
export const ISSUER_CHOICES = ['governor', 'p33'];

/** One for each command of `keys`. */
const EXAMPLES = {
  generate: 'permit-gate keys generate --issuer governor --key-file governor.key --trusted trusted-keys.json',
  rotate: 'permit-gate keys rotate --issuer p33 --key-file p33.key --trusted trusted-keys.json',
  revoke: 'permit-gate keys revoke 0123456789abcdef --trusted trusted-keys.json',
  list: 'permit-gate keys list --trusted trusted-keys.json --keys governor=governor.key,p33=p33.key',
} as const;
const example = (name: keyof typeof EXAMPLES): string => `\nExample:\n  $ ${EXAMPLES[name]}`;

const AFTER_HELP = `
A private key stays with its issuer; Apply holds public keys only. What to do when: docs/signing.md.

Examples:
${Object.values(EXAMPLES)
  .map((each) => `  $ ${each}`)
  .join('\n')}`;

export function addKeys(program: Command): void {
  const keys = program
    .command('keys')
    .description('the keys that permits are signed with')
    .addHelpText('after', AFTER_HELP);
  withKey(keys.command('generate').description('make the key of an issuer, and trust it'))
    .addHelpText('after', example('generate'))
    .action(generate);
  withKey(keys.command('rotate').description('replace the key of an issuer; the old one stays trusted until revoked'))
    .addHelpText('after', example('rotate'))
    .action(rotate);
  withTrusted(
    keys
      .command('revoke')
      .description('stop trusting a key; Apply follows without a restart')
      .argument('<kid>', 'see keys list'),
  )
    .addHelpText('after', example('revoke'))
    .action(revoke);
  withTrusted(keys.command('list').description('every trusted key, and whether a private key here signs with it'))
    .addOption(
      new Option('--keys <paths>', 'private key files: a path, or governor=path,p33=path').env(
        'PERMIT_SIGNING_KEY_FILE',
      ),
    )
    .addHelpText('after', example('list'))
    .action(list);
}

function withTrusted(command: Command): Command {
  return command
    .addOption(
      new Option('--trusted <file>', 'the trusted keys file of Apply')
        .env('PERMIT_TRUSTED_KEYS_FILE')
        .makeOptionMandatory(),
    )
    .option('--json', 'print JSON');
}

function withKey(command: Command): Command {
  return withTrusted(
    command
      .addOption(new Option('--issuer <issuer>', 'whose key').choices(ISSUER_CHOICES).makeOptionMandatory())
      .requiredOption('--key-file <file>', 'the file of its private key'),
  );
}

async function generate({ issuer, keyFile, trusted: trustedFile, json }: KeyOptions): Promise<void> {
  const { generateKey } = await import('../key-files.js');
  const { print, printJson, colour } = await import('../terminal.js');
  const kid = generateKey({ issuer, keyFile, trustedFile });
  if (json === true) return printJson({ issuer, kid, key_file: keyFile, trusted_file: trustedFile });
  print(`${colour.bold('kid')}  ${kid}`);
  print(
    `The private key of ${issuer} is in ${keyFile}; only its process may read it. Its public key is trusted in ${trustedFile}.`,
  );
}

async function rotate({ issuer, keyFile, trusted: trustedFile, json }: KeyOptions): Promise<void> {
  const { rotateKey } = await import('../key-files.js');
  const { print, printJson, colour } = await import('../terminal.js');
  const { kid, oldKid, oldKeyFile } = rotateKey({ issuer, keyFile, trustedFile });
  if (json === true) {
    return printJson({
      issuer,
      kid,
      old_kid: oldKid,
      key_file: keyFile,
      old_key_file: oldKeyFile,
      trusted_file: trustedFile,
    });
  }
  print(`${colour.bold('new kid')}  ${kid}`);
  print(`${colour.bold('old kid')}  ${oldKid}, still trusted; its private key is in ${oldKeyFile}`);
  print(`Restart the processes of ${issuer}, then: permit-gate keys revoke ${oldKid} --trusted ${trustedFile}`);
}

async function revoke(
  kid: string,
  { trusted: trustedFile, json }: Pick<KeyOptions, 'trusted' | 'json'>,
): Promise<void> {
  const { revokeKey } = await import('../key-files.js');
  const { print, printJson } = await import('../terminal.js');
  const { issuer, left } = revokeKey(kid, trustedFile);
  if (json === true) return printJson({ issuer, kid, left, trusted_file: trustedFile });
  print(`The key ${kid} of ${issuer} is not trusted any more.`);
  if (left === 0) print(`${issuer} has no trusted key left: every plan is blocked until it has one.`);
}

async function list(options: Pick<KeyOptions, 'trusted' | 'json'> & { readonly keys?: string }): Promise<void> {
  const { listKeys } = await import('../key-files.js');
  const { signingKeyPaths } = await import('../../config/signing-keys.js');
  const { CommandFailure, EXIT } = await import('../exit.js');
  const { print, printJson, table } = await import('../terminal.js');
  const paths = options.keys === undefined ? new Map<string, string>() : signingKeyPaths(options.keys);
  if (paths === undefined)
    throw new CommandFailure(EXIT.usage, '--keys is a path, or each issuer (governor, p33) once with its path');
  const listed = listKeys(options.trusted, typeof paths === 'string' ? [paths] : [...paths.values()]);
  if (options.json === true) {
    return printJson(
      listed.map(({ createdAt, keyFile, ...key }) => ({ ...key, created_at: createdAt, key_file: keyFile })),
    );
  }
  print(
    table(
      ['issuer', 'kid', 'created', 'status', 'private key'],
      listed.map(({ issuer, kid, createdAt, status, keyFile }) => [
        issuer || '–',
        kid,
        createdAt || '–',
        status,
        keyFile || '–',
      ]),
    ),
  );
}
