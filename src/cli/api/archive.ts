import { age, colour, shortened, table, wrappedFacts } from '../terminal.js';
import { ms, number, objects, type Schema, text } from './reading.js';
import { instant } from './times.js';

/** A path; `--json` has all of it. */
const LONGEST_PLACE = 50;

/** `GET /archive` as text. */
export function archiveText(answer: Schema<'ArchiveAnswer'>): string {
  const overview = wrappedFacts([
    ['archive', archiveLine(answer)],
    ['written by', answer.written_by === '' ? colour.red('no process') : text(answer.written_by)],
    ...(answer.error === '' ? [] : [['since', instant(answer.error_since_ms)] as const]),
  ]);
  const rows = objects(answer.streams).map((each) => [
    text(each.stream),
    archivedTo(each.archived_to),
    text(each.behind_entries),
    number(each.behind_since_ms) === undefined ? '–' : age(ms(answer.at_ms) - ms(each.behind_since_ms)),
    each.missed === 0 ? '0' : colour.red(text(each.missed)),
  ]);
  return `${overview}\n\n${table(['stream', 'archived to UTC', 'waiting', 'for', 'missed'], rows)}`;
}

/** In one line, also for `status`. */
export function archiveLine(answer: Schema<'ArchiveAnswer'>): string {
  if (answer.to === 'off') return 'off';
  const place = `${text(answer.to)}, ${shortened(text(answer.place), LONGEST_PLACE)}`;
  const missed = number(answer.missed) === 0 ? '' : `, ${colour.red(`${text(answer.missed)} entries missed`)}`;
  if (typeof answer.error === 'string' && answer.error !== '')
    return `${place}: ${colour.red(answer.error)}, ${text(answer.behind_entries)} entries wait${missed}`;
  const waits = answer.behind_entries === 0 ? colour.green('complete') : `${text(answer.behind_entries)} entries wait`;
  return `${place}: ${waits}${missed}`;
}

const archivedTo = (id: unknown): string =>
  typeof id === 'string' && id !== '' ? instant(Number(id.split('-')[0])).slice(0, 19) : '–';
