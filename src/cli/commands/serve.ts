import type { Command } from 'commander';
import { readDotenv } from '../../config/dotenv.js';
import { ConfigurationError } from '../../config/fault.js';
import { loadEnvironment } from '../../config/load-environment.js';

const EXIT_CONFIGURATION = 78;

export function addServe(program: Command): void {
  program
    .command('serve')
    .description('run the roles of this deployment until a stop signal')
    .option('--roles <list>', 'which roles, comma separated; goes before ROLES')
    .action(async (options: { roles?: string }) => {
      const source = { ...readDotenv('.env'), ...process.env };
      const loaded = loadEnvironment(source, options.roles === undefined ? {} : { roles: options.roles });
      if ('faults' in loaded) {
        process.stderr.write(`${new ConfigurationError(loaded.faults).message}\n`);
        process.exitCode = EXIT_CONFIGURATION;
        return;
      }
      const { serve } = await import('../../serve.js');
      process.exit(await serve(loaded.environment));
    });
}
