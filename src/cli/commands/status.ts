import type { Command } from 'commander';
import { ApiClient, type ApiOptions, withApiOptions } from '../api/client.js';

export function addStatus(program: Command): void {
  withApiOptions(program.command('status'))
    .description('what the deployment is doing: mode, arm state, kill switch, roles, Redis, exchange')
    .addHelpText('after', '\nExample:\n  $ permit-gate status --token-file viewer.token')
    .action(async (options: ApiOptions) => {
      const answer = await ApiClient.of(options).get('/status');
      const { printJson, print } = await import('../terminal.js');
      if (options.json === true) return printJson(answer);
      const { statusText } = await import('../api/status.js');
      print(statusText(answer));
    });
}
