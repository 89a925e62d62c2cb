import { Command } from 'commander';
import { addServe } from './commands/serve.js';

/** `permit-gate <command>`. */
export function createProgram(): Command {
  const program = new Command('permit-gate');
  program.description('A two-key execution gate for Binance USD-M futures').showHelpAfterError();
  addServe(program);
  return program;
}
