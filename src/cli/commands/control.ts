import type { Command } from 'commander';
import type { Schema } from '../api/reading.js';
import { missingReplicas } from '../api/missing-replicas.js';
import { ApiClient, type ApiOptions, withApiOptions } from '../api/client.js';
import { showOnce } from '../watch.js';

interface ControlOptions extends ApiOptions {
  readonly reason: string;
}

type Controlled = Schema<'KillSwitchSetAnswer'> | Schema<'ArmSetAnswer'>;

interface ControlCommand {
  readonly name: string;
  readonly description: string;
  readonly call: (api: ApiClient, reason: string) => Promise<Controlled>;
  readonly message: (answer: Controlled) => string;
}

const COMMANDS: readonly ControlCommand[] = [
  {
    name: 'release',
    description: 'release the kill switch (admin)',
    call: (api, reason) => api.ask((calls) => calls.PUT('/api/v1/kill-switch', { body: { engaged: false, reason } })),
    message: () => 'The kill switch is released.',
  },
  {
    name: 'arm',
    description: "let plans be carried out again; lifts the Governor's own disarm too (admin)",
    call: (api, reason) => api.ask((calls) => calls.POST('/api/v1/arm', { body: { reason } })),
    message: () => 'The system is armed.',
  },
  {
    name: 'disarm',
    description: 'make every plan from now on a dry run, until an admin arms',
    call: (api, reason) => api.ask((calls) => calls.POST('/api/v1/disarm', { body: { reason } })),
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
        await showOnce(options, answer, () => message(answer));
      });
  }
}
