import type { Command } from 'commander';
import { CommandFailure, EXIT } from '../exit.js';

/** Messages to people. */
export function addNotify(program: Command): void {
  const notify = program.command('notify').description('the messages to people');

  notify
    .command('test')
    .description('send a test message by each channel of this environment')
    .option('--json', 'print the outcomes as JSON')
    .addHelpText(
      'after',
      `
It reads the NOTIFY_ variables as serve does, and needs neither Redis nor a running deployment. Exits 0 if every channel has taken its
message, 1 if one has not, 78 if no channel is set. The dead-man's ping is called too, as when all is well.

Example:
  $ permit-gate notify test`,
    )
    .action(async (options: { json?: boolean }) => {
      const { loadConfiguration } = await import('../configuration.js');
      const { ConfigurationError } = await import('../../config/fault.js');
      const loaded = loadConfiguration();
      if ('faults' in loaded) throw new ConfigurationError(loaded.faults);
      const { outcomesText, tryChannels } = await import('../api/notify.js');
      const outcomes = await tryChannels(loaded.environment);
      if (outcomes.length === 0)
        throw new CommandFailure(
          EXIT.configuration,
          'No channel is set: docs/notifications.md shows the NOTIFY_ variables of each.',
        );
      const { print, printJson } = await import('../terminal.js');
      const isDelivered = outcomes.every(({ delivered }) => delivered);
      if (options.json === true) printJson({ delivered: isDelivered, channels: outcomes });
      else print(outcomesText(outcomes));
      if (!isDelivered) process.exitCode = EXIT.notHolding;
    });
}
