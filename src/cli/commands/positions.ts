import { type Command, InvalidArgumentError } from 'commander';
import { ApiClient, type ApiOptions, withApiOptions } from '../api/client.js';
import { objects } from '../api/reading.js';
import { show, showOnce, type WatchOptions, withWatch } from '../watch.js';

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
        if (symbol === undefined) {
          const answer = await api.ask((calls) => calls.GET('/api/v1/positions'));
          return { answer, text: positionsText(objects(answer.positions)) };
        }
        const params = { path: { symbol } };
        const answer = await api.ask((calls) => calls.GET('/api/v1/positions/{symbol}', { params }));
        return { answer, text: positionsText([answer]) };
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
      const body = { expected_exchange_amt: options.expected, reason: options.reason };
      const answer = await ApiClient.of(options).ask((calls) =>
        calls.POST('/api/v1/positions/{symbol}/reconcile', { params: { path: { symbol } }, body }),
      );
      const { positionsText } = await import('../api/positions.js');
      await showOnce(options, answer, () => positionsText([answer]));
    });
}

function signedAmount(given: string): string {
  if (/^-?\d{1,30}(\.\d{1,30})?$/.test(given)) return given;
  throw new InvalidArgumentError('A plain signed decimal is needed, such as -0.062.');
}
