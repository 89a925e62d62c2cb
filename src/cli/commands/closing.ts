import { type Command, InvalidArgumentError } from 'commander';
import { ApiClient, type ApiOptions, withApiOptions } from '../api/client.js';
import { objects } from '../api/reading.js';
import { CommandFailure, EXIT } from '../exit.js';
import { showOnce } from '../watch.js';

interface CloseOptions extends ApiOptions {
  readonly pct?: string;
  readonly all?: boolean;
  readonly expected?: string;
  readonly yes?: boolean;
  readonly reason: string;
}

interface FlattenOptions extends ApiOptions {
  readonly reason: string;
}

/** Closing positions by hand, through the gate. */
export function addClosing(program: Command): void {
  withApiOptions(program.command('close'))
    .description('propose to close a share of a position; the gates judge it like any other proposal')
    .argument('<symbol>', 'in any case')
    .option('--pct <share>', 'per cent of the position', share)
    .option('--all', 'all of it')
    .option(
      '--expected <amount>',
      'the signed amount you saw; without it the amount is read and shown, and you are asked',
    )
    .option('--yes', 'do not ask: close the amount that is read now')
    .requiredOption('--reason <text>', 'why; it is audited')
    .addHelpText(
      'after',
      `
Nothing is proposed if the amount at the exchange is not the one you saw (exit code 1). Ask a process that runs Apply.
Examples:
  $ permit-gate close BTCUSDT --pct 50 --reason "halve before the news"
  $ permit-gate close BTCUSDT --all --expected 0.062 --reason "strategy is off"`,
    )
    .action(async (symbol: string, options: CloseOptions) => {
      if ((options.pct === undefined) === (options.all !== true))
        throw new CommandFailure(EXIT.usage, 'Give --pct with a share, or --all: one of the two.');
      const api = ApiClient.of(options);
      const pct = options.all === true ? 'all' : (options.pct ?? '');
      const expected = options.expected ?? (await amountNow(api, symbol, pct, options.yes === true));
      const body = { pct, expected_exchange_amt: expected, reason: options.reason };
      const answer = await api.ask((calls) =>
        calls.POST('/api/v1/positions/{symbol}/close', { params: { path: { symbol } }, body }),
      );
      const { closedText } = await import('../api/closing.js');
      await showOnce(options, answer, () => closedText(answer));
      if (answer.decision !== 'EXECUTE') process.exitCode = EXIT.notHolding;
    });
  withApiOptions(program.command('flatten'))
    .description('propose a full close of every symbol that has a position; not in production (admin)')
    .requiredOption('--reason <text>', 'why; it is audited')
    .addHelpText(
      'after',
      `
Exits 1 if a position could not be proposed to be closed.
Example:
  $ permit-gate flatten --reason "end of the test" --token-file admin.token`,
    )
    .action(async (options: FlattenOptions) => {
      const body = { reason: options.reason };
      const answer = await ApiClient.of(options).ask((calls) => calls.POST('/api/v1/flatten', { body }));
      const { flattenedText } = await import('../api/closing.js');
      await showOnce(options, answer, () => flattenedText(answer));
      if (objects(answer.symbols).some(({ outcome }) => outcome === 'not_published'))
        process.exitCode = EXIT.notHolding;
    });
}

/** Reads the amount, and asks whether that is what to close. */
async function amountNow(api: ApiClient, symbol: string, pct: string, isSure: boolean): Promise<string> {
  const { snapshot } = await api.ask((calls) =>
    calls.GET('/api/v1/positions/{symbol}', { params: { path: { symbol } } }),
  );
  const amount = snapshot?.position_amt;
  if (typeof amount !== 'string')
    throw new CommandFailure(EXIT.notHolding, `The exchange amount of ${symbol} was not read yet.`);
  if (isSure) return amount;
  if (!process.stdin.isTTY)
    throw new CommandFailure(
      EXIT.usage,
      `The exchange amount of ${symbol} is ${amount}. Give --expected ${amount}, or --yes to close what is there.`,
    );
  const { createInterface } = await import('node:readline/promises');
  // The question goes to stderr, so that stdout has the answer alone.
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const part = pct === 'all' ? 'all' : `${pct} %`;
    const said = await terminal.question(`The exchange amount of ${symbol} is ${amount}. Close ${part} of it? [y/N] `);
    if (/^y(es)?$/i.test(said.trim())) return amount;
  } finally {
    terminal.close();
  }
  throw new CommandFailure(EXIT.notHolding, 'Nothing was proposed.');
}

function share(given: string): string {
  if (/^(?=.*[1-9])(\d{1,2}(\.\d{1,20})?|100(\.0{1,20})?)$/.test(given)) return given;
  throw new InvalidArgumentError('A number above 0 and at most 100 is needed, such as 50 or 12.5.');
}
