import { type Command, Option } from 'commander';
import { RESOLUTIONS } from '../../flow/0-primitives.js';
import { ApiClient, type ApiOptions, withApiOptions } from '../api/client.js';
import { text } from '../api/reading.js';
import { showOnce } from '../watch.js';

interface ResolveOptions extends ApiOptions {
  readonly outcome: (typeof RESOLUTIONS)[number];
  readonly qty?: string;
  readonly reason: string;
}

/** Resolves an order that the resolver could not settle. */
export function addResolve(program: Command): void {
  withApiOptions(program.command('resolve'))
    .description('record the outcome of an order whose outcome is unknown (admin)')
    .argument('<planId>')
    .addOption(
      new Option('--outcome <outcome>', 'the outcome that the exchange shows; placed is only for stops')
        .choices(RESOLUTIONS)
        .makeOptionMandatory(),
    )
    .option('--qty <amount>', 'how much of it filled; needed with filled and partly_filled')
    .requiredOption('--reason <text>', 'why; it is audited')
    .addHelpText(
      'after',
      `
Look at the exchange first: your answer becomes the result, the ledger follows it, and it cannot be undone.

Examples:
  $ permit-gate plans --state UNKNOWN
  $ permit-gate resolve 3f2a9c0d1e4b5a67 --outcome filled --qty 0.007 --reason "trade 4711 in the account's history"
  $ permit-gate resolve 3f2a9c0d1e4b5a67 --outcome not_found --reason "no such order, no trade"`,
    )
    .action(async (planId: string, options: ResolveOptions) => {
      const { outcome, reason, qty } = options;
      const body = { outcome, reason, ...(qty === undefined ? {} : { executed_qty: qty }) };
      const answer = await ApiClient.of(options).ask((calls) =>
        calls.POST('/api/v1/plans/{planId}/resolve', { params: { path: { planId } }, body }),
      );
      const hold = { lifted: 'Its hold is lifted.', kept: 'The symbol stays on hold for another reason.' };
      const sentences = [`Plan ${text(answer.plan_id)} of ${text(answer.symbol)} is ${text(answer.state)}.`];
      if (answer.hold === 'lifted' || answer.hold === 'kept') sentences.push(hold[answer.hold]);
      await showOnce(options, answer, () => sentences.join(' '));
    });
}
