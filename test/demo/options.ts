import { parseArgs } from 'node:util';

export interface DemoOptions {
  readonly exit: boolean;
  readonly json: boolean;
}

export const USAGE = `npm run demo -- [options]

Shows and checks the whole system on this machine: private Redis, paper exchange, every kind of refusal.
It needs redis-server on the PATH, takes less than a minute, uses ports of its own and leaves nothing behind.

  --exit   end after the last scene: exit code 0 if every scene passed, else 1
  --json   print a summary as JSON on stdout; the story goes to stderr
  --help`;

/** Throws a sentence that says what is wrong with the command line. */
export function readOptions(argv: readonly string[]): DemoOptions | 'help' {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      exit: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  return values.help ? 'help' : { exit: values.exit, json: values.json };
}
