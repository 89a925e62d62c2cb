import { CommanderError } from 'commander';
import { ConfigurationError } from '../config/fault.js';
import { printableLines } from '../flow/0-outside-text.js';
import { RedisRefused, RedisUnavailable } from '../redis/connection/redis.errors.js';
import { CommandFailure, EXIT } from './exit.js';
import { createProgram } from './program.js';

/** Runs one command line and returns its exit code. Errors are printed on stderr. */
export async function run(argv: readonly string[]): Promise<number> {
  try {
    await createProgram().parseAsync([...argv]);
    return Number(process.exitCode ?? EXIT.ok);
  } catch (error) {
    // Commander has already printed the usage error.
    if (error instanceof CommanderError) return error.code === 'commander.help' ? EXIT.usage : usageCode(error);
    const { exitCode, message } = failureOf(error);
    process.stderr.write(`${printableLines(message)}\n`);
    return exitCode;
  }
}

const usageCode = ({ exitCode }: CommanderError): number => (exitCode === 0 ? EXIT.ok : EXIT.usage);

function failureOf(error: unknown): { readonly exitCode: number; readonly message: string } {
  if (error instanceof CommandFailure) return error;
  if (error instanceof ConfigurationError) return { exitCode: EXIT.configuration, message: error.message };
  if (error instanceof RedisUnavailable)
    return { exitCode: EXIT.unreachable, message: `Redis did not answer: ${error.message}` };
  if (error instanceof RedisRefused)
    return {
      exitCode: EXIT.configuration,
      message: `Redis refused: ${error.message}. Give this user that right.`,
    };
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { exitCode: EXIT.notHolding, message: `The command failed unexpectedly: ${detail}` };
}
