import type { Command } from 'commander';
import { EXIT } from '../exit.js';

const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const INTERRUPTED = 130;

interface DemoOptions {
  readonly exit?: boolean;
  readonly json?: boolean;
}

export function addDemo(program: Command): void {
  program
    .command('demo')
    .description(
      'show and check the whole system on this machine: private Redis, paper exchange, every kind of refusal',
    )
    .option('--exit', 'end after the last scene: exit code 0 when all came out as they must, else 1')
    .option('--json', 'print a summary as JSON on stdout; the story goes to stderr')
    .addHelpText(
      'after',
      `
It needs redis-server on the PATH, takes less than a minute, uses ports of its own and leaves nothing behind.

Examples:
  $ permit-gate demo
  $ permit-gate demo --exit --json`,
    )
    .action(runDemo);
}

class Interrupted extends Error {}

async function runDemo(options: DemoOptions): Promise<void> {
  const { Belongings } = await import('../demo/belongings.js');
  const { playDemo } = await import('../demo/demo.js');
  const { PersonNarrator } = await import('../demo/narrator.js');
  const { printJson } = await import('../terminal.js');
  const interrupted = new Promise<never>((_resolve, reject) => {
    for (const signal of STOP_SIGNALS) process.on(signal, () => reject(new Interrupted(signal)));
  });
  interrupted.catch(() => undefined);
  const narrator = new PersonNarrator(options.json === true ? process.stderr : process.stdout);
  const belongings = new Belongings('demo');
  let exitCode: number = INTERRUPTED;
  try {
    narrator.opening();
    const outcome = await Promise.race([playDemo(belongings, narrator), interrupted]);
    exitCode = outcome.holds ? EXIT.ok : EXIT.notHolding;
    narrator.figures(outcome.figures);
    narrator.verdict(outcome);
    if (options.json === true) printJson(outcome);
    if (options.exit !== true && outcome.holds) {
      narrator.whereNext(outcome);
      // The timer keeps the process up while nothing else does.
      const awake = setInterval(() => undefined, 60_000);
      await interrupted.finally(() => clearInterval(awake));
    }
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
  } finally {
    await belongings.release();
  }
  // What still waits for the world that is gone must not keep the process.
  process.exit(exitCode);
}
