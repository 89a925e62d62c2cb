import type { Command } from 'commander';
import type { paths } from '../../client/api.generated.js';
import { ApiClient, withApiOptions } from '../api/client.js';
import { given, limitOf, TIME_WORDS, timeOf } from '../given.js';
import { show, type WatchOptions, withWatch } from '../watch.js';

type PlansQuery = NonNullable<paths['/api/v1/plans']['get']['parameters']['query']>;
type State = NonNullable<PlansQuery['state']>[number];

interface PlansOptions extends WatchOptions {
  readonly symbol?: string;
  readonly state?: readonly State[];
  readonly since?: string;
  readonly until?: string;
  readonly all?: boolean;
  readonly limit?: number;
  readonly cursor?: string;
}

/** The server knows the states, and names them where one is none. */
const states = (value: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  ...value.toUpperCase().split(','),
];

export function addPlans(program: Command): void {
  withWatch(withApiOptions(program.command('plans')))
    .description('the plans, newest first')
    .option('--symbol <symbol>', 'of one symbol only, in any case')
    .option('--state <state>', 'in this state only, such as WAITING, FILLED or BLOCKED; repeatable', states)
    .option('--since <time>', `published since then: ${TIME_WORDS}`, timeOf)
    .option('--until <time>', 'published until then', timeOf)
    .option('--all', 'also every repeat of a refusal; without it only the newest of them')
    .option('--limit <count>', 'how many', limitOf)
    .option('--cursor <cursor>', 'continue after an earlier page')
    .addHelpText(
      'after',
      `
A standing proposal that is refused is refused again every few seconds, each time as a plan of its own: SKIPPED or BLOCKED.
Redis keeps plans for 7 days. With --since, older ones come from the archive (docs/history.md) where there is one.

Examples:
  $ permit-gate plans --symbol btcusdt --since 2h
  $ permit-gate plans --state UNKNOWN --state WAITING_APPROVAL --watch
  $ permit-gate plans --all --since 2026-12-31T22:00:00Z --until 2026-12-31T23:00:00Z --json`,
    )
    .action(async (options: PlansOptions) => {
      const { symbol, state, since, until, all = false, limit, cursor } = options;
      const filter = given({
        symbol,
        state: state === undefined ? undefined : [...state],
        since,
        until,
        limit,
        cursor,
      });
      const query: PlansQuery = { ...filter, repeats: all ? 'show' : 'fold' };
      const api = ApiClient.of(options);
      const { plansText } = await import('../api/plans.js');
      await show(options, async () => {
        const answer = await api.ask((calls) => calls.GET('/api/v1/plans', { params: { query } }));
        return { answer, text: plansText(answer) };
      });
    });

  withWatch(withApiOptions(program.command('trace')))
    .description('one plan from its publication to its result: every attempt, with both verdicts and their inputs')
    .argument('<planId>')
    .addHelpText(
      'after',
      `
Times are those of this machine's time zone, and ms since the attempt was published.

Examples:
  $ permit-gate trace 3f2a9c0d1e4b5a67
  $ TZ=UTC permit-gate trace 3f2a9c0d1e4b5a67`,
    )
    .action(async (planId: string, options: WatchOptions) => {
      const api = ApiClient.of(options);
      const { traceText } = await import('../api/trace.js');
      await show(options, async () => {
        const params = { path: { planId } };
        const answer = await api.ask((calls) => calls.GET('/api/v1/plans/{planId}', { params }));
        return { answer, text: traceText(answer) };
      });
    });
}
