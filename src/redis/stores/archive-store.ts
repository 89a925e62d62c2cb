import { Inject, Injectable } from '@nestjs/common';
import { Environment } from '../../config/environment.js';
import { type RedisClient, RedisClients } from '../connection/redis-clients.js';
import { RedisUnavailable } from '../connection/redis.errors.js';
import type { Keys } from '../keys/keys.js';
import { KEYS } from '../redis.tokens.js';
import { ScriptRunner } from '../scripts/script-runner.js';
import { EVENT_SOURCES, type EventSource } from '../streams/event-streams.js';
import { readMeasured, type StreamEntry } from '../streams/stream-entry.js';
import { type ArchiveState, archiveStateOf } from './archive-state.js';
import { LeaseKeeper } from './lease-keeper.js';

/** Of each of the four streams in one reply, and their size: a reply holds up Redis for about a millisecond. */
const PAGE = 250;
const PAGE_BYTES = 1_000_000;
/** Of a larger entry only the size is kept. Our own have some 2 kB. */
const LARGEST_BYTES = 262_144;

/** One entry for the archive; of one that was too large only its size. */
export interface UnreadEntry extends StreamEntry {
  readonly source: EventSource;
  readonly tooLargeBytes: number | undefined;
}

/** The newest id of each stream that the archive holds. */
export type Archived = Readonly<Partial<Record<EventSource, string>>>;

export type ArchiveTurn =
  | {
      readonly kind: 'kept';
      readonly nowMs: number;
      /** Stream by stream, oldest first. */
      readonly entries: readonly UnreadEntry[];
    }
  | { readonly kind: 'other'; readonly by: string };

/** Which process writes the archive, what it has to write, and how far it is. */
@Injectable()
export class ArchiveStore {
  #client: RedisClient | undefined;
  #own: ScriptRunner | undefined;

  constructor(
    private readonly clients: RedisClients,
    private readonly runner: ScriptRunner,
    @Inject(KEYS) private readonly keys: Keys,
    private readonly environment: Environment,
    private readonly process: LeaseKeeper,
  ) {}

  /** Acknowledges what is archived, and returns what comes after what was `taken` before, on a connection of its own. */
  async next(done: Archived, taken: Archived, about: string, ttlMs: number): Promise<ArchiveTurn> {
    const { word, values } = await this.#step(done, taken, about, ttlMs);
    const [now, ...parts] = values;
    switch (word) {
      case 'kept':
        return { kind: 'kept', nowMs: Number(now), entries: entriesIn(parts) };
      case 'other':
        return { kind: 'other', by: String(parts[0]) };
      case 'given_up':
        throw new Error('the lease of the archive was given up');
    }
    return word satisfies never;
  }

  /** Acknowledges what is archived, and gives the lease up. */
  async giveUp(done: Archived, about: string): Promise<void> {
    await this.#step(done, {}, about, 0);
  }

  close(): void {
    if (this.#client !== undefined) this.clients.close(this.#client);
    this.#client = undefined;
    this.#own = undefined;
  }

  async look(): Promise<ArchiveState> {
    const { keeper, streams } = this.#keys();
    const { values } = await this.runner.run('look_at_archive', { ...keeper, ...streams }, {});
    return archiveStateOf(values);
  }

  async #step(done: Archived, taken: Archived, about: string, ttlMs: number) {
    const { keeper, streams } = this.#keys();
    const runner = await this.#connected();
    return runner.run(
      'archive_entries',
      { ...keeper, ...streams, keptEvents: this.keys.keptEvents() },
      {
        token: this.process.token,
        instance: this.environment.instanceId,
        ttlMs,
        about,
        plansTo: done.plans ?? '',
        permitsTo: done.permits ?? '',
        resultsTo: done.results ?? '',
        controlTo: done.control ?? '',
        plansAfter: taken.plans ?? '0',
        permitsAfter: taken.permits ?? '0',
        resultsAfter: taken.results ?? '0',
        controlAfter: taken.control ?? '0',
        count: PAGE,
        mostBytes: LARGEST_BYTES,
        pageBytes: PAGE_BYTES,
      },
    );
  }

  #keys() {
    const { keys } = this;
    return {
      keeper: { archiveLeader: keys.archiveLeader(), archiveState: keys.archiveState() },
      streams: {
        planStream: keys.planStream(),
        permitEvents: keys.permitEvents(),
        resultStream: keys.resultStream(),
        governorEvents: keys.governorEvents(),
      },
    };
  }

  async #connected(): Promise<ScriptRunner> {
    if (this.#own !== undefined) return this.#own;
    const client = this.clients.open('archive', 'commands');
    try {
      await this.clients.connect(client);
    } catch (error) {
      this.clients.close(client);
      throw new RedisUnavailable('connecting to write the archive', { cause: error });
    }
    this.#client = client;
    return (this.#own = new ScriptRunner(client, this.runner.server));
  }
}

/** One list for each stream. */
function entriesIn(parts: readonly unknown[]): readonly UnreadEntry[] {
  return EVENT_SOURCES.flatMap((source, at) => {
    const found = parts[at] ?? [];
    const whole = new Map(readMeasured(found).entries.map((entry) => [entry.id, entry.fields]));
    return (found as readonly (readonly [id: string, body: unknown])[]).map(([id, body]): UnreadEntry => {
      const fields = whole.get(id);
      return { source, id, fields: fields ?? {}, tooLargeBytes: fields === undefined ? Number(body) : undefined };
    });
  });
}
