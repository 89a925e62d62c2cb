import { Inject, Injectable } from '@nestjs/common';
import { EXCHANGE, type ExchangePort } from '../exchange/exchange.port.js';
import { RedisClock } from '../redis/connection/redis-clock.js';
import { PositionStore } from '../redis/stores/position-store.js';
import { READER_LEASE_MS, ReaderLease } from '../redis/stores/reader-lease.js';
import type { RoleLoop } from '../runtime/role-runner.js';
import { type Logger, ROLE_LOGGER } from '../telemetry/logger.js';
import { GateMetrics } from '../telemetry/metrics.js';
import { POSITION_SETTINGS, type PositionSettings } from './position-settings.js';
import { PushListener } from './push-listener.js';
import { SnapshotReader } from './snapshot-reader.js';
import { TradesBeforeChange } from './trades-before-change.js';

/** Four times while the lease lasts. */
const LOOK_EVERY_MS = 750;
/** A reader whose snapshots are older than a cycle by this much does not get through: others read too. */
const BEHIND_MS = 2_500;

/**
 * Decides whether this process reads the account. One Position Brain of an account does: it holds the lease, has the user-data
 * stream and reads in each cycle. The others judge plans by what it stores. They read only what nobody can read for them.
 */
@Injectable()
export class AccountReader {
  #reads = false;
  #isStopped = false;
  #heldMs = -Infinity;
  #looked = 0;

  constructor(
    @Inject(EXCHANGE) private readonly exchange: ExchangePort,
    private readonly lease: ReaderLease,
    private readonly push: PushListener,
    private readonly snapshots: SnapshotReader,
    private readonly trades: TradesBeforeChange,
    private readonly positions: PositionStore,
    private readonly clock: RedisClock,
    @Inject(POSITION_SETTINGS) private readonly settings: PositionSettings,
    private readonly metrics: GateMetrics,
    @Inject(ROLE_LOGGER) private readonly logger: Logger,
  ) {}

  loop(): RoleLoop {
    return { name: 'account reader', everyMs: LOOK_EVERY_MS, run: () => this.look() };
  }

  /** Takes, renews or leaves the lease, and begins or ends the stream with it. */
  async look(): Promise<void> {
    // Without keys nothing can be read; another Position Brain may have them.
    if (!this.exchange.hasCredentials || this.#isStopped) return;
    try {
      const held = await this.lease.hold();
      // Stopped meanwhile: nobody is to wait for a lease that nobody uses.
      if (this.#isStopped) return await this.#drop();
      if (held) this.#heldMs = performance.now();
      await (held ? this.#take() : this.#leave('another process has the lease'));
      if (!held && (await this.#isBehind())) this.snapshots.refresh();
    } catch (error) {
      // Redis does not answer this process. When the lease is over, another one may have it.
      if (performance.now() - this.#heldMs > READER_LEASE_MS) await this.#leave('the lease cannot be renewed');
      throw error;
    }
  }

  /** Whether this process reads in this cycle: it holds the lease, or there is something that only its own read can tell. */
  get isToRead(): boolean {
    const { snapshots, trades, exchange } = this;
    if (this.#reads || !exchange.hasCredentials) return true;
    return snapshots.hasFault || trades.isDue || exchange.health().state !== 'ok';
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.snapshots.stop();
    await this.push.stop();
    if (!this.#reads) return;
    this.#reads = false;
    this.metrics.accountReader.set(0);
    await this.#drop();
  }

  async #drop(): Promise<void> {
    try {
      await this.lease.drop();
    } catch (error) {
      this.logger.warn({ err: error }, 'the lease to read the account could not be released; it expires by itself');
    }
  }

  #take(): void {
    if (this.#reads) return;
    this.#reads = true;
    this.metrics.accountReader.set(1);
    this.logger.info('this process reads the account from now on');
    this.push.begin();
    this.snapshots.refresh();
  }

  async #leave(why: string): Promise<void> {
    if (!this.#reads) return;
    this.#reads = false;
    this.metrics.accountReader.set(0);
    this.logger.debug({ why }, 'this process does not read the account any more');
    await this.push.end();
  }

  /** One symbol at a time: all are stored by the same read. */
  async #isBehind(): Promise<boolean> {
    const { symbols, pollMs } = this.settings;
    const symbol = symbols[this.#looked++ % symbols.length];
    if (symbol === undefined) return false;
    const { snapshot } = await this.positions.stored(symbol);
    const tsMs = this.positions.snapshotIn(snapshot)?.tsMs ?? -Infinity;
    return this.clock.nowMs() - tsMs > pollMs + BEHIND_MS;
  }
}
