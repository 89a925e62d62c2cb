import type { Command } from 'commander';
import { ConfigurationError } from '../../config/fault.js';
import { CommandFailure, EXIT } from '../exit.js';
import { limitHeap } from '../heap-limits.js';

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
      limitHeap();
      const { loadConfiguration } = await import('../configuration.js');
      const loaded = loadConfiguration(options.roles);
      if ('faults' in loaded) throw new ConfigurationError(loaded.faults);
      const { serve } = await import('../../serve.js');
      const { httpHost, httpPort } = loaded.environment;
      process.exitCode = await serve(loaded.environment).catch((error: unknown) => {
        throw listenFailure(error, `${httpHost}:${httpPort}`);
      });
    });
}

const REMEDIES: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there; choose another HTTP_PORT, or end that program',
  EACCES: 'this user may not listen there; choose an HTTP_PORT above 1023',
  EADDRNOTAVAIL: 'this machine does not have that address; correct HTTP_HOST',
  ENOTFOUND: 'this host is unknown; correct HTTP_HOST',
};

/** An address that cannot be listened on is a configuration fault; every other error is passed on unchanged. */
function listenFailure(error: unknown, address: string): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const remedy = REMEDIES[code];
  return remedy === undefined
    ? error
    : new CommandFailure(EXIT.configuration, `Nothing can be served at ${address} (${code}): ${remedy}.`, {
        cause: error,
      });
}
