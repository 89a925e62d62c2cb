import { jsonOrText } from '../../flow/0-json.js';
import type { Fields } from '../../flow/0-primitives.js';
import type { UnreadEntry } from '../../redis/stores/archive-store.js';
import type { EventSource } from '../../redis/streams/event-streams.js';
import { entryTimeMs } from '../../redis/streams/stream-entry.js';

export const KINDS = ['plan', 'verdict', 'result', 'control'] as const;
export type Kind = (typeof KINDS)[number];

const KIND_OF = {
  plans: 'plan',
  permits: 'verdict',
  results: 'result',
  control: 'control',
} as const satisfies Record<EventSource, Kind>;

/** One entry of a stream, as the archive keeps it. Kind and id name it. */
export interface ArchivedEntry {
  readonly kind: Kind;
  readonly id: string;
  /** From the id: Redis' clock. */
  readonly atMs: number;
  /** `""` for what is of no symbol. */
  readonly symbol: string;
  /** `""` for what is of no plan. */
  readonly planId: string;
  readonly attempt: number;
  /** Of the entry, as they were; none of one that was too large. */
  readonly fields: Fields;
  readonly tooLargeBytes: number | undefined;
}

/** Longer is none of ours, and would only fill indexes. */
const LONGEST_WORD = 64;
/** The last moment that a date of the archive can be. */
export const LAST_MS = 253_402_300_799_999;

function word(text: unknown): string {
  return typeof text === 'string' && !/[\p{C}]/u.test(text) ? text.slice(0, LONGEST_WORD) : '';
}

/** The value of a member of a stored JSON object; a word alone. */
export function memberOf(json: string | undefined, name: string): string {
  const value = json === undefined ? undefined : jsonOrText(json);
  return value !== null && typeof value === 'object' ? word((value as Record<string, unknown>)[name]) : '';
}

/** A word of the entry itself. */
export const wordOf = ({ fields }: Pick<ArchivedEntry, 'fields'>, name: string): string => word(fields[name]);

const HOLDS_SYMBOL = { plan: '', verdict: 'permit', result: '', control: 'context' } as const;

export function archivedEntry({ source, id, fields, tooLargeBytes }: UnreadEntry): ArchivedEntry {
  const kind = KIND_OF[source];
  const attempt = Number(fields['attempt'] ?? '0');
  return {
    kind,
    id,
    // An id that a hand wrote may be of any time.
    atMs: Math.min(entryTimeMs(id), LAST_MS),
    symbol: word(fields['symbol']) || memberOf(fields[HOLDS_SYMBOL[kind]], 'symbol'),
    planId: word(fields['plan_id']) || memberOf(fields['context'], 'plan_id'),
    attempt: Number.isInteger(attempt) && attempt >= 0 && attempt < 1_000_000 ? attempt : 0,
    fields,
    tooLargeBytes,
  };
}

/** A part of the archive that cannot be written or read now. The message says what to do. */
export class ArchiveUnavailable extends Error {
  override readonly name = 'ArchiveUnavailable';
}

/** Where entries are kept. */
export interface ArchiveSink {
  /** Resolves when all are durable; one that is there already is left as it is. Throws {@link ArchiveUnavailable}. */
  write(entries: readonly ArchivedEntry[]): Promise<void>;
  close(): Promise<void>;
}
