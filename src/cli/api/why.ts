import { colour, WIDTH, wrapped } from '../terminal.js';
import { type Schema, text } from './reading.js';

type Blocker = Schema<'BlockerAnswer'> | Schema<'AttentionAnswer'>;

/** What keeps a symbol from trading, each with the command that helps; on a terminal of 80 columns. */
export function whyText(symbol: string, blockers: readonly Blocker[]): string {
  if (blockers.length === 0) return colour.green(`${symbol} may trade: nothing is in the way.`);
  const count = blockers.length === 1 ? 'one thing is' : `${blockers.length} things are`;
  return [colour.red(`${symbol} does not trade: ${count} in the way.`), ...blockers.flatMap(blockerLines)].join('\n');
}

/** One thing with its number: what it is, and the command that helps. */
export function blockerLines(blocker: Blocker, at: number): string[] {
  const number = `${at + 1}. `;
  const indent = ' '.repeat(number.length);
  const said = wrapped(text(blocker.text), WIDTH - number.length).map(
    (line, row) => (row === 0 ? number : indent) + line,
  );
  const remedy = blocker.remedy;
  // A command stays on one line, so that it can be copied.
  const helps = typeof remedy === 'string' ? `$ ${text(remedy)}` : 'It passes by itself.';
  return ['', ...said, `${indent}${typeof remedy === 'string' ? colour.cyan(helps) : colour.dim(helps)}`];
}
