import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { Fields } from '../../flow/0-primitives.js';
import type { Keys } from '../keys/keys.js';
import { askRedis } from '../connection/redis.errors.js';
import type { RedisClient } from '../connection/redis-clients.js';
import type { ScriptRunner } from '../scripts/script-runner.js';
import { isStreamId, readEntries, type StreamEntry } from './stream-entry.js';
import { TAKEN_AT_ONCE_MS } from './stream-consumer.js';
import { COMMANDS, KEYS, OPERATOR_SCRIPTS } from '../redis.tokens.js';

const SETTLE_MS = 2_000;
/** A count of the unsettled looks at so many. */
const COUNTED = 100;

export type DeadLetterOutcome = 'replayed' | 'discarded';

/** How an operator settled a dead letter; `atMs` is Redis' clock. */
export interface DeadLetterMark {
  readonly outcome: DeadLetterOutcome;
  readonly by: string;
  readonly reason: string;
  readonly atMs: number;
}

/** One dead-lettered entry. */
export interface DeadLetter {
  readonly id: string;
  /** Full key of its stream. */
  readonly stream: string;
  /** The group that dead-lettered it. */
  readonly group: string;
  readonly entryId: string;
  readonly reason: string;
  readonly deliveries: number;
  /** For display: long values are cut. The entry itself stays in its stream until it is trimmed. */
  readonly fields: Fields;
  /** `undefined` until an operator settles it. */
  readonly mark: DeadLetterMark | undefined;
}

export interface DeadLetterPage {
  /** Newest first. */
  readonly deadLetters: readonly DeadLetter[];
  readonly nextCursor: string | undefined;
}

export interface DeadLetterSettlement {
  readonly deadLetter: DeadLetter;
  readonly outcome: DeadLetterOutcome;
  readonly by: string;
  readonly reason: string;
  /** The consumer that receives the entry; any live consumer of the group then takes it over. */
  readonly consumer: string;
}

export type DeadLetterSettled =
  | { readonly kind: 'settled' | 'already'; readonly mark: DeadLetterMark }
  | { readonly kind: 'absent' | 'entry_gone' | 'no_group' };

function markOf(text: string | null | undefined): DeadLetterMark | undefined {
  if (text === null || text === undefined) return undefined;
  const { outcome, by, reason, at_ms: atMs } = JSON.parse(text) as Omit<DeadLetterMark, 'atMs'> & { at_ms: number };
  return { outcome, by, reason, atMs };
}

function fieldsIn(text: string | undefined): Fields {
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    if (value === null || typeof value !== 'object') return {};
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, String(member)]));
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

function deadLetterOf({ id, fields }: StreamEntry, mark: string | null | undefined): DeadLetter {
  return {
    id,
    stream: fields['stream'] ?? '',
    group: fields['group'] ?? '',
    entryId: fields['entry_id'] ?? '',
    reason: fields['reason'] ?? '',
    deliveries: Number(fields['deliveries'] ?? '0'),
    fields: fieldsIn(fields['fields']),
    mark: markOf(mark),
  };
}

/** Reads the dead letters and settles them, each once. Writes go through the operators' connection. */
@Injectable()
export class DeadLetterStore {
  constructor(
    @Inject(COMMANDS) private readonly client: RedisClient,
    @Inject(OPERATOR_SCRIPTS) private readonly writer: ScriptRunner,
    @Inject(KEYS) private readonly keys: Keys,
  ) {}

  async page(cursor: string | undefined, limit: number): Promise<DeadLetterPage> {
    const start = cursor === undefined ? '+' : `(${cursor}`;
    const raw = await askRedis('listing the dead letters', () =>
      this.client.xrevrange(this.keys.deadLetters(), start, '-', 'COUNT', limit + 1),
    );
    const { entries } = readEntries(raw);
    const deadLetters = await this.#marked(entries.slice(0, limit));
    return { deadLetters, nextCursor: entries.length > limit ? deadLetters.at(-1)?.id : undefined };
  }

  /** How many of the newest hundred nobody has settled; `more`: there are older ones, which are not counted. */
  async unsettled(): Promise<{ readonly open: number; readonly more: boolean }> {
    const { deadLetters, nextCursor } = await this.page(undefined, COUNTED);
    return { open: deadLetters.filter(({ mark }) => mark === undefined).length, more: nextCursor !== undefined };
  }

  async find(id: string): Promise<DeadLetter | undefined> {
    if (!isStreamId(id)) return undefined;
    const raw = await askRedis('reading a dead letter', () => this.client.xrange(this.keys.deadLetters(), id, id));
    return (await this.#marked(readEntries(raw).entries))[0];
  }

  /** The complete entry from its stream; `undefined` if it was trimmed. */
  async original(deadLetter: DeadLetter): Promise<StreamEntry | undefined> {
    if (!isStreamId(deadLetter.entryId)) return undefined;
    const raw = await askRedis('reading the entry of a dead letter', () =>
      this.client.xrange(deadLetter.stream, deadLetter.entryId, deadLetter.entryId),
    );
    return readEntries(raw).entries[0];
  }

  /** `deadLetter.stream` must be a stream of this system. Retried after a lost reply. */
  async settle({ deadLetter, outcome, by, reason, consumer }: DeadLetterSettlement): Promise<DeadLetterSettled> {
    const { word, values } = await this.writer.settle(
      performance.now() + SETTLE_MS,
      'settle_dead_letter',
      {
        deadLetters: this.keys.deadLetters(),
        settledDeadLetters: this.keys.settledDeadLetters(),
        stream: deadLetter.stream,
      },
      {
        token: randomUUID(),
        deadLetterId: deadLetter.id,
        outcome,
        by,
        reason,
        group: deadLetter.group,
        entryId: deadLetter.entryId,
        consumer,
        idleMs: TAKEN_AT_ONCE_MS,
      },
    );
    switch (word) {
      case 'settled':
      case 'already': {
        const mark = markOf(String(values[0]));
        if (mark === undefined) throw new Error(`settle_dead_letter answered ${word} without the mark`);
        return { kind: word, mark };
      }
      case 'absent':
      case 'entry_gone':
      case 'no_group':
        return { kind: word };
    }
    return word satisfies never;
  }

  async #marked(entries: readonly StreamEntry[]): Promise<DeadLetter[]> {
    if (entries.length === 0) return [];
    const marks = await askRedis('reading the settlements of dead letters', () =>
      this.client.hmget(this.keys.settledDeadLetters(), ...entries.map(({ id }) => id)),
    );
    return entries.map((entry, index) => deadLetterOf(entry, marks[index]));
  }
}
