import { type Command, InvalidArgumentError } from 'commander';
import { ApiClient, type ApiOptions, type EventsQuery, withApiOptions } from '../api/client.js';

interface EventsOptions extends ApiOptions {
  readonly follow?: boolean;
  readonly last: number;
  readonly symbol?: readonly string[];
  readonly type?: EventsQuery['type'];
}

const listed = (value: string, before: readonly string[] = []): readonly string[] => [...before, ...value.split(',')];

export function addEvents(program: Command): void {
  withApiOptions(program.command('events'))
    .description('what happens: plans, permits, orders, results, control, holds, fleet')
    .option('-f, --follow', 'go on with what happens from now on, also over a lost connection')
    .option('-n, --last <number>', 'how many of the newest events come first, 0 to 500', countOf, 50)
    .option('--symbol <symbol>', 'only these, in any case; repeatable', listed)
    .option('--type <type>', 'only these, such as order.sent; repeatable', listed)
    .addHelpText(
      'after',
      `
Times are UTC. --json prints one JSON object a line. Notices about the connection go to stderr.

Examples:
  $ permit-gate events --symbol BTCUSDT --type permit.denied
  $ permit-gate events --follow --json | jq -c 'select(.type == "order.sent")'`,
    )
    .action(async ({ follow = false, last, symbol = [], type = [], ...options }: EventsOptions) => {
      const { followEvents } = await import('../api/event-stream.js');
      const { eventText } = await import('../api/events.js');
      const { print, terminalText } = await import('../terminal.js');
      const { printableJson } = await import('../../flow/0-outside-text.js');
      await followEvents(ApiClient.of(options), {
        query: { last, symbol: [...symbol], type: [...type] },
        follow,
        onEvent: (event) => {
          if (options.json === true) process.stdout.write(`${printableJson(JSON.stringify(event))}\n`);
          else print(eventText(event));
        },
        onNotice: (text) => void process.stderr.write(terminalText(text)),
      });
    });
}

function countOf(value: string): number {
  const count = Number(value);
  if (/^\d{1,3}$/.test(value) && count <= 500) return count;
  throw new InvalidArgumentError('a number from 0 to 500 is needed.');
}
