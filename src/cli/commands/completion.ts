import { Argument, type Command } from 'commander';
import { completionScript, type Shell, SHELLS } from '../completion.js';

export function addCompletion(program: Command): void {
  program
    .command('completion')
    .description('print a script that completes commands and options in a shell')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .addHelpText(
      'after',
      `
Examples:
  $ source <(permit-gate completion bash)
  $ permit-gate completion fish > ~/.config/fish/completions/permit-gate.fish`,
    )
    .action((shell: Shell) => void process.stdout.write(completionScript(program, shell)));
}
