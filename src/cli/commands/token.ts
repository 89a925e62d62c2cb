import { type Command, InvalidArgumentError, Option } from 'commander';
import { API_ROLES } from '../../ops/access/api-roles.js';

interface CreateOptions {
  readonly name: string;
  readonly role: string;
  readonly expires?: string;
  readonly out?: string;
  readonly json?: boolean;
}

interface FileOptions {
  readonly file: string;
  readonly json?: boolean;
}

const DAY_MS = 24 * 3_600_000;

export function addToken(program: Command): void {
  const token = program.command('token').description('the tokens of the HTTP interface: create, list, revoke');
  token
    .command('create')
    .description('make a token; only its digest is ever stored')
    .requiredOption('--name <name>', 'who uses it, as the audit will name them', tokenName)
    .addOption(new Option('--role <role>', 'what it may do').choices(API_ROLES).makeOptionMandatory())
    .option('--expires <when>', 'when it ends: a number of days (90d) or a time (2026-12-31T23:59:59Z)', expiry)
    .option(
      '--out <file>',
      'append the entry to this tokens file (ADMIN_TOKENS_FILE), which is made if it is not there',
    )
    .option('--json', 'print token and entry as JSON')
    .addHelpText(
      'after',
      `
The token is shown once. Running processes see the changed file at the next call.

Examples:
  $ permit-gate token create --name alice --role admin --out /etc/permit-gate/tokens.json
  $ permit-gate token create --name grafana --role viewer --expires 90d --json | jq -r .token > viewer.token`,
    )
    .action(createToken);
  token
    .command('list')
    .description('the tokens of a file: names, roles, and when they end')
    .requiredOption('--file <file>', 'the tokens file (ADMIN_TOKENS_FILE)')
    .option('--json', 'print them as JSON')
    .addHelpText('after', '\nExample:\n  $ permit-gate token list --file /etc/permit-gate/tokens.json')
    .action(listTokens);
  token
    .command('revoke')
    .description('end a token now; its name stays in the file, for the audit')
    .argument('<name>', 'as `token list` shows it')
    .requiredOption('--file <file>', 'the tokens file (ADMIN_TOKENS_FILE)')
    .option('--json', 'print the entry as JSON')
    .addHelpText('after', '\nExample:\n  $ permit-gate token revoke alice --file /etc/permit-gate/tokens.json')
    .action(revoke);
}

async function listTokens({ file, json }: FileOptions): Promise<void> {
  const { tokensIn } = await import('../token-file.js');
  const { print, printJson, table } = await import('../terminal.js');
  const tokens = tokensIn(file);
  if (json === true) return printJson(tokens);
  if (tokens.length === 0) return print(`${file} has no tokens. Make one with \`permit-gate token create\`.`);
  print(
    table(
      ['name', 'role', 'state', 'ends'],
      tokens.map((each) => [each.name, each.role, each.state, each.revoked_at ?? each.expires_at ?? 'never']),
    ),
  );
}

async function revoke(name: string, { file, json }: FileOptions): Promise<void> {
  const { revokeToken } = await import('../token-file.js');
  const { print, printJson } = await import('../terminal.js');
  const entry = revokeToken(file, name);
  if (json === true) return printJson(entry);
  print(`The token ${name} is revoked: every process that reads ${file} refuses it from its next call on.`);
}

async function createToken(options: CreateOptions): Promise<void> {
  const { appendToken, newToken } = await import('../token-file.js');
  const { print, printJson, colour } = await import('../terminal.js');
  const { token, entry } = newToken(options.name, options.role, options.expires);
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

/** As ISO 8601. */
function expiry(given: string): string {
  const days = /^(\d{1,5})d$/.exec(given)?.[1];
  const ms = days === undefined ? Date.parse(given) : Date.now() + Number(days) * DAY_MS;
  if (!Number.isNaN(ms) && ms > Date.now()) return new Date(ms).toISOString();
  throw new InvalidArgumentError(
    'A number of days such as 90d, or a time to come such as 2026-12-31T23:59:59Z, is needed.',
  );
}
