import { type Command, Option } from 'commander';
import { ApiClient, type ApiOptions, withApiOptions } from '../api/client.js';
import { given, limitOf, TIME_WORDS, timeOf } from '../given.js';
import { showOnce } from '../watch.js';

interface ListOptions extends ApiOptions {
  readonly actor?: string;
  readonly action?: string;
  readonly target?: string;
  readonly since?: string;
  readonly until?: string;
  readonly limit?: number;
  readonly cursor?: string;
}

interface VerifyOptions extends ApiOptions {
  readonly file?: string;
  readonly keyFile?: string;
  readonly copy?: string;
}

/** Who did what: list, verify, export. */
export function addAudit(program: Command): void {
  const audit = program.command('audit').description('who did what, and whether the record of it is whole');

  withApiOptions(audit.command('list', { isDefault: true }))
    .description('the audit of all processes, newest first')
    .option('--actor <name>', 'the name of a token, or of a role that acted by itself')
    .option('--action <action>', 'such as kill_switch.release, or a group: kill_switch.')
    .option('--target <target>', 'what it was done to: a symbol, a plan, a stream')
    .option('--since <time>', TIME_WORDS, timeOf)
    .option('--until <time>', 'the same', timeOf)
    .option('--limit <count>', 'how many', limitOf)
    .option('--cursor <cursor>', 'continue after an earlier page')
    .addHelpText('after', '\nExample:\n  $ permit-gate audit list --action kill_switch. --since 3d')
    .action(async (options: ListOptions) => {
      const { actor, action, target, since, until, limit, cursor } = options;
      const query = given({ actor, action, target, since, until, limit, cursor });
      const answer = await ApiClient.of(options).ask((calls) => calls.GET('/api/v1/audit', { params: { query } }));
      const { auditText } = await import('../api/audit.js');
      await showOnce(options, answer, () => auditText(answer));
    });

  withApiOptions(audit.command('verify'))
    .description('walk every chain: what is missing, changed or written by somebody else; exit code 1 if anything is')
    .option('--file <export>', 'an export, in place of a running deployment')
    .option('--key-file <file>', 'verify here, with the keys in this file, one a line')
    .option('--copy <file>', 'compare with a copy that AUDIT_COPY wrote')
    .addHelpText(
      'after',
      '\nExamples:\n  $ permit-gate audit verify\n  $ permit-gate audit verify --file audit.jsonl --key-file all.keys --copy /var/log/audit.jsonl',
    )
    .action(verify);

  withApiOptions(audit.command('export'))
    .description('every entry as it is stored, one JSON object a line')
    .addOption(new Option('--output <file>', 'a new file; standard output without it'))
    .addHelpText('after', '\nExample:\n  $ permit-gate audit export --output audit.jsonl')
    .action(async (options: ApiOptions & { readonly output?: string }) => {
      const { exportAudit } = await import('../api/audit-export.js');
      await exportAudit(ApiClient.of(options), options.output);
    });
}

async function verify(options: VerifyOptions): Promise<void> {
  const { file, keyFile, copy } = options;
  const { verdictHere, verdictOf } = await import('../api/audit-check.js');
  const isHere = [file, keyFile, copy].some((each) => each !== undefined);
  const api = file === undefined ? ApiClient.of(options) : undefined;
  const verdict = isHere ? await verdictHere(api, { file, keyFile, copy }) : await verdictOf(ApiClient.of(options));
  const { verdictText } = await import('../api/audit.js');
  await showOnce(options, verdict, () => verdictText(verdict));
  const { EXIT } = await import('../exit.js');
  if (verdict.intact !== true) process.exitCode = EXIT.notHolding;
}
