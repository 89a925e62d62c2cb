import type { Command } from 'commander';
import type { components } from '../../client/api.generated.js';
import type { Seen } from '../api/reading.js';
import { ApiClient, type ApiOptions, withApiOptions } from '../api/client.js';
import { given, limitOf } from '../given.js';
import { showOnce } from '../watch.js';

interface ListOptions extends ApiOptions {
  readonly limit?: number;
  readonly cursor?: string;
}

interface SettleOptions extends ApiOptions {
  readonly reason: string;
}

type Settled = components['schemas']['DeadLetterAnswer'] | components['schemas']['ReplayedAnswer'];

const SETTLING = [
  {
    name: 'replay',
    description: 'let the group that dead-lettered the entry handle it once more (admin)',
    example: 'replay 1790000000000-0 --reason "the key that made it fail is repaired"',
  },
  {
    name: 'discard',
    description: 'mark it as settled; its entry is not handled again (admin)',
    example: 'discard 1790000000000-0 --reason "written by a test"',
  },
] as const;

/** The entries that the roles dead-lettered, and what an operator decides about them. */
export function addDeadLetters(program: Command): void {
  const deadLetters = program
    .command('dead-letters')
    .description('entries that could not be read or handled: list, show, replay, discard');

  withApiOptions(deadLetters.command('list', { isDefault: true }))
    .description('the dead letters, newest first')
    .option('--limit <count>', 'how many', limitOf)
    .option('--cursor <cursor>', 'continue after an earlier page')
    .addHelpText('after', '\nExample:\n  $ permit-gate dead-letters --limit 10')
    .action(async ({ limit, cursor, ...options }: ListOptions) => {
      const query = given({ limit, cursor });
      const answer = await ApiClient.of(options).ask((calls) =>
        calls.GET('/api/v1/dead-letters', { params: { query } }),
      );
      const { deadLettersText } = await import('../api/dead-letters.js');
      await showOnce(options, answer, () => deadLettersText(answer));
    });

  withApiOptions(deadLetters.command('show'))
    .description('one dead letter with its fields')
    .argument('<id>')
    .addHelpText('after', '\nExample:\n  $ permit-gate dead-letters show 1790000000000-0')
    .action(async (id: string, options: ApiOptions) => {
      const params = { path: { id } };
      const answer = await ApiClient.of(options).ask((calls) => calls.GET('/api/v1/dead-letters/{id}', { params }));
      await printDeadLetter(answer, options);
    });

  for (const { name, description, example } of SETTLING) {
    withApiOptions(deadLetters.command(name))
      .description(description)
      .argument('<id>')
      .requiredOption('--reason <text>', 'why; it is audited')
      .addHelpText('after', `\nExample:\n  $ permit-gate dead-letters ${example}`)
      .action(async (id: string, options: SettleOptions) => {
        const call = { params: { path: { id } }, body: { reason: options.reason } };
        const answer = await ApiClient.of(options).ask<Settled>((calls) =>
          calls.POST(`/api/v1/dead-letters/{id}/${name}`, call),
        );
        await printDeadLetter(answer, options);
      });
  }
}

async function printDeadLetter(deadLetter: Seen<Settled>, options: ApiOptions): Promise<void> {
  const { deadLetterText } = await import('../api/dead-letters.js');
  await showOnce(options, deadLetter, () => deadLetterText(deadLetter));
}
