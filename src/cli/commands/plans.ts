import type { Command } from 'commander';
import { ApiClient, type ApiOptions, withApiOptions } from '../api/client.js';
import { show, type WatchOptions, withWatch } from '../watch.js';

interface PlansOptions extends WatchOptions {
  readonly symbol?: string;
  readonly state?: string;
  readonly limit?: string;
  readonly cursor?: string;
}

export function addPlans(program: Command): void {
  withWatch(withApiOptions(program.command('plans')))
    .description('the plans, newest first')
    .option('--symbol <symbol>', 'of one symbol only')
    .option('--state <state>', 'in one state only, such as WAITING, FILLED or BLOCKED')
    .option('--limit <count>', 'how many')
    .option('--cursor <cursor>', 'continue after an earlier page')
    .addHelpText(
      'after',
      `
Examples:
  $ permit-gate plans --symbol BTCUSDT --limit 5
  $ permit-gate plans --state UNKNOWN --json`,
    )
    .action(async (options: PlansOptions) => {
      const query = new URLSearchParams();
      for (const name of ['symbol', 'state', 'limit', 'cursor'] as const) {
        const value = options[name];
        if (value !== undefined) query.set(name, value);
      }
      const api = ApiClient.of(options);
      const { plansText } = await import('../api/plans.js');
      await show(options, async () => {
        const answer = await api.get(`/plans?${query.toString()}`);
        return { answer, text: plansText(answer) };
      });
    });

  withApiOptions(program.command('trace'))
    .description('one plan from its publication to its result, with both verdicts and their inputs')
    .argument('<planId>')
    .addHelpText('after', '\nExample:\n  $ permit-gate trace 3f2a9c0d1e4b5a67')
    .action(async (planId: string, options: ApiOptions) => {
      const answer = await ApiClient.of(options).get(`/plans/${encodeURIComponent(planId)}`);
      const { printJson, print } = await import('../terminal.js');
      if (options.json === true) return printJson(answer);
      const { traceText } = await import('../api/trace.js');
      print(traceText(answer));
    });
}
