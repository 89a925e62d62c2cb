import type { Command } from 'commander';
import { ApiClient, type ApiOptions, withApiOptions } from '../api/client.js';
import { objects, type Schema, text } from '../api/reading.js';
import { instant } from '../api/times.js';
import { showOnce } from '../watch.js';

interface ActOptions extends ApiOptions {
  readonly reason: string;
}

/** The path and body of every act. */
type Given = {
  readonly params: { readonly path: { readonly symbol: string } };
  readonly body: { readonly reason: string };
};

interface Act {
  readonly answer: object;
  readonly text: string;
}

interface SymbolAct {
  readonly name: string;
  readonly description: string;
  readonly example: string;
  readonly carryOut: (api: ApiClient, given: Given) => Promise<Act>;
}

const ACTS: readonly SymbolAct[] = [
  {
    name: 'hold',
    description: 'hold a symbol: no order of it until the hold is lifted or the symbol is reconciled',
    example: 'hold BTCUSDT --reason "strange fills"',
    carryOut: async (api, given) => {
      const answer = await api.ask((calls) => calls.PUT('/api/v1/positions/{symbol}/hold', given));
      return { answer, text: `${text(answer.hold?.symbol)} is on hold.` };
    },
  },
  {
    name: 'unhold',
    description: 'lift the hold of a symbol, also one that cannot be read',
    example: 'unhold BTCUSDT --reason "fills explained, ticket 4711"',
    carryOut: async (api, given) => {
      const answer = await api.ask((calls) => calls.DELETE('/api/v1/positions/{symbol}/hold', given));
      return { answer, text: `The hold of ${text(answer.symbol)} is lifted.` };
    },
  },
  {
    name: 'suspend',
    description: 'take a symbol out of the allowlist at run time: when this returns 0, no further order of it is sent',
    example: 'suspend BTCUSDT --reason "delisting announced"',
    carryOut: async (api, given) => {
      const answer = await api.ask((calls) => calls.DELETE('/api/v1/allowlist/{symbol}', given));
      return { answer, text: suspendedText(answer) };
    },
  },
  {
    name: 'allow',
    description: 'allow a suspended symbol again, within the allowlists of the configuration (admin)',
    example: 'allow BTCUSDT --reason "delisting postponed" --token-file admin.token',
    carryOut: async (api, given) => {
      const answer = await api.ask((calls) => calls.PUT('/api/v1/allowlist/{symbol}', given));
      return {
        answer,
        text: `${text(answer.symbol)} ${answer.changed === true ? 'is allowed again' : 'was not suspended'}.`,
      };
    },
  },
];

/** What an operator does about one symbol. */
export function addSymbolActs(program: Command): void {
  for (const { name, description, example, carryOut } of ACTS) {
    withApiOptions(program.command(name))
      .description(description)
      .argument('<symbol>', 'in any case')
      .requiredOption('--reason <text>', 'why; it is audited')
      .addHelpText('after', `\nExample:\n  $ permit-gate ${example}`)
      .action(async (symbol: string, options: ActOptions) => {
        const given = { params: { path: { symbol } }, body: { reason: options.reason } };
        const act = await carryOut(ApiClient.of(options), given);
        await showOnce(options, act.answer, () => act.text);
      });
  }
}

function suspendedText(answer: Schema<'SuspendedAnswer'>): string {
  const { by, at_ms: atMs, reason } = answer.suspension ?? {};
  const since = instant(atMs);
  const first =
    answer.changed === true
      ? `${text(answer.symbol)} is suspended: no further order of it is sent.`
      : `${text(answer.symbol)} was suspended already, by ${text(by)} since ${since}: ${text(reason)}.`;
  const orders = objects(answer.in_flight).map(
    (plan) =>
      `  In flight at that moment: plan ${text(plan.plan_id)} ${text(plan.side)} ${text(plan.quantity)} (${text(plan.settled)}, now ${text(plan.state)})`,
  );
  return [first, ...orders].join('\n');
}
