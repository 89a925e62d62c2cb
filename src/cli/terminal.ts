import Table from 'cli-table3';
import { randomInt } from 'node:crypto';
import pc from 'picocolors';
import { printable, printableJson } from '../flow/0-outside-text.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** Whether to write colours to a stream: never with NO_COLOR, always with FORCE_COLOR, otherwise only to a terminal that supports them. */
export function wantsColour(stream: { readonly isTTY?: boolean }, env: Environment = process.env): boolean {
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  const forced = env['FORCE_COLOR'] ?? '';
  if (forced !== '') return forced !== '0' && forced !== 'false';
  return stream.isTTY === true && env['TERM'] !== 'dumb';
}

export type Colours = ReturnType<typeof pc.createColors>;

/**
 * Our own colours carry a number that nobody outside can know. {@link terminalText} takes it away, and escapes every other control
 * character: what a strategy or the exchange wrote cannot move the cursor, hide a line or set a colour.
 */
const START = '\u001b[';
const OWN = `${START}${randomInt(2 ** 40)};`;

/** Formatters for {@link terminalText}; they leave text as it is where colours are not wanted. */
export const colour: Colours = owned(pc.createColors(wantsColour(process.stdout)));

function owned(colours: Colours): Colours {
  const formatters = Object.entries(colours).map(([name, format]) => {
    if (typeof format !== 'function') return [name, format] as const;
    const mark = (text: string): string =>
      text
        .split(OWN)
        .map((part) => part.replaceAll(START, OWN))
        .join(OWN);
    return [name, (text: unknown) => mark(format(escapedOutside(String(text))))] as const;
  });
  return Object.fromEntries(formatters) as unknown as Colours;
}

/** On one line; our own colours stay. */
function escapedOutside(text: string): string {
  const [first = '', ...coloured] = text.split(OWN);
  const after = coloured.map((part) => {
    const code = /^\d+m/.exec(part)?.[0] ?? '';
    return `${OWN}${code}${printable(part.slice(code.length))}`;
  });
  return [printable(first), ...after].join('');
}

const BARE = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
} as const;

/** A table without lines, as wide as its content: easy to read and to process with other tools. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const made = new Table({
    head: head.map((title) => colour.bold(title)),
    chars: BARE,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  made.push(...rows.map((row) => row.map(escapedOutside)));
  return trimmed(made.toString());
}

/** A row of {@link notedTable}. */
export interface NotedRow {
  readonly cells: readonly string[];
  /** Below the row, each wrapped; empty ones are left out. */
  readonly notes: readonly string[];
}

/** A table whose rows have text below them that is too long for a column. */
export function notedTable(head: readonly string[], rows: readonly NotedRow[]): string {
  const [titles, ...lines] = table(
    head,
    rows.map(({ cells }) => cells),
  ).split('\n');
  const below = (at: number): string[] =>
    (rows[at]?.notes ?? []).filter((note) => note !== '').flatMap((note) => indented(note, 2));
  return [titles, ...lines.flatMap((line, at) => [line, ...below(at)])].join('\n');
}

/** On lines of at most {@link WIDTH} characters, each after some blanks. */
export const indented = (said: string, blanks: number): string[] =>
  wrapped(said, WIDTH - blanks).map((line) => ' '.repeat(blanks) + line);

/** Names and values, one pair per line. */
export function facts(pairs: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(0, ...pairs.map(([name]) => name.length));
  return pairs.map(([name, value]) => `${colour.dim(name.padEnd(width))}  ${escapedOutside(value)}`).join('\n');
}

/** As {@link facts}, in {@link WIDTH} columns. */
export function wrappedFacts(pairs: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(0, ...pairs.map(([name]) => name.length));
  return facts(
    pairs.flatMap(([name, value]) =>
      wrapped(value, WIDTH - width - 2).map((line, at) => [at === 0 ? name : '', line] as const),
    ),
  );
}

const trimmed = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');

/**
 * Text of our own as it goes to a terminal. What others wrote in it has no line ends any more: {@link table}, {@link facts} and
 * `text` escape them.
 */
export function terminalText(text: string): string {
  const lines = text.split('\n').map((line) => escapedOutside(line).replaceAll(OWN, START));
  return `${lines.join('\n')}\n`;
}

export function print(text: string): void {
  process.stdout.write(terminalText(text));
}

/** What a terminal is at least as wide as. */
export const WIDTH = 80;

/** Lines of at most `width` characters. A word that is longer stays whole; colours do not count. */
export function wrapped(said: string, width = WIDTH): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of said.split(' ')) {
    if (line !== '' && lengthOf(line) + 1 + lengthOf(word) > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** Without colours. */
export const lengthOf = (text: string): number =>
  text
    .split(OWN)
    .map((part, at) => (at === 0 ? part : part.replace(/^\d+m/, '')))
    .join('').length;

/** With `…` in its middle where it is longer: names differ at both ends. */
export function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  const head = Math.ceil((most - 1) / 2);
  return `${text.slice(0, head)}…${text.slice(text.length - (most - 1 - head))}`;
}

/** As one line. */
export function printJsonLine(value: unknown): void {
  process.stdout.write(`${printableJson(JSON.stringify(value))}\n`);
}

export function printJson(value: unknown): void {
  process.stdout.write(`${printableJson(JSON.stringify(value, null, 2))}\n`);
}

/** `3 s`, `4 min`, `2 h`, `5 d`: how long ago, for tables. */
export function age(ms: number): string {
  if (!Number.isFinite(ms)) return '–';
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 120_000) return `${Math.round(ms / 1_000)} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  if (ms < 172_800_000) return `${Math.round(ms / 3_600_000)} h`;
  return `${Math.round(ms / 86_400_000)} d`;
}
