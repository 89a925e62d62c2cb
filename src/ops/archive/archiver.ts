import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Environment, redactionOf } from '../../config/environment.js';
import { RedisUnavailable } from '../../redis/connection/redis.errors.js';
import { type Archived, ArchiveStore, type UnreadEntry } from '../../redis/stores/archive-store.js';
import { entryTimeMs } from '../../redis/streams/stream-entry.js';
import { RoleRegistry } from '../../runtime/role-service.js';
import { LOGGER, type Logger } from '../../telemetry/logger.js';
import { configuredPlace } from './archive-place.js';
import { ArchiveSettings } from './archive-settings.js';
import { archivedEntry, ArchiveUnavailable, type ArchiveSink } from './archived-entry.js';
import { FileSink } from './file-sink.js';
import { PostgresSink } from './postgres-sink.js';

const MB = 1_000_000;
/** Of the store, which are written together. */
const MOST_PAGES = 8;

const lastIds = (entries: readonly UnreadEntry[]): Archived =>
  Object.fromEntries(entries.map(({ source, id }) => [source, id]));

/**
 * What is written now, in the order of time. In a backlog the streams do not advance alike: what is later than the last entry of one that
 * has more is left in Redis, so that the archive as a whole is in the order of time.
 */
function inOrder(entries: readonly UnreadEntry[], lastPage: readonly UnreadEntry[]): readonly UnreadEntry[] {
  const untilMs = Math.min(...Object.values(lastIds(lastPage)).map(entryTimeMs));
  return entries
    .filter(({ id }) => entryTimeMs(id) <= untilMs)
    .toSorted((a, b) => entryTimeMs(a.id) - entryTimeMs(b.id));
}

/**
 * Writes what happened into the archive of ARCHIVE_TO. One process of the deployment does, by a lease. Entries are acknowledged
 * after they are durable, so a crash delivers them again, and the archive leaves out what it holds. No plan waits for any of this.
 */
@Injectable()
export class Archiver implements OnApplicationBootstrap {
  readonly #redaction;
  #sink: ArchiveSink | undefined;
  /** What is durable and not acknowledged yet. */
  #done: Archived = {};
  #leadsUntil = 0;
  #problem: { readonly text: string; readonly sinceMs: number } | undefined;
  #running: Promise<void> | undefined;
  readonly #stopping = new AbortController();

  constructor(
    private readonly environment: Environment,
    private readonly store: ArchiveStore,
    private readonly settings: ArchiveSettings,
    private readonly registry: RoleRegistry,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.#redaction = redactionOf(environment);
  }

  onApplicationBootstrap(): void {
    if (this.environment.archiveTo === 'off') return;
    this.registry.onStop(() => this.stop());
    this.#running = this.#run();
  }

  /** Whether this process is the one that writes. */
  get leads(): boolean {
    return performance.now() < this.#leadsUntil;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    await this.#sink?.close();
    try {
      if (this.leads) await this.store.giveUp(this.#done, this.#about());
    } catch (error) {
      this.logger.debug({ err: error }, 'the lease of the archive could not be given up; it ends by itself');
    }
    this.store.close();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const pauseMs = await this.#beat();
      if (pauseMs > 0) await sleep(pauseMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** How long to wait before the next. Never throws: a fault of the archive is no fault of the gate. */
  async #beat(): Promise<number> {
    const { settings } = this;
    try {
      const entries = await this.#take();
      if (entries === undefined) return settings.followerMs;
      if (entries.length > 0) await this.#write(entries);
      this.#isWell();
      // What was written is acknowledged at once, with the question for more.
      return entries.length > 0 ? 0 : settings.leaderMs;
    } catch (error) {
      this.#noteFault(error);
      return settings.retryMs;
    }
  }

  /** Several pages: the disk is waited for once, and Redis is never held up for long. `undefined` where another process writes. */
  async #take(): Promise<readonly UnreadEntry[] | undefined> {
    const { leaseMs } = this.settings;
    const entries: UnreadEntry[] = [];
    let taken: Archived = {};
    let lastPage: readonly UnreadEntry[] = [];
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const askedMs = performance.now();
      const led = this.leads;
      const turn = await this.store.next(this.#done, taken, this.#about(), leaseMs);
      this.#done = {};
      if (turn.kind === 'other') {
        this.#leadsUntil = 0;
        return undefined;
      }
      this.#leadsUntil = askedMs + leaseMs;
      if (!led) this.logger.info({ archive: this.environment.archiveTo }, 'this process writes the archive');
      lastPage = turn.entries;
      if (lastPage.length === 0) break;
      entries.push(...lastPage);
      taken = { ...taken, ...lastIds(lastPage) };
    }
    return inOrder(entries, lastPage);
  }

  async #write(entries: readonly UnreadEntry[]): Promise<void> {
    this.#sink ??= this.#openSink();
    await this.#sink.write(entries.map(archivedEntry));
    this.#done = lastIds(entries);
  }

  #openSink(): ArchiveSink {
    const { archiveTo, archiveDir = '', archiveFileMb, archivePostgresUrl = '', redisKeyPrefix } = this.environment;
    if (archiveTo === 'postgres') return new PostgresSink(archivePostgresUrl, redisKeyPrefix);
    return new FileSink(archiveDir, redisKeyPrefix, archiveFileMb * MB, () => this.leads);
  }

  #isWell(): void {
    if (this.#problem !== undefined) this.logger.info('the archive is written again');
    this.#problem = undefined;
  }

  /** Redis that is away is reported by everybody else. */
  #noteFault(error: unknown): void {
    if (error instanceof RedisUnavailable) return;
    const text = this.#redaction.hide(error instanceof Error ? error.message : String(error));
    if (this.#problem?.text !== text) {
      const what = 'the archive could not be written; it is tried again, and the gate goes on';
      if (error instanceof ArchiveUnavailable) this.logger.warn({ detail: text }, what);
      else this.logger.error({ err: error }, what);
    }
    this.#problem = { text, sinceMs: this.#problem?.sinceMs ?? Date.now() };
  }

  /** For every process of the deployment: see ArchiveReport. */
  #about(): string {
    const { archiveTo } = this.environment;
    return JSON.stringify({
      to: archiveTo,
      place: configuredPlace(this.environment),
      by: this.environment.instanceId,
      error: this.#problem?.text ?? '',
      error_since_ms: this.#problem?.sinceMs ?? null,
    });
  }
}
