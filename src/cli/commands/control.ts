import type { Command } from 'commander';
import { type Answer, ApiClient, type ApiOptions, withApiOptions } from '../api/client.js';
import { objects, text } from '../api/reading.js';

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
    name: 'kill',
    description: 'engage the kill switch: when this returns, no further order is sent by any process',
    call: (api, reason) => api.put('/kill-switch', { engaged: true, reason }),
    message: (answer) =>
      ['The kill switch is engaged: no further order is sent.', ...missingReplicas(answer), ...inFlight(answer)].join(
        '\n',
      ),
  },
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

/** Kill switch and arm state. */
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

function missingReplicas(answer: Answer): string[] {
  const missing = text(answer['missing_replicas'] ?? '');
  return missing === ''
    ? []
    : [`A failover of Redis now could lose it: ${missing}. Repair the replica and repeat the call.`];
}

function inFlight(answer: Answer): string[] {
  return objects(answer['in_flight']).map(
    (plan) =>
      `In flight at that moment: plan ${text(plan['plan_id'])} ${text(plan['symbol'])} ${text(plan['side'])} ${text(plan['quantity'])} (${text(plan['settled'])}, now ${text(plan['state'])})`,
  );
}
