import { Inject, Injectable } from '@nestjs/common';
import { parseDecimal } from '../flow/0-decimal.js';
import { PermitPipeline } from '../issuing/permit-pipeline.js';
import { StopRecall } from '../issuing/stop-recall.js';
import { RedisClock } from '../redis/connection/redis-clock.js';
import { isWrongType } from '../redis/connection/redis.errors.js';
import { GROUPS } from '../redis/keys/groups.js';
import type { Keys } from '../redis/keys/keys.js';
import { KEYS } from '../redis/redis.tokens.js';
import { PositionStore } from '../redis/stores/position-store.js';
import { StreamConsumers } from '../redis/streams/stream-consumers.js';
import { RoleRunner } from '../runtime/role-runner.js';
import type { LoopHealth, RoleService, StartStep } from '../runtime/role-service.js';
import { type Logger, ROLE_LOGGER } from '../telemetry/logger.js';
import { GateMetrics } from '../telemetry/metrics.js';
import { AccountReader } from './account-reader.js';
import { FillLookUp } from './fill-look-up.js';
import { LedgerBootstrap } from './ledger-bootstrap.js';
import { POSITION_SETTINGS, type PositionSettings } from './position-settings.js';
import { PushListener } from './push-listener.js';
import { ResultApplier } from './result-applier.js';
import { type SnapshotRead, SnapshotReader } from './snapshot-reader.js';
import { TradesBeforeChange } from './trades-before-change.js';

/** P3.3: decides whether and by how much a position may be reduced now. Event-driven; the loop only refreshes the snapshots. */
@Injectable()
export class PositionBrainService implements RoleService {
  readonly role = 'position-brain';
  readonly groups = [GROUPS.p33];
  readonly #runner: RoleRunner;

  constructor(
    pipeline: PermitPipeline,
    results: ResultApplier,
    recall: StopRecall,
    private readonly snapshots: SnapshotReader,
    private readonly bootstrap: LedgerBootstrap,
    private readonly fillLookUp: FillLookUp,
    private readonly trades: TradesBeforeChange,
    private readonly push: PushListener,
    private readonly reader: AccountReader,
    private readonly positions: PositionStore,
    private readonly clock: RedisClock,
    consumers: StreamConsumers,
    @Inject(KEYS) keys: Keys,
    @Inject(POSITION_SETTINGS) private readonly settings: PositionSettings,
    private readonly metrics: GateMetrics,
    @Inject(ROLE_LOGGER) private readonly logger: Logger,
  ) {
    this.#runner = new RoleRunner(consumers, logger, {
      streams: [
        {
          stream: keys.resultStream(),
          group: GROUPS.p33,
          from: '0',
          handle: (entry) => results.handle(entry),
          orderBy: (entry) => entry.fields['symbol'] ?? '',
        },
        pipeline.stream(),
      ],
      loops: [
        { name: 'snapshot cycle', everyMs: settings.pollMs, run: () => this.#cycle() },
        reader.loop(),
        recall.loop(),
      ],
    });
    metrics.beforeScrape(() => this.#refreshGauges());
  }

  /** The first read begins before the first plan is taken. */
  async start(step: StartStep): Promise<void> {
    this.logger.info({ symbols: this.settings.symbols }, 'P3.3 Position State Brain starting (event-driven mode)');
    // Before the first result: one that is older than an amount that somebody wrote meanwhile is part of it.
    await step(() => this.bootstrap.noticeAll());
    await this.reader
      .look()
      .catch((error: unknown) => this.logger.warn({ err: error }, 'which process reads the account is not known yet'));
    this.#runner.startLoops();
    await this.#runner.startConsumers(step);
  }

  async stop(graceMs: number): Promise<void> {
    await Promise.all([this.reader.stop(), this.#runner.stopConsumers(graceMs)]);
    await this.#runner.stopLoops();
  }

  loops(): readonly LoopHealth[] {
    return this.#runner.health();
  }

  symbolFaults(): ReadonlyMap<string, string> {
    return this.snapshots.stopped;
  }

  async #cycle(): Promise<void> {
    if (!this.reader.isToRead) return this.snapshots.readRules();
    const reads = await this.snapshots.read();
    for (const read of reads) await this.#care(read);
    await this.fillLookUp.look();
    await this.trades.look(reads);
    await this.push.afterCycle();
  }

  /** What Redis refuses about one symbol does not stop the others. */
  async #care(read: SnapshotRead): Promise<void> {
    try {
      await this.bootstrap.care(read);
    } catch (error) {
      if (!isWrongType(error)) throw error;
      this.logger.warn({ err: error, symbol: read.symbol }, `the ledger of ${read.symbol} cannot be checked`);
    }
  }

  async #refreshGauges(): Promise<void> {
    const { metrics, positions, clock } = this;
    for (const symbol of this.settings.symbols) {
      const { snapshot, ledger } = await positions.stored(symbol);
      const tsMs = positions.snapshotIn(snapshot)?.tsMs;
      const labels = { symbol: metrics.symbol(symbol) };
      if (tsMs !== undefined) metrics.p33SnapshotAge.set(labels, (clock.nowMs() - tsMs) / 1000);
      const exchangeAmt = parseDecimal(snapshot['position_amt'] ?? '');
      const ledgerAmt = parseDecimal(ledger['last_known_amt'] ?? '');
      if (exchangeAmt !== undefined) metrics.p33ExchangeAmt.set(labels, exchangeAmt.toNumber());
      if (ledgerAmt !== undefined) metrics.p33LedgerAmt.set(labels, ledgerAmt.toNumber());
    }
  }
}
