import type { Command } from 'commander';
import { ApiClient, type ApiOptions, withApiOptions } from '../api/client.js';
import { showOnce } from '../watch.js';

export function addConfig(program: Command): void {
  withApiOptions(program.command('config'))
    .description('the effective configuration of the deployment; what differs from the default is marked (admin)')
    .addHelpText('after', '\nExample:\n  $ permit-gate config --token-file admin.token | grep "^\\*"')
    .action(async (options: ApiOptions) => {
      const answer = await ApiClient.of(options).ask((calls) => calls.GET('/api/v1/config'));
      const { configText } = await import('../api/config.js');
      await showOnce(options, answer, () => configText(answer));
    });
}
