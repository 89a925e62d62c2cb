import { age, colour, facts, table } from '../terminal.js';
import type { Answer } from './client.js';
import { members, number, object, objects, text } from './reading.js';

/** `GET /dead-letters` as a table. */
export function deadLettersText(answer: Answer, nowMs = Date.now()): string {
  const deadLetters = objects(answer['dead_letters']);
  if (deadLetters.length === 0) return 'There are no dead letters.';
  const rows = deadLetters.map((deadLetter) => [
    text(deadLetter['id']),
    `${age(nowMs - (number(deadLetter['at_ms']) ?? Number.NaN))} ago`,
    text(deadLetter['stream']),
    text(deadLetter['group']),
    settledText(deadLetter),
    text(deadLetter['reason']).slice(0, 80),
  ]);
  const listed = table(['dead letter', 'dead-lettered', 'stream', 'group', 'settled', 'reason'], rows);
  const cursor = answer['next_cursor'];
  return typeof cursor === 'string' ? `${listed}\n\nThere are more: --cursor ${cursor}` : listed;
}

/** One dead letter, with the effect of a replay where the answer contains it. */
export function deadLetterText(deadLetter: Answer): string {
  const shown: [string, string][] = [
    ['dead letter', text(deadLetter['id'])],
    ['entry', `${text(deadLetter['entry_id'])} of ${text(deadLetter['stream'])}, group ${text(deadLetter['group'])}`],
    ['reason', text(deadLetter['reason'])],
    ['tries', text(deadLetter['deliveries'])],
    ['fields', members(deadLetter['fields'])],
    ['settled', settledText(deadLetter)],
  ];
  if (deadLetter['effect'] !== undefined)
    shown.push([
      'effect',
      `${deadLetter['effect'] === 'none' ? colour.yellow('none') : 'possible'}: ${text(deadLetter['detail'])}`,
    ]);
  return facts(shown);
}

function settledText(deadLetter: Answer): string {
  const settled = object(deadLetter['settled']);
  if (settled['outcome'] === undefined) return colour.yellow('open');
  return `${text(settled['outcome'])} by ${text(settled['by'])}: ${text(settled['reason'])}`;
}
