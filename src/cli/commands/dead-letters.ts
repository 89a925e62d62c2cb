import type { Command } from 'commander';
import { type Answer, ApiClient, type ApiOptions, withApiOptions } from '../api/client.js';

interface ListOptions extends ApiOptions {
  readonly limit?: string;
  readonly cursor?: string;
}

interface SettleOptions extends ApiOptions {
  readonly reason: string;
}

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
    .option('--limit <count>', 'how many')
    .option('--cursor <cursor>', 'continue after an earlier page')
    .addHelpText('after', '\nExample:\n  $ permit-gate dead-letters --limit 10')
    .action(async (options: ListOptions) => {
      const query = new URLSearchParams();
      for (const name of ['limit', 'cursor'] as const) {
        const value = options[name];
        if (value !== undefined) query.set(name, value);
      }
      const answer = await ApiClient.of(options).get(`/dead-letters?${query.toString()}`);
      const { printJson, print } = await import('../terminal.js');
      if (options.json === true) return printJson(answer);
      const { deadLettersText } = await import('../api/dead-letters.js');
      print(deadLettersText(answer));
    });

  withApiOptions(deadLetters.command('show'))
    .description('one dead letter with its fields')
    .argument('<id>')
    .addHelpText('after', '\nExample:\n  $ permit-gate dead-letters show 1790000000000-0')
    .action(async (id: string, options: ApiOptions) => {
      await printDeadLetter(await ApiClient.of(options).get(`/dead-letters/${encodeURIComponent(id)}`), options);
    });

  for (const { name, description, example } of SETTLING) {
    withApiOptions(deadLetters.command(name))
      .description(description)
      .argument('<id>')
      .requiredOption('--reason <text>', 'why; it is audited')
      .addHelpText('after', `\nExample:\n  $ permit-gate dead-letters ${example}`)
      .action(async (id: string, options: SettleOptions) => {
        const path = `/dead-letters/${encodeURIComponent(id)}/${name}`;
        await printDeadLetter(await ApiClient.of(options).post(path, { reason: options.reason }), options);
      });
  }
}

async function printDeadLetter(deadLetter: Answer, options: ApiOptions): Promise<void> {
  const { printJson, print } = await import('../terminal.js');
  if (options.json === true) return printJson(deadLetter);
  const { deadLetterText } = await import('../api/dead-letters.js');
  print(deadLetterText(deadLetter));
}
