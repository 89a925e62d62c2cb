import { Inject, Injectable } from '@nestjs/common';
import type { Keys } from '../keys/keys.js';
import { KEYS } from '../redis.tokens.js';
import { askRedis, RedisUnavailable } from '../connection/redis.errors.js';
import { type RedisClient, RedisClients } from '../connection/redis-clients.js';
import { ScriptRunner } from '../scripts/script-runner.js';
import { PlanRecords } from '../stores/plan-records.js';
import { compareIds, readMeasured, type StreamEntry } from './stream-entry.js';

/** The streams that hold what happened, in the order of a plan's life. */
export const EVENT_SOURCES = ['plans', 'permits', 'results', 'control'] as const;
export type EventSource = (typeof EVENT_SOURCES)[number];

/** The last entry of each stream that was read; `0-0` before the first. */
export type EventPositions = Readonly<Record<EventSource, string>>;

/** Entries of one stream that a page holds at most. */
const PAGE = 50;
/** A larger entry is named, not read: with {@link PAGE} it bounds what one page can hold. Our own entries have some 2 kB. */
const LARGEST_BYTES = 16_384;

export interface SourcedEntry extends StreamEntry {
  readonly source: EventSource;
  /** It was larger than is read, so it has no fields. */
  readonly isTooLarge: boolean;
}

export interface EventPage {
  readonly nowMs: number;
  /** Of all streams, in the order of their ids: that in which Redis took them. */
  readonly entries: readonly SourcedEntry[];
  /** What {@link EventStreams.read} goes on from; behind the last entry of the page. */
  readonly positions: EventPositions;
  /** Streams that do not hold all that came after the position: `trimmed` goes on at the oldest entry, `replaced` at the newest. */
  readonly lost: readonly { readonly source: EventSource; readonly how: 'trimmed' | 'replaced' }[];
  /** Whether the page reaches the ends of all streams. */
  readonly isComplete: boolean;
  /** Open plans, each with the time of its next check: it changes with every change of the plan's state. */
  readonly open: ReadonlyMap<string, string>;
}

/** The order of a plan that is claimed and has no result yet. */
export interface OpenOrder {
  readonly planId: string;
  readonly symbol: string;
  readonly attempt: number;
  readonly clientOrderId: string;
  readonly side: string;
  readonly quantity: string;
  readonly claimedMs: number;
}

type Part = readonly [lastId: string, firstId: string, isWhole: string, found: unknown];
const JOURNAL = ['state', 'attempt', 'symbol', 'client_order_id', 'side', 'quantity', 'claimed_ms'] as const;

/** One reading of the streams, on a connection of its own: what it reads never waits in front of a plan. */
export class EventReading {
  readonly records: PlanRecords;

  constructor(
    private readonly client: RedisClient,
    private readonly runner: ScriptRunner,
    private readonly keys: Keys,
  ) {
    this.records = new PlanRecords(client, keys);
  }

  /** What the streams gave out last. */
  async newest(): Promise<EventPositions> {
    const { parts } = await this.#ask(() => '+');
    return positionsOf((source) => parts[source][0]);
  }

  /** Positions before the newest `count` entries of each stream. */
  async before(count: number): Promise<EventPositions> {
    const { keys } = this;
    const { values } = await this.runner.run('newest_events', streamKeys(keys), { count });
    return positionsOf((_source, at) => beforeId(String(values[at])));
  }

  async read(after: EventPositions): Promise<EventPage> {
    const { nowMs, open, parts } = await this.#ask((source) => `(${after[source]}`);
    const lost: { source: EventSource; how: 'trimmed' | 'replaced' }[] = [];
    const read: SourcedEntry[] = [];
    const positions = { ...after };
    // The ends of the streams that have more: what is newer than the oldest of them waits for the next page, to keep the order.
    const ends: string[] = [];
    for (const source of EVENT_SOURCES) {
      const [lastId, firstId, isWhole, found] = parts[source];
      if (compareIds(after[source], lastId) > 0) {
        lost.push({ source, how: 'replaced' });
        positions[source] = lastId;
        continue;
      }
      if (isWhole !== '1' && compareIds(after[source], firstId === '' ? lastId : firstId) < 0)
        lost.push({ source, how: 'trimmed' });
      if (firstId === '') positions[source] = lastId;
      const { entries, ids } = readMeasured(found);
      const byId = new Map(entries.map((entry) => [entry.id, entry]));
      for (const id of ids) read.push({ source, id, fields: byId.get(id)?.fields ?? {}, isTooLarge: !byId.has(id) });
      if (ids.length === PAGE) ends.push(ids.at(-1) ?? '');
    }
    const [cut] = ends.toSorted(compareIds);
    const entries = read
      .filter(({ id }) => cut === undefined || compareIds(id, cut) <= 0)
      .toSorted((a, b) => compareIds(a.id, b.id) || EVENT_SOURCES.indexOf(a.source) - EVENT_SOURCES.indexOf(b.source));
    for (const { source, id } of entries) positions[source] = id;
    const isComplete = cut === undefined;
    return { nowMs, entries, positions, lost, isComplete, open };
  }

  /** Those of the plans that have an order without a result. */
  async openOrders(planIds: readonly string[]): Promise<OpenOrder[]> {
    const found = await Promise.all(
      planIds.map(async (planId) => {
        const [state, attempt, symbol, clientOrderId, side, quantity, claimedMs] = await askRedis(
          'reading an open plan',
          () => this.client.hmget(this.keys.journal(planId), ...JOURNAL),
        );
        if (state !== 'CLAIMED' && state !== 'UNKNOWN') return [];
        return {
          planId,
          symbol: symbol ?? '',
          attempt: Number(attempt ?? '0'),
          clientOrderId: clientOrderId ?? '',
          side: side ?? '',
          quantity: quantity ?? '',
          claimedMs: Number(claimedMs ?? '0'),
        };
      }),
    );
    return found.flat();
  }

  /** The stored texts of the holds, by symbol. */
  async holds(symbols: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const texts = await askRedis('reading the holds', () =>
      Promise.all(symbols.map((symbol) => this.client.get(this.keys.hold(symbol)))),
    );
    return new Map(symbols.flatMap((symbol, at) => (typeof texts[at] === 'string' ? [[symbol, texts[at]]] : [])));
  }

  async #ask(from: (source: EventSource) => string) {
    const { keys } = this;
    const { values } = await this.runner.run(
      'read_events',
      { ...streamKeys(keys), openPlans: keys.openPlans() },
      {
        plansFrom: from('plans'),
        permitsFrom: from('permits'),
        resultsFrom: from('results'),
        controlFrom: from('control'),
        count: PAGE,
        mostBytes: LARGEST_BYTES,
      },
    );
    const [nowMs, plans, permits, results, control, flat] = values;
    const open = flat as readonly string[];
    return {
      nowMs: Number(nowMs),
      parts: { plans, permits, results, control } as Record<EventSource, Part>,
      open: new Map(
        Array.from({ length: open.length / 2 }, (_, at) => [open[2 * at] ?? '', open[2 * at + 1] ?? ''] as const),
      ),
    };
  }
}

/** Opens the connection on which the events are read, and closes it: without a reader there is none. */
@Injectable()
export class EventStreams {
  constructor(
    private readonly clients: RedisClients,
    private readonly runner: ScriptRunner,
    @Inject(KEYS) private readonly keys: Keys,
  ) {}

  /** Resolves when the connection works; throws {@link RedisUnavailable} until then. */
  async open(): Promise<{ readonly reading: EventReading; readonly close: () => void }> {
    const client = this.clients.open('events', 'commands');
    const close = (): void => this.clients.close(client);
    try {
      await this.clients.connect(client);
    } catch (error) {
      close();
      throw new RedisUnavailable('connecting to read the events', { cause: error });
    }
    return { reading: new EventReading(client, new ScriptRunner(client, this.runner.server), this.keys), close };
  }
}

const streamKeys = (keys: Keys) => ({
  planStream: keys.planStream(),
  permitEvents: keys.permitEvents(),
  resultStream: keys.resultStream(),
  governorEvents: keys.governorEvents(),
});

function positionsOf(id: (source: EventSource, at: number) => string): EventPositions {
  return Object.fromEntries(EVENT_SOURCES.map((source, at) => [source, id(source, at)])) as Record<EventSource, string>;
}

/** The greatest id before another: `0-0` for none. */
function beforeId(id: string): string {
  if (id === '') return '0-0';
  const [ms = '0', sequence = '0'] = id.split('-');
  return sequence === '0' ? `${BigInt(ms) - 1n}-18446744073709551615` : `${ms}-${BigInt(sequence) - 1n}`;
}
