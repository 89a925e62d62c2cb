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

/** The entries that a claim moved. */
export function claimedText(answer: Answer): string {
  const claimed = objects(answer['claimed']);
  const gone = number(answer['gone']) ?? 0;
  const lines = [
    claimed.length === 0
      ? 'No dead consumer of this group has entries that old.'
      : `${claimed.length} entries were moved to ${text(answer['to'])}, which handles them within 5 s.`,
    ...claimed.map((entry) => `${text(entry['id'])} of ${text(entry['from'])}`),
    ...(gone > 0 ? [`${gone} more were trimmed long ago and are no longer pending.`] : []),
    ...(answer['more'] === true ? ['There may be more: run it again.'] : []),
  ];
  return lines.join('\n');
}

/** What a renewal did. */
export function renewedText(answer: Answer): string {
  const stream = text(answer['stream']);
  switch (answer['outcome']) {
    case 'renewed':
      return `${stream} takes entries again after ${text(answer['last_id'])}. ${text(answer['moved'])} entries were appended again; ${text(answer['removed'])} that nobody needs were removed.`;
    case 'replaced':
      return `${stream} was a ${text(answer['type'])}; it is an empty stream now.`;
    case 'fine':
      return `${stream} takes entries: nothing was changed.`;
    default:
      return `${stream} does not exist yet: it is made with its first entry.`;
  }
}
