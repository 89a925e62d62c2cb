import { age, colour, facts, table } from '../terminal.js';
import type { Answer } from './client.js';
import { members, number, object, objects, text } from './reading.js';

/** `GET /dead-letters` as a table. */
export function deadLettersText(answer: Answer, nowMs = Date.now()): string {
  const letters = objects(answer['dead_letters']);
  if (letters.length === 0) return 'There are no dead letters.';
  const rows = letters.map((letter) => [
    text(letter['id']),
    `${age(nowMs - (number(letter['at_ms']) ?? Number.NaN))} ago`,
    text(letter['stream']),
    text(letter['group']),
    settledText(letter),
    text(letter['reason']).slice(0, 80),
  ]);
  const listed = table(['letter', 'set aside', 'stream', 'group', 'settled', 'reason'], rows);
  const cursor = answer['next_cursor'];
  return typeof cursor === 'string' ? `${listed}\n\nThere are more: --cursor ${cursor}` : listed;
}

/** One dead letter, with what a replay of it is worth where the answer says so. */
export function deadLetterText(letter: Answer): string {
  const shown: [string, string][] = [
    ['letter', text(letter['id'])],
    ['entry', `${text(letter['entry_id'])} of ${text(letter['stream'])}, group ${text(letter['group'])}`],
    ['reason', text(letter['reason'])],
    ['tries', text(letter['deliveries'])],
    ['fields', members(letter['fields'])],
    ['settled', settledText(letter)],
  ];
  if (letter['effect'] !== undefined)
    shown.push([
      'effect',
      `${letter['effect'] === 'none' ? colour.yellow('none') : 'possible'}: ${text(letter['detail'])}`,
    ]);
  return facts(shown);
}

function settledText(letter: Answer): string {
  const settled = object(letter['settled']);
  if (settled['outcome'] === undefined) return colour.yellow('open');
  return `${text(settled['outcome'])} by ${text(settled['by'])}: ${text(settled['reason'])}`;
}
