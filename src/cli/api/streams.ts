import { age, colour, notedTable, shortened, table } from '../terminal.js';
import { ms, number, objects, type Schema, text } from './reading.js';

const LONGEST_STREAM = 34;
const LONGEST_CONSUMER = 26;
/** Beside a consumer. */
const LONGEST_READ = 18;

/** `GET /streams`: one line per consumer group, and below one per consumer. A name of a stream is without the prefix. */
export function streamsText(answer: Schema<'StreamsAnswer'>): string {
  const groups = objects(answer.streams).flatMap((stream) =>
    objects(stream.groups).map((group) => ({ name: streamName(stream), length: text(stream.length), group })),
  );
  const rows = groups.map(({ name, length, group }) => [
    shortened(name, LONGEST_STREAM),
    length,
    text(group.group),
    group.exists === false ? 'not made yet' : text(group.lag),
    text(group.pending),
  ]);
  const consumers = groups.flatMap(({ name, group }) =>
    objects(group.consumers).map((consumer) => ({
      cells: [
        shortened(text(consumer.name), LONGEST_CONSUMER),
        shortened(name, LONGEST_READ),
        text(consumer.pending),
        lifeText(consumer),
      ],
      // The whole name is what a claim needs.
      notes: text(consumer.name).length > LONGEST_CONSUMER ? [colour.dim(text(consumer.name))] : [],
    })),
  );
  const listed = table(['stream', 'entries', 'group', 'unread', 'open'], rows);
  return consumers.length === 0
    ? listed
    : `${listed}\n\n${notedTable(['consumer', 'stream', 'open', 'it'], consumers)}`;
}

/** `apply.plan` of `quantum:stream:apply.plan`. */
const streamName = (stream: Schema<'StreamAnswer'>): string => text(stream.stream).replace(/^.*:/, '');

function lifeText(consumer: Schema<'ConsumerAnswer'>): string {
  const idle = age(ms(consumer.idle_ms));
  switch (consumer.life) {
    case 'alive':
      return colour.green('is alive');
    case 'dead':
      return colour.red('is dead');
    case 'reading':
      return `is foreign, read ${idle} ago`;
    case 'silent':
      return colour.yellow(`no lease, read ${idle} ago`);
    default:
      return `read ${idle} ago`;
  }
}

/** The entries that a claim moved. */
export function claimedText(answer: Schema<'ClaimedAnswer'>): string {
  const claimed = objects(answer.claimed);
  const gone = number(answer.gone) ?? 0;
  const lines = [
    claimed.length === 0
      ? 'There is nothing to claim: no dead consumer of this group has entries.'
      : `${claimed.length} entries were moved to ${text(answer.to)}, which handles them within 5 s.`,
    ...claimed.map((entry) => `${text(entry.id)} of ${text(entry.from)}`),
    ...(gone > 0 ? [`${gone} more were trimmed long ago and are no longer pending.`] : []),
    ...(answer.more === true ? ['There may be more: run it again.'] : []),
  ];
  return lines.join('\n');
}

/** What a skip left behind. */
export function skippedText(answer: Schema<'SkipAnswer'>): string {
  const lost = objects(answer.lost);
  return [
    `The group ${text(answer.group)} goes on after ${text(answer.to)}: ${text(answer.unread)} entries are left unread, ${text(answer.acknowledged)} that it had read are acknowledged.`,
    ...(lost.length > 0 ? ['These would still have changed something:'] : []),
    ...lost.map((entry) => `  ${text(entry.id)}: ${text(entry.detail)}`),
  ].join('\n');
}

/** What a renewal did. */
export function renewedText(answer: Schema<'RenewedAnswer'>): string {
  const stream = text(answer.stream);
  switch (answer.outcome) {
    case 'renewed':
      return `${stream} takes entries again after ${text(answer.last_id)}. ${text(answer.moved)} entries were appended again; ${text(answer.removed)} that nobody needs were removed.`;
    case 'replaced':
      return `${stream} was a ${text(answer.type)}; it is an empty stream now.`;
    case 'fine':
      return `${stream} takes entries: nothing was changed.`;
    default:
      return `${stream} does not exist yet: it is made with its first entry.`;
  }
}
