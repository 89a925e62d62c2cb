import { type Command, InvalidArgumentError, Option } from 'commander';

interface TokenOptions {
  readonly name: string;
  readonly role: string;
  readonly out?: string;
  readonly json?: boolean;
}

/** What a token may do; each role may do what those before it may. */
export const TOKEN_ROLES = ['viewer', 'operator', 'admin'];

export function addToken(program: Command): void {
  program
    .command('token')
    .description('the tokens of the HTTP interface')
    .command('create')
    .description('make a token; only its digest is ever stored')
    .requiredOption('--name <name>', 'who uses it, as the audit will name them', tokenName)
    .addOption(new Option('--role <role>', 'what it may do').choices(TOKEN_ROLES).makeOptionMandatory())
    .option(
      '--out <file>',
      'append the entry to this tokens file (ADMIN_TOKENS_FILE), which is made if it is not there',
    )
    .option('--json', 'print token and entry as JSON')
    .addHelpText(
      'after',
      `
The token is shown once. Restart the processes that read the file.

Examples:
  $ permit-gate token create --name alice --role admin --out /etc/permit-gate/tokens.json
  $ permit-gate token create --name grafana --role viewer --json | jq -r .token > viewer.token`,
    )
    .action(createToken);
}

async function createToken(options: TokenOptions): Promise<void> {
  const { appendToken, newToken } = await import('../token-file.js');
  const { print, printJson, colour } = await import('../terminal.js');
  const { token, entry } = newToken(options.name, options.role);
  if (options.out !== undefined) appendToken(options.out, entry);
  if (options.json === true) return printJson({ token, entry, file: options.out ?? null });
  print(`${colour.bold('token')}  ${token}`);
  print(`${colour.bold('entry')}  ${JSON.stringify(entry)}`);
  print(
    options.out === undefined
      ? 'Put the entry into the list of the file that ADMIN_TOKENS_FILE names. The token is not shown again.'
      : `The entry is in ${options.out}. The token is not shown again.`,
  );
}

function tokenName(given: string): string {
  if (/^[A-Za-z0-9._-]{1,64}$/.test(given)) return given;
  throw new InvalidArgumentError('1 to 64 of A-Z a-z 0-9 . _ - are needed.');
}
