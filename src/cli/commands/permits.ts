import type { Command } from 'commander';
import { ApiClient, type ApiOptions, withApiOptions } from '../api/client.js';
import { given, TIME_WORDS, timeOf } from '../given.js';
import { showOnce } from '../watch.js';

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
      const params = { path: { planId } };
      const answer = await ApiClient.of(options).ask((calls) =>
        calls.GET('/api/v1/plans/{planId}/permits', { params }),
      );
      const { permitsText } = await import('../api/permits.js');
      await showOnce(options, answer, () => permitsText(answer));
    });
  withApiOptions(program.command('ratio'))
    .description('how often each issuer said yes and no, by symbol and reason, among the newest 10 000 verdicts')
    .option('--symbol <symbol>', 'of this symbol only, in any case')
    .option('--since <time>', TIME_WORDS, timeOf)
    .addHelpText('after', '\nExample:\n  $ permit-gate ratio --symbol BTCUSDT --since 3d')
    .action(async ({ symbol, since, ...options }: RatioOptions) => {
      const query = given({ symbol, since });
      const answer = await ApiClient.of(options).ask((calls) => calls.GET('/api/v1/ratio', { params: { query } }));
      const { ratioText } = await import('../api/ratio.js');
      await showOnce(options, answer, () => ratioText(answer));
    });
}
