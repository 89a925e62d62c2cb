import { type Command, InvalidArgumentError } from 'commander';
import { ApiClient, type ApiOptions, withApiOptions } from '../api/client.js';
import { objects } from '../api/reading.js';
import { show, type WatchOptions, withWatch } from '../watch.js';

interface ReconcileOptions extends ApiOptions {
  readonly expected: string;
  readonly reason: string;
}

export function addPositions(program: Command): void {
  withWatch(withApiOptions(program.command('positions')))
    .description('per symbol: the amount at the exchange, the amount in the ledger, and what blocks trading')
    .argument('[symbol]', 'one symbol only')
    .addHelpText('after', '\nExample:\n  $ permit-gate positions BTCUSDT')
    .action(async (symbol: string | undefined, options: WatchOptions) => {
      const api = ApiClient.of(options);
      const { positionsText } = await import('../api/positions.js');
      await show(options, async () => {
        const answer = await api.get(symbol === undefined ? '/positions' : `/positions/${encodeURIComponent(symbol)}`);
        return { answer, text: positionsText(symbol === undefined ? objects(answer['positions']) : [answer]) };
      });
    });

  withApiOptions(program.command('reconcile'))
    .description('set the ledger of a symbol to the exchange amount, if it is still the amount you saw')
    .argument('<symbol>')
    .requiredOption('--expected <amount>', 'the signed amount you saw at the exchange', signedAmount)
    .requiredOption('--reason <text>', 'why; it is audited')
    .addHelpText(
      'after',
      `
Look first, then reconcile with the amount you saw; if the exchange amount has changed by then, nothing is changed (exit code 1).

Example:
  $ permit-gate positions SOLUSDT
  $ permit-gate reconcile SOLUSDT --expected 17.0 --reason "manual buy, ticket 4711"`,
    )
    .action(async (symbol: string, options: ReconcileOptions) => {
      const answer = await ApiClient.of(options).post(`/positions/${encodeURIComponent(symbol)}/reconcile`, {
        expected_exchange_amt: options.expected,
        reason: options.reason,
      });
      const { printJson, print } = await import('../terminal.js');
      if (options.json === true) return printJson(answer);
      const { positionsText } = await import('../api/positions.js');
      print(positionsText([answer]));
    });
}

function signedAmount(given: string): string {
  if (/^-?\d{1,30}(\.\d{1,30})?$/.test(given)) return given;
  throw new InvalidArgumentError('A plain signed decimal is needed, such as -0.062.');
}
