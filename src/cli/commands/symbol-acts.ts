import type { Command } from 'commander';
import { type Answer, ApiClient, type ApiOptions, withApiOptions } from '../api/client.js';
import { object, objects, text } from '../api/reading.js';

interface ActOptions extends ApiOptions {
  readonly reason: string;
}

interface SymbolAct {
  readonly name: string;
  readonly description: string;
  readonly example: string;
  readonly call: (api: ApiClient, symbol: string, reason: string) => Promise<Answer>;
  readonly message: (answer: Answer) => string;
}

const path = (symbol: string): string => encodeURIComponent(symbol);

const ACTS: readonly SymbolAct[] = [
  {
    name: 'hold',
    description: 'hold a symbol: no order of it until the hold is lifted or the symbol is reconciled',
    example: 'hold BTCUSDT --reason "strange fills"',
    call: (api, symbol, reason) => api.put(`/positions/${path(symbol)}/hold`, { reason }),
    message: (answer) => `${text(object(answer['hold'])['symbol'])} is on hold.`,
  },
  {
    name: 'unhold',
    description: 'lift the hold of a symbol, also one that cannot be read',
    example: 'unhold BTCUSDT --reason "fills explained, ticket 4711"',
    call: (api, symbol, reason) => api.delete(`/positions/${path(symbol)}/hold`, { reason }),
    message: (answer) => `The hold of ${text(answer['symbol'])} is lifted.`,
  },
  {
    name: 'suspend',
    description: 'take a symbol out of the allowlist at run time: when this returns 0, no further order of it is sent',
    example: 'suspend BTCUSDT --reason "delisting announced"',
    call: (api, symbol, reason) => api.delete(`/allowlist/${path(symbol)}`, { reason }),
    message: suspendedText,
  },
  {
    name: 'allow',
    description: 'allow a suspended symbol again, within the allowlists of the configuration (admin)',
    example: 'allow BTCUSDT --reason "delisting postponed" --token-file admin.token',
    call: (api, symbol, reason) => api.put(`/allowlist/${path(symbol)}`, { reason }),
    message: (answer) =>
      `${text(answer['symbol'])} ${answer['changed'] === true ? 'is allowed again' : 'was not suspended'}.`,
  },
];

/** What an operator does about one symbol. */
export function addSymbolActs(program: Command): void {
  for (const { name, description, example, call, message } of ACTS) {
    withApiOptions(program.command(name))
      .description(description)
      .argument('<symbol>', 'in any case')
      .requiredOption('--reason <text>', 'why; it is audited')
      .addHelpText('after', `\nExample:\n  $ permit-gate ${example}`)
      .action(async (symbol: string, options: ActOptions) => {
        const answer = await call(ApiClient.of(options), symbol, options.reason);
        const { print, printJson } = await import('../terminal.js');
        if (options.json === true) printJson(answer);
        else print(message(answer));
      });
  }
}

function suspendedText(answer: Answer): string {
  const { by, at_ms: atMs, reason } = object(answer['suspension']);
  const since = new Date(Number(atMs)).toISOString();
  const first =
    answer['changed'] === true
      ? `${text(answer['symbol'])} is suspended: no further order of it is sent.`
      : `${text(answer['symbol'])} was suspended already, by ${text(by)} since ${since}: ${text(reason)}.`;
  const orders = objects(answer['in_flight']).map(
    (plan) =>
      `  In flight at that moment: plan ${text(plan['plan_id'])} ${text(plan['side'])} ${text(plan['quantity'])} (${text(plan['settled'])}, now ${text(plan['state'])})`,
  );
  return [first, ...orders].join('\n');
}
