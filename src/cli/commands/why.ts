import type { Command } from 'commander';
import { ApiClient, withApiOptions } from '../api/client.js';
import { objects, text } from '../api/reading.js';
import { EXIT } from '../exit.js';
import { show, type WatchOptions, withWatch } from '../watch.js';

export function addWhy(program: Command): void {
  withWatch(withApiOptions(program.command('why')))
    .description('why a symbol does not trade now: everything in the way, and the command that helps')
    .argument('<symbol>', 'in any case')
    .addHelpText(
      'after',
      `
Exits 0 if nothing is in the way, 1 if something is. docs/reasons.md lists the reasons that --json prints.

Example:
  $ permit-gate why BTCUSDT`,
    )
    .action(async (symbol: string, options: WatchOptions) => {
      const api = ApiClient.of(options);
      const { whyText } = await import('../api/why.js');
      await show(options, async () => {
        const answer = await api.ask((calls) =>
          calls.GET('/api/v1/symbols/{symbol}/why', { params: { path: { symbol } } }),
        );
        return {
          answer,
          text: whyText(text(answer.symbol), objects(answer.blockers)),
          exitCode: answer.may_trade === true ? EXIT.ok : EXIT.notHolding,
        };
      });
    });
}
