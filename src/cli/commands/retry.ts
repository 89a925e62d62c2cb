import type { Command } from 'commander';
import { ApiClient, type ApiOptions, withApiOptions } from '../api/client.js';
import { text } from '../api/reading.js';
import { showOnce } from '../watch.js';

interface RetryOptions extends ApiOptions {
  readonly reason: string;
}

export function addRetry(program: Command): void {
  withApiOptions(program.command('retry'))
    .description('one more attempt of a plan that ended for a passing reason, if its proposal still stands')
    .argument('<planId>')
    .requiredOption('--reason <text>', 'why; it is audited')
    .addHelpText(
      'after',
      `
Exits 1, and says why, if there is no other attempt: executed, open, ended for good, or its proposal is gone or too old.
Example:
  $ permit-gate retry 3f2a9c0d1e4b5a67 --reason "the exchange answers again"`,
    )
    .action(async (planId: string, options: RetryOptions) => {
      const given = { params: { path: { planId } }, body: { reason: options.reason } };
      const answer = await ApiClient.of(options).ask((calls) => calls.POST('/api/v1/plans/{planId}/retry', given));
      const [plan, attempt] = [text(answer.plan_id), text(answer.attempt)];
      await showOnce(options, answer, () =>
        answer.outcome === 'published'
          ? `Attempt ${attempt} of plan ${plan} is published. permit-gate trace ${plan} shows its result.`
          : `Attempt ${attempt} of plan ${plan} is due. No process of Apply has taken it up yet: is one running?`,
      );
    });
}
