import { colour, notedTable, shortened, wrapped } from '../terminal.js';
import { number, objects, type Schema, text, texts } from './reading.js';

const LONGEST_NAME = 16;
const LONGEST_SYMBOLS = 14;

type Cell = Schema<'CellAnswer'>;

/** `GET /cells`: one line per cell, and below it why it is not ready or gave no answer. */
export function cellsText(answer: Schema<'CellsAnswer'>): string {
  const rows = objects(answer.cells).map((cell) => ({
    cells: [
      shortened(text(cell.name), LONGEST_NAME),
      stateText(text(cell.state)),
      text(cell.mode),
      armedText(cell),
      killText(cell),
      needsYou(cell),
      shortened(texts(cell.symbols ?? cell.routed_symbols).join(',') || '–', LONGEST_SYMBOLS),
    ],
    notes: cell.state === 'ready' ? [] : [text(cell.text)],
  }));
  const conflicts = objects(answer.conflicts).flatMap((each) => wrapped(colour.red(text(each.text))));
  const table = notedTable(['cell', 'state', 'mode', 'armed', 'switch', 'needs', 'symbols'], rows);
  return [table, ...(conflicts.length === 0 ? [] : ['', ...conflicts])].join('\n');
}

/** `PUT /cells/kill-switch`: one line per cell. */
export function stoppedText(cells: readonly Schema<'StoppedCellAnswer'>[]): string {
  const rows = cells.map((cell) => ({
    cells: [
      shortened(text(cell.name), 2 * LONGEST_NAME),
      cell.state === 'stopped' ? colour.green('stopped') : colour.red(text(cell.state).replaceAll('_', ' ')),
      cell.in_flight === 0 ? '–' : text(cell.in_flight),
      `${text(cell.took_ms)} ms`,
    ],
    notes: [cell.text ?? '', cell.missing_replicas ?? ''].filter((note) => note !== '').map(text),
  }));
  return notedTable(['cell', 'state', 'in flight', 'after'], rows);
}

function stateText(state: string): string {
  const words = state.replaceAll('_', ' ');
  return state === 'ready' ? colour.green(words) : colour.red(words);
}

function armedText({ armed }: Cell): string {
  if (typeof armed !== 'boolean') return '–';
  return armed ? colour.green('yes') : colour.yellow('no');
}

function killText({ kill_switch: state }: Cell): string {
  if (state?.engaged === false) return colour.green('released');
  return state?.engaged === true ? colour.red('engaged') : '–';
}

function needsYou({ needs_you: count }: Cell): string {
  if (number(count) === undefined) return '–';
  return count === 0 ? colour.green('0') : colour.red(text(count));
}
