import type { Command } from 'commander';
import { ApiClient, withApiOptions } from '../api/client.js';
import { CommandFailure, EXIT } from '../exit.js';
import { show, type WatchOptions, withWatch } from '../watch.js';

export function addLimits(program: Command): void {
  withWatch(withApiOptions(program.command('limits')))
    .description('every limit: what is used, reserved and left, and when something is free again (UTC)')
    .argument('[symbol]', 'one symbol only, in any case')
    .addHelpText(
      'after',
      `
Red: nothing is left. Yellow: at least 80 % are used. What is reserved waits for its result, and is part of what is used.

Examples:
  $ permit-gate limits BTCUSDT
  $ permit-gate limits --watch`,
    )
    .action(async (symbol: string | undefined, options: WatchOptions) => {
      const api = ApiClient.of(options);
      const { limitsText, symbolsOf } = await import('../api/limits.js');
      await show(options, async () => {
        const answer = await api.ask((calls) => calls.GET('/api/v1/limits'));
        const known = symbolsOf(answer);
        if (symbol !== undefined && !known.includes(symbol.toUpperCase()))
          throw new CommandFailure(EXIT.notHolding, `${symbol} is not in APPLY_ALLOWLIST (${known.join(', ')}).`);
        return { answer, text: limitsText(answer, symbol) };
      });
    });
}
