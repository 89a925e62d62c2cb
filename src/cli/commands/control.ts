import type { Command } from 'commander';
import { missingReplicas } from '../api/missing-replicas.js';
import { type Answer, ApiClient, type ApiOptions, withApiOptions } from '../api/client.js';

interface ControlOptions extends ApiOptions {
  readonly reason: string;
}

interface ControlCommand {
  readonly name: string;
  readonly description: string;
  readonly call: (api: ApiClient, reason: string) => Promise<Answer>;
  readonly message: (answer: Answer) => string;
}

const COMMANDS: readonly ControlCommand[] = [
  {
    name: 'release',
    description: 'release the kill switch (admin)',
    call: (api, reason) => api.put('/kill-switch', { engaged: false, reason }),
    message: () => 'The kill switch is released.',
  },
  {
    name: 'arm',
    description: "let plans be carried out again; lifts the Governor's own disarm too (admin)",
    call: (api, reason) => api.post('/arm', { reason }),
    message: () => 'The system is armed.',
  },
  {
    name: 'disarm',
    description: 'make every plan from now on a dry run, until an admin arms',
    call: (api, reason) => api.post('/disarm', { reason }),
    message: (answer) =>
      ['The system is disarmed: plans are dry runs until it is armed.', ...missingReplicas(answer)].join('\n'),
  },
];

/** Releasing, arming and disarming. */
export function addControl(program: Command): void {
  for (const { name, description, call, message } of COMMANDS) {
    withApiOptions(program.command(name))
      .description(description)
      .requiredOption('--reason <text>', 'why; it is audited')
      .addHelpText('after', `\nExample:\n  $ permit-gate ${name} --reason "ticket 4711" --token-file admin.token`)
      .action(async (options: ControlOptions) => {
        const answer = await call(ApiClient.of(options), options.reason);
        const { print, printJson } = await import('../terminal.js');
        if (options.json === true) printJson(answer);
        else print(message(answer));
      });
  }
}
