import type { Command } from 'commander';
import { ApiClient, withApiOptions } from '../api/client.js';
import { show, type WatchOptions, withWatch } from '../watch.js';

export function addArchive(program: Command): void {
  const archive = program.command('archive').description('plans, verdicts, results and control changes that are kept');

  withWatch(withApiOptions(archive.command('status')))
    .description('where the archive is, how far it is, and what it has missed')
    .addHelpText(
      'after',
      `
An entry is missed when Redis had to trim it before the archive took it: docs/history.md says when.

Example:
  $ permit-gate archive status`,
    )
    .action(async (options: WatchOptions) => {
      const api = ApiClient.of(options);
      const { archiveText } = await import('../api/archive.js');
      await show(options, async () => {
        const answer = await api.ask((calls) => calls.GET('/api/v1/archive'));
        return { answer, text: archiveText(answer) };
      });
    });
}
