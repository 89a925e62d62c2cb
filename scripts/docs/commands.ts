import type { Command } from 'commander';
import { createProgram } from '../../src/cli/program.js';
import { generatedFrom, table } from './table.js';

/** docs/commands.md: every command with what it does, as `--help` says. */
export function renderCommandsPage(): string {
  const program = createProgram();
  const groups = [...new Set(program.commands.map((command) => command.helpGroup()))];
  const sections = groups.map((group) => {
    const commands = program.commands.filter((command) => command.helpGroup() === group);
    const rows = commands.flatMap((command) => leaves(command, [])).map(({ usage, says }) => [`\`${usage}\``, says]);
    return `## ${group.replace(/:$/, '')}\n\n${table(['command', 'what it does'], rows)}\n`;
  });
  return `# Commands

${generatedFrom('src/cli/commands')}

\`permit-gate <command> --help\` shows the options and an example of each. Commands that call a running deployment take \`--url\`,
\`--token-file\` and \`--json\`; those with \`--watch\` show it again every 2 s. Exit codes: 0 fine, 1 the thing checked does not hold,
2 wrong usage, 69 a needed service is unreachable, 78 configuration fault. [operations.md](operations.md) says which one to use when.

${sections.join('\n')}`;
}

interface Leaf {
  readonly usage: string;
  readonly says: string;
}

function leaves(command: Command, path: readonly string[]): Leaf[] {
  const names = [...path, command.name()];
  if (command.commands.length > 0) return command.commands.flatMap((each) => leaves(each, names));
  const parts = command.registeredArguments.map((each) => (each.required ? `<${each.name()}>` : `[${each.name()}]`));
  const needed = command.options.filter((option) => option.mandatory).map((option) => option.flags);
  const watch = command.options.some((option) => option.long === '--watch') ? ['[--watch]'] : [];
  return [{ usage: [...names, ...parts, ...needed, ...watch].join(' '), says: command.description() }];
}
