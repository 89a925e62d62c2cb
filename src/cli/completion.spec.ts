import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { completionScript } from './completion.js';
import { createProgram } from './program.js';

const program = createProgram();
const bash = completionScript(program, 'bash');

/** What bash offers for the last word of a command line. */
function offered(...words: string[]): string[] {
  const line = ['permit-gate', ...words].map((word) => `'${word}'`).join(' ');
  const script = `${bash}\nCOMP_WORDS=(${line}); COMP_CWORD=${words.length}; _permit_gate; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr, status } = spawnSync('bash', ['--norc', '-u', '-c', script], { encoding: 'utf8' });
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  return stdout.split('\n').filter((word) => word !== '');
}

describe('the completion of bash', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ['commands', ['su'], ['suspend']],
    [
      'commands that begin alike',
      ['re'],
      program.commands.map((each) => each.name()).filter((name) => name.startsWith('re')),
    ],
    ['a command of a command', ['streams', 'sk'], ['skip']],
    ['options', ['close', 'BTCUSDT', '--p'], ['--pct']],
    ['options of a command of a command', ['streams', 'skip', 'apply.plan', '--fo'], ['--force']],
    ['options after one that takes a value', ['close', '--url', 'x', '--al'], ['--all']],
    ['the value of an option by file names alone', ['close', '--token-file', ''], []],
  ])('offers %s', (_what, words, expected) => expect(offered(...words).toSorted()).toEqual(expected.toSorted()));

  it('offers every command, and takes no value for a command', () => {
    const commands = program.commands.map((command) => command.name());
    expect(offered('')).toEqual(expect.arrayContaining(commands));
    expect(offered('kill', '--reason', 'streams', '--js')).toEqual(['--json']);
  });
});

it.each(['zsh', 'fish'] as const)('the completion of %s names every command with its options', (shell) => {
  const script = completionScript(program, shell);
  for (const command of program.commands) expect(script).toContain(command.name());
  expect(script).toContain(shell === 'zsh' ? '#compdef permit-gate' : 'complete -c permit-gate');
  expect(script).toContain(shell === 'zsh' ? '--expected' : '-l expected -r');
});
