import { CommandFailure, EXIT } from '../../src/cli/exit.js';
import { ChildProcesses } from './child-processes.js';
import { TempResources } from './temp-resources.js';

const INTERRUPTED = 130;
const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** A program of this repository beside the product: chaos, bench, demo. */
export interface Command<Options> {
  readonly usage: string;
  /** Throws a sentence that says what is wrong with the arguments. */
  readOptions(argv: readonly string[]): Options | 'help';
  /** Returns the exit code. `interrupted` resolves when the user ends the command; `run` is then not waited for. */
  run(options: Options, interrupted: Promise<unknown>): Promise<number>;
}

/** Runs a command from its arguments to its exit code. In the end its processes have ended and its temporary folders are gone. */
export async function runCommand<Options>(argv: readonly string[], command: Command<Options>): Promise<number> {
  let options: Options | 'help';
  try {
    options = command.readOptions(argv);
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n\n${command.usage}\n`);
    return EXIT.usage;
  }
  if (options === 'help') {
    process.stdout.write(`${command.usage}\n`);
    return EXIT.ok;
  }
  const interrupted = new Promise<number>((resolve) => {
    for (const signal of STOP_SIGNALS) process.on(signal, () => resolve(INTERRUPTED));
  });
  try {
    return await Promise.race([command.run(options, interrupted), interrupted]);
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    process.stderr.write(`${error.message}\n`);
    return error.exitCode;
  } finally {
    await TempResources.releaseAll();
    await ChildProcesses.killEverything();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
