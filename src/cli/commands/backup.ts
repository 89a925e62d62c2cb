import type { Command } from 'commander';

interface Options {
  readonly json?: boolean;
}

interface RestoreOptions extends Options {
  readonly replace?: boolean;
}

const AFTER_HELP = `
Redis is the one of the environment (REDIS_HOST, REDIS_URL, REDIS_KEY_PREFIX, …); the user is permit-gate-backup of users.acl.
docs/operations.md says what a restored state may lack and what to do first.

Example:
  $ export REDIS_USERNAME=permit-gate-backup REDIS_PASSWORD_FILE=permit-gate-backup.password
  $ permit-gate backup permit-gate-$(date +%F).backup
  $ permit-gate restore permit-gate-2026-11-30.backup`;

/** Copies everything that is stored in Redis to a file, and back. */
export function addBackup(program: Command): void {
  program
    .command('backup')
    .description('write every key of this deployment, as of one instant, to a file; it may go on running')
    .argument('<file>', 'where; an older file of that name is replaced')
    .option('--json', 'print JSON')
    .addHelpText('after', AFTER_HELP)
    .action(backUpTo);
  program
    .command('restore')
    .description('put the keys of a backup in place, while no process of this deployment runs')
    .argument('<file>', 'what "permit-gate backup" wrote')
    .option('--replace', 'also where there are keys already; they are first written to a file beside the backup')
    .option('--json', 'print JSON')
    .addHelpText('after', AFTER_HELP)
    .action(restoreFrom);
}

async function backUpTo(file: string, { json }: Options): Promise<void> {
  const { redisConfiguration } = await import('../configuration.js');
  const { backUp } = await import('../backup/backup.js');
  const { print, printJson } = await import('../terminal.js');
  const { prefix, takenMs, account, redisVersion, keyCount } = await backUp(redisConfiguration(), file);
  if (json === true)
    return printJson({ file, prefix, taken_at_ms: takenMs, account, redis_version: redisVersion, keys: keyCount });
  print(`${keyCount} keys of ${prefix} as of ${new Date(takenMs).toISOString()} are in ${file}.`);
}

async function restoreFrom(file: string, { json, replace = false }: RestoreOptions): Promise<void> {
  const { redisConfiguration } = await import('../configuration.js');
  const { restore } = await import('../backup/backup.js');
  const { print, printJson } = await import('../terminal.js');
  const { restored, expired, header, replaced } = await restore(redisConfiguration(), file, replace);
  if (json === true) {
    return printJson({
      file,
      prefix: header.prefix,
      taken_at_ms: header.takenMs,
      restored,
      expired,
      replaced: replaced === undefined ? null : { keys: replaced.keyCount, file: replaced.file },
    });
  }
  print(`${restored} keys of ${header.prefix} are as they were at ${new Date(header.takenMs).toISOString()}.`);
  if (expired > 0) print(`${expired} more had expired since.`);
  if (replaced !== undefined) print(`The ${replaced.keyCount} keys that were there before are in ${replaced.file}.`);
}
