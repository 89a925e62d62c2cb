import { looksSecret, printable } from '../../../flow/0-outside-text.js';
import { EXIT, type ExitCode } from '../../exit.js';
import { colour, table } from '../../terminal.js';
import type { Comparison, NewLine } from './compare.js';
import type { Difference, DifferenceKind } from './difference.js';

const WORDS: Readonly<Record<DifferenceKind, string>> = {
  same: 'as it is',
  format: 'format',
  given_twice: 'given twice',
  renamed: 'renamed',
  other_meaning: 'other meaning',
  no_counterpart: 'no counterpart',
  not_allowed: 'not allowed',
  unknown: 'unknown',
  other_default: 'other default',
  needed: 'needed',
};

/** 1 when something must be changed before `serve` can use the old files. */
export function exitCodeOf({ differences }: Comparison): ExitCode {
  return differences.some(({ mustChange }) => mustChange) ? EXIT.notHolding : EXIT.ok;
}

/** The new environment file. A secret stays where it is: its line names the place to copy it from. */
export function environmentFile({ lines }: Comparison): string {
  return `${lines.map(newLine).join('\n')}\n`;
}

function newLine({ name, text, place, isSecret }: NewLine): string {
  if (isSecret || (text !== undefined && looksSecret(text))) return `# ${name}= (a secret: copy it from ${place})`;
  return text === undefined ? `# ${name}= (to be filled in)` : `${name}=${quoted(text)}`;
}

/** As systemd and dotenv read it; Docker would keep the quotes. */
function quoted(text: string): string {
  if (!/[\s#'"\\$]/.test(text)) return text;
  return text.includes("'") ? `"${text}"` : `'${text}'`;
}

export function comparisonText(comparison: Comparison, files: readonly string[]): string {
  const { differences, roles } = comparison;
  const mustChange = differences.filter((difference) => difference.mustChange).length;
  const verdict =
    mustChange === 0
      ? colour.green('The files can be used as they are.')
      : colour.red(`The files cannot be used as they are: ${mustChange} to change (✗).`);
  return [
    `# The environment file of ${roles.join(', ')}, from ${files.join(' ')}`,
    environmentFile(comparison),
    differencesText(differences),
    '',
    verdict,
  ].join('\n');
}

/** A row for each, and below it why and what to do. */
function differencesText(differences: readonly Difference[]): string {
  const [head = '', ...rows] = table(['', 'variable', 'given', 'at', 'difference'], differences.map(cells)).split('\n');
  const lines = differences.flatMap(({ kind, why, remedy }, index) => [
    rows[index] ?? '',
    ...(kind === 'same' ? [] : [`   ${printable(why)}`]),
    ...(remedy === '' ? [] : [`   ${colour.yellow('→')} ${printable(remedy)}`]),
  ]);
  return [head, ...lines].join('\n');
}

function cells({ variable, given, place, kind, mustChange }: Difference): string[] {
  const mark = mustChange ? colour.red('✗') : kind === 'same' ? colour.green('✓') : colour.yellow('!');
  return [mark, variable, given, place, WORDS[kind]];
}
