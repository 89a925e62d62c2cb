import { age, colour, shortened, table } from '../terminal.js';
import type { Answer } from './client.js';
import { number, objects, text } from './reading.js';

const LONGEST_STREAM = 34;
const LONGEST_CONSUMER = 40;

/** `GET /streams`: one line per consumer group, and below one per consumer. A name of a stream is without the prefix. */
export function streamsText(answer: Answer): string {
  const groups = objects(answer['streams']).flatMap((stream) =>
    objects(stream['groups']).map((group) => ({ name: streamName(stream), length: text(stream['length']), group })),
  );
  const rows = groups.map(({ name, length, group }) => [
    shortened(name, LONGEST_STREAM),
    length,
    text(group['group']),
    group['exists'] === false ? 'not made yet' : text(group['lag']),
    text(group['pending']),
  ]);
  const consumers = groups.flatMap(({ name, group }) =>
    objects(group['consumers']).map((consumer) => [
      shortened(text(consumer['name']), LONGEST_CONSUMER),
      shortened(name, LONGEST_STREAM),
      text(consumer['pending']),
      lifeText(consumer),
    ]),
  );
  const listed = table(['stream', 'entries', 'group', 'unread', 'open'], rows);
  return consumers.length === 0 ? listed : `${listed}\n\n${table(['consumer', 'stream', 'open', 'it'], consumers)}`;
}

/** `apply.plan` of `quantum:stream:apply.plan`. */
const streamName = (stream: Answer): string => text(stream['stream']).replace(/^.*:/, '');

function lifeText(consumer: Answer): string {
  const idle = age(number(consumer['idle_ms']) ?? Number.NaN);
  switch (consumer['life']) {
    case 'alive':
      return colour.green('is alive');
    case 'dead':
      return colour.red('is dead');
    case 'reading':
      return `is foreign, read ${idle} ago`;
    case 'silent':
      return colour.yellow(`has no lease, read ${idle} ago`);
    default:
      return `read ${idle} ago`;
  }
}

/** The entries that a claim moved. */
export function claimedText(answer: Answer): string {
  const claimed = objects(answer['claimed']);
  const gone = number(answer['gone']) ?? 0;
  const lines = [
    claimed.length === 0
      ? 'There is nothing to claim: no dead consumer of this group has entries.'
      : `${claimed.length} entries were moved to ${text(answer['to'])}, which handles them within 5 s.`,
    ...claimed.map((entry) => `${text(entry['id'])} of ${text(entry['from'])}`),
    ...(gone > 0 ? [`${gone} more were trimmed long ago and are no longer pending.`] : []),
    ...(answer['more'] === true ? ['There may be more: run it again.'] : []),
  ];
  return lines.join('\n');
}

/** What a skip left behind. */
export function skippedText(answer: Answer): string {
  const lost = objects(answer['lost']);
  return [
    `The group ${text(answer['group'])} goes on after ${text(answer['to'])}: ${text(answer['unread'])} entries are left unread, ${text(answer['acknowledged'])} that it had read are acknowledged.`,
    ...(lost.length > 0 ? ['These would still have changed something:'] : []),
    ...lost.map((entry) => `  ${text(entry['id'])}: ${text(entry['detail'])}`),
  ].join('\n');
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
