import type { Command } from 'commander';
import { ApiClient, withApiOptions } from '../api/client.js';
import { EXIT } from '../exit.js';
import { show, type WatchOptions, withWatch } from '../watch.js';

export function addFleet(program: Command): void {
  withWatch(withApiOptions(program.command('fleet')))
    .description('every process of every role: what it runs, whether it is ready, and the roles that are missing')
    .addHelpText(
      'after',
      `
Exits 0 if every role has a process and all are ready, 1 if something is missing or not ready.

Example:
  $ permit-gate fleet --watch`,
    )
    .action(async (options: WatchOptions) => {
      const api = ApiClient.of(options);
      const { fleetText } = await import('../api/fleet.js');
      await show(options, async () => {
        const answer = await api.ask((calls) => calls.GET('/api/v1/fleet'));
        return {
          answer,
          text: fleetText(answer),
          exitCode: answer.complete === true ? EXIT.ok : EXIT.notHolding,
        };
      });
    });
}
