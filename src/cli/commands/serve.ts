import type { Command } from 'commander';
import { ConfigurationError } from '../../config/fault.js';

export function addServe(program: Command): void {
  program
    .command('serve')
    .description('run the roles of this deployment until a stop signal')
    .option('--roles <list>', 'which roles, comma separated; goes before ROLES')
    .addHelpText(
      'after',
      `
Examples:
  $ permit-gate serve                                 all roles in one process, dry run
  $ APPLY_MODE=testnet permit-gate serve --roles=apply,position-brain
  $ permit-gate serve --roles=governor                needs no exchange keys`,
    )
    .action(async (options: { roles?: string }) => {
      const { loadConfiguration } = await import('../configuration.js');
      const loaded = loadConfiguration(options.roles);
      if ('faults' in loaded) throw new ConfigurationError(loaded.faults);
      const { serve } = await import('../../serve.js');
      process.exit(await serve(loaded.environment));
    });
}
