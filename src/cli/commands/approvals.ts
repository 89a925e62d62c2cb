import type { Command } from 'commander';
import { ApiClient, type ApiOptions, withApiOptions } from '../api/client.js';
import { show, showOnce, type WatchOptions, withWatch } from '../watch.js';

interface AnswerOptions extends ApiOptions {
  readonly reason: string;
}

/** The plans that wait for a person, and the two answers to one. */
export function addApprovals(program: Command): void {
  withWatch(withApiOptions(program.command('approvals')))
    .description('the plans that wait for the approval of a person, and what each would do')
    .addHelpText('after', '\nExamples:\n  $ permit-gate approvals\n  $ permit-gate approvals --watch')
    .action(async (options: WatchOptions) => {
      const api = ApiClient.of(options);
      const { approvalsText } = await import('../api/approvals.js');
      await show(options, async () => {
        const answer = await api.ask((calls) => calls.GET('/api/v1/approvals'));
        return { answer, text: approvalsText(answer) };
      });
    });
  addAnswer(
    program,
    'approve',
    'give a plan that waits its next attempt; every check runs again (operator)',
    'seen it',
  );
  addAnswer(program, 'reject', 'end a plan that waits; its proposal stays rejected (operator)', 'the signal is wrong');
}

function addAnswer(program: Command, decision: 'approve' | 'reject', description: string, because: string): void {
  withApiOptions(program.command(decision))
    .description(description)
    .argument('<planId>')
    .requiredOption('--reason <text>', 'why; it is audited')
    .addHelpText('after', `\nExample:\n  $ permit-gate ${decision} 3f2a9c0d1e4b5a67 --reason "${because}"`)
    .action(async (planId: string, options: AnswerOptions) => {
      const body = { decision, reason: options.reason };
      const answer = await ApiClient.of(options).ask((calls) =>
        calls.POST('/api/v1/approvals/{planId}', { params: { path: { planId } }, body }),
      );
      const { answeredText } = await import('../api/approvals.js');
      await showOnce(options, answer, () => answeredText(answer));
    });
}
