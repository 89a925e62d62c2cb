import type { Command } from 'commander';
import { ApiClient, type ApiOptions, withApiOptions } from '../api/client.js';
import { objects, text } from '../api/reading.js';
import { EXIT } from '../exit.js';

export function addWhy(program: Command): void {
  withApiOptions(program.command('why'))
    .description('why a symbol does not trade now: everything in the way, and the command that helps')
    .argument('<symbol>', 'in any case')
    .addHelpText(
      'after',
      `
Exits 0 if nothing is in the way, 1 if something is. docs/reasons.md lists the reasons that --json prints.

Example:
  $ permit-gate why BTCUSDT`,
    )
    .action(async (symbol: string, options: ApiOptions) => {
      const answer = await ApiClient.of(options).get(`/symbols/${encodeURIComponent(symbol)}/why`);
      const { printJson, print } = await import('../terminal.js');
      const blockers = objects(answer['blockers']);
      if (options.json === true) printJson(answer);
      else {
        const { whyText } = await import('../api/why.js');
        print(whyText(text(answer['symbol']), blockers));
      }
      if (answer['may_trade'] !== true) process.exitCode = EXIT.notHolding;
    });
}
