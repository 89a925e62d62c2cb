import type { Command } from 'commander';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** The words that may follow a command: its commands and its options. */
interface Level {
  /** The names of the commands up to here, without the program's; `""` for the program itself. */
  readonly path: string;
  readonly commands: readonly Word[];
  readonly options: readonly Word[];
  /** Options of it that take a value. */
  readonly valued: readonly string[];
}

interface Word {
  readonly word: string;
  readonly description: string;
}

/** A script that completes the commands and options of a program. */
export function completionScript(program: Command, shell: Shell): string {
  const levels = levelsOf(program, []);
  switch (shell) {
    case 'bash':
      return bash(program.name(), levels);
    case 'zsh':
      return `#compdef ${program.name()}\nautoload -U +X bashcompinit && bashcompinit\n${bash(program.name(), levels)}`;
    case 'fish':
      return fish(program.name(), levels);
  }
  return shell satisfies never;
}

function levelsOf(command: Command, path: readonly string[]): Level[] {
  const help = command.createHelp();
  const commands = help.visibleCommands(command);
  const options = help.visibleOptions(command);
  const own: Level = {
    path: path.join(' '),
    commands: commands.map((each) => ({ word: each.name(), description: each.description() })),
    options: options.map(({ long, short, description }) => ({ word: long ?? short ?? '', description })),
    valued: options.filter(({ required, optional }) => required || optional).map(({ long }) => long ?? ''),
  };
  return [own, ...commands.flatMap((each) => (each.name() === 'help' ? [] : levelsOf(each, [...path, each.name()])))];
}

/** Single quotes: nothing in them is expanded. */
const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

function bash(name: string, levels: readonly Level[]): string {
  const cases = levels.map(({ path, commands, options, valued }) => {
    const words = [...commands, ...options].map(({ word }) => word).join(' ');
    return `    ${quoted(path)}) words=${quoted(words)} subs=${quoted(` ${commands.map(({ word }) => word).join(' ')} `)} valued=${quoted(` ${valued.join(' ')} `)} ;;`;
  });
  return `_permit_gate_level() {
  case "$1" in
${cases.join('\n')}
    *) return 1 ;;
  esac
}
_permit_gate() {
  local current="\${COMP_WORDS[COMP_CWORD]}" level='' words='' subs='' valued='' at word
  COMPREPLY=()
  _permit_gate_level ''
  for ((at = 1; at < COMP_CWORD; at++)); do
    word="\${COMP_WORDS[at]}"
    if [[ "$subs" == *" $word "* ]]; then
      level="\${level:+$level }$word"
      _permit_gate_level "$level"
    fi
  done
  # The value of an option is completed as a file name.
  [[ "$valued" == *" \${COMP_WORDS[COMP_CWORD - 1]} "* ]] && return
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _permit_gate ${name}
`;
}

function fish(name: string, levels: readonly Level[]): string {
  const lines = levels.flatMap(({ path, commands, options, valued }) => {
    const [first, ...rest] = path.split(' ').filter((word) => word !== '');
    const seen = [first, ...rest]
      .filter((word) => word !== undefined)
      .map((word) => `__fish_seen_subcommand_from ${word}`);
    const inLevel = seen.length === 0 ? '__fish_use_subcommand' : seen.join('; and ');
    const none = commands.map(({ word }) => word).join(' ');
    const forCommands = seen.length === 0 ? inLevel : `${inLevel}; and not __fish_seen_subcommand_from ${none}`;
    return [
      ...commands.map(
        ({ word, description }) =>
          `complete -c ${name} -f -n ${quoted(forCommands)} -a ${word} -d ${quoted(description)}`,
      ),
      ...options.flatMap(({ word, description }) => {
        if (!word.startsWith('--')) return [];
        const value = valued.includes(word) ? ' -r' : '';
        return [`complete -c ${name} -n ${quoted(inLevel)} -l ${word.slice(2)}${value} -d ${quoted(description)}`];
      }),
    ];
  });
  return `${lines.join('\n')}\n`;
}
