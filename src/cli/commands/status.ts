import type { Command } from 'commander';
import { ApiClient, withApiOptions } from '../api/client.js';
import { objects } from '../api/reading.js';
import { EXIT, type ExitCode } from '../exit.js';
import { show, type WatchOptions, withWatch } from '../watch.js';

interface StatusOptions extends WatchOptions {
  readonly check?: boolean;
}

export function addStatus(program: Command): void {
  withWatch(withApiOptions(program.command('status')))
    .description('what the whole deployment is doing, and what needs a person')
    .option('--check', 'print only what needs a person; exit 1 if something does')
    .addHelpText(
      'after',
      `
Exits 69 if the deployment or its Redis cannot be reached.

Examples:
  $ permit-gate status --token-file viewer.token
  $ permit-gate status --check || page-somebody`,
    )
    .action(async (options: StatusOptions) => {
      const api = ApiClient.of(options);
      const { attentionText, isBlind, statusText } = await import('../api/status.js');
      await show(options, async () => {
        const answer = await api.ask((calls) => calls.GET('/api/v1/status'));
        const needed = options.check === true && objects(answer.attention).length > 0;
        const exitCode: ExitCode = isBlind(answer) ? EXIT.unreachable : needed ? EXIT.notHolding : EXIT.ok;
        return { answer, text: options.check === true ? attentionText(answer) : statusText(answer), exitCode };
      });
    });
}
