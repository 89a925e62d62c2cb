import { age, colour, notedTable, shortened, wrappedFacts } from '../terminal.js';
import { members, ms, objects, type Schema, text } from './reading.js';

const LONGEST_STREAM = 24;

/** `GET /dead-letters` as a table, with the reason of each below it. */
export function deadLettersText(answer: Schema<'DeadLettersAnswer'>, nowMs = Date.now()): string {
  const deadLetters = objects(answer.dead_letters);
  if (deadLetters.length === 0) return 'There are no dead letters.';
  const rows = deadLetters.map((deadLetter) => ({
    cells: [
      text(deadLetter.id),
      `${age(nowMs - ms(deadLetter.at_ms))} ago`,
      shortened(text(deadLetter.stream), LONGEST_STREAM),
      text(deadLetter.group),
    ],
    notes: [text(deadLetter.reason), settledText(deadLetter)],
  }));
  const listed = notedTable(['dead letter', 'dead-lettered', 'stream', 'group'], rows);
  const cursor = answer.next_cursor;
  return typeof cursor === 'string' ? `${listed}\n\nThere are more: --cursor ${cursor}` : listed;
}

/** One dead letter, with the effect of a replay where the answer contains it. */
export function deadLetterText(deadLetter: Schema<'DeadLetterAnswer'> & Partial<Schema<'ReplayedAnswer'>>): string {
  const shown: [string, string][] = [
    ['dead letter', text(deadLetter.id)],
    ['entry', `${text(deadLetter.entry_id)} of ${text(deadLetter.stream)}, group ${text(deadLetter.group)}`],
    ['reason', text(deadLetter.reason)],
    ['tries', text(deadLetter.deliveries)],
    ['fields', members(deadLetter.fields)],
    ['settled', settledText(deadLetter)],
  ];
  if (deadLetter.effect !== undefined)
    shown.push([
      'effect',
      `${deadLetter.effect === 'none' ? colour.yellow('none') : 'possible'}: ${text(deadLetter.detail)}`,
    ]);
  return wrappedFacts(shown);
}

function settledText({ settled }: Schema<'DeadLetterAnswer'>): string {
  if (settled?.outcome === undefined) return colour.yellow('open');
  return `${text(settled.outcome)} by ${text(settled.by)}: ${text(settled.reason)}`;
}
