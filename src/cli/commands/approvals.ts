import type { Command } from 'commander';
import { ApiClient, type ApiOptions, withApiOptions } from '../api/client.js';

interface AnswerOptions extends ApiOptions {
  readonly reason: string;
}

/** The plans that wait for a person, and the two answers to one. */
export function addApprovals(program: Command): void {
  withApiOptions(program.command('approvals'))
    .description('the plans that wait for the approval of a person, and what each would do')
    .addHelpText('after', '\nExample:\n  $ permit-gate approvals')
    .action(async (options: ApiOptions) => {
      const answer = await ApiClient.of(options).get('/approvals');
      const { print, printJson } = await import('../terminal.js');
      if (options.json === true) return printJson(answer);
      const { approvalsText } = await import('../api/approvals.js');
      print(approvalsText(answer));
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
      const { reason } = options;
      const body = { decision, reason };
      const answer = await ApiClient.of(options).post(`/approvals/${encodeURIComponent(planId)}`, body);
      const { print, printJson } = await import('../terminal.js');
      if (options.json === true) return printJson(answer);
      const { answeredText } = await import('../api/approvals.js');
      print(answeredText(answer));
    });
}
