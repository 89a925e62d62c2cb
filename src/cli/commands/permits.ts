import type { Command } from 'commander';
import { ApiClient, type ApiOptions, withApiOptions } from '../api/client.js';
import { objects, text } from '../api/reading.js';

interface RatioOptions extends ApiOptions {
  readonly symbol?: string;
  readonly since?: string;
}

/** What the issuers said: of one plan, and how often in all. */
export function addPermits(program: Command): void {
  withApiOptions(program.command('permits'))
    .description('the verdicts of both issuers on a plan: what they say, how long they live, who issued them')
    .argument('<planId>')
    .addHelpText('after', '\nExample:\n  $ permit-gate permits 3f2a9c0d1e4b5a67')
    .action(async (planId: string, options: ApiOptions) => {
      const answer = await ApiClient.of(options).get(`/plans/${encodeURIComponent(planId)}/permits`);
      const { print, printJson } = await import('../terminal.js');
      if (options.json === true) return printJson(answer);
      const head = `Plan ${text(answer['plan_id'])} of ${text(answer['symbol'])}, attempt ${text(answer['attempt'])}: ${text(answer['state'])}`;
      print([head, ...objects(answer['permits']).map((permit) => text(permit['text']))].join('\n'));
    });
  withApiOptions(program.command('ratio'))
    .description('how often each issuer said yes and no, by symbol and reason, among the newest 10 000 verdicts')
    .option('--symbol <symbol>', 'of this symbol only, in any case')
    .option('--since <time>', 'epoch ms, or a time such as 2026-12-31T23:59:59Z')
    .addHelpText('after', '\nExample:\n  $ permit-gate ratio --symbol BTCUSDT --since 2026-12-31T00:00:00Z')
    .action(async ({ symbol, since, ...options }: RatioOptions) => {
      const query = new URLSearchParams();
      if (symbol !== undefined) query.set('symbol', symbol);
      if (since !== undefined) query.set('since', since);
      const answer = await ApiClient.of(options).get(`/ratio?${query.toString()}`);
      const { print, printJson } = await import('../terminal.js');
      if (options.json === true) return printJson(answer);
      const { ratioText } = await import('../api/ratio.js');
      print(ratioText(answer));
    });
}
