import { age, table } from '../terminal.js';
import type { Answer } from './client.js';
import { number, objects, text } from './reading.js';

/** `GET /streams` as a table: one line per consumer group. */
export function streamsText(answer: Answer): string {
  const rows = objects(answer['streams']).flatMap((stream) =>
    objects(stream['groups']).map((group) => [
      text(stream['stream']),
      text(stream['length']),
      text(group['group']),
      group['exists'] === false ? 'not made yet' : text(group['lag']),
      text(group['pending']),
      objects(group['consumers'])
        .map((consumer) => `${text(consumer['name'])} (idle ${age(number(consumer['idle_ms']) ?? Number.NaN)})`)
        .join(', '),
    ]),
  );
  return table(['stream', 'entries', 'group', 'unread', 'open', 'consumers'], rows);
}
