import { Inject, Injectable } from '@nestjs/common';
import { MARK_PRICES, type MarkPrices } from '../exchange/mark-prices.port.js';
import { PermitPipeline } from '../issuing/permit-pipeline.js';
import { StopRecall } from '../issuing/stop-recall.js';
import { GROUPS } from '../redis/keys/groups.js';
import type { Keys } from '../redis/keys/keys.js';
import { KEYS } from '../redis/redis.tokens.js';
import { GovernorStore } from '../redis/stores/governor-store.js';
import { StreamConsumers } from '../redis/streams/stream-consumers.js';
import { RoleRunner } from '../runtime/role-runner.js';
import type { LoopHealth, PartHealth, RoleService, StartStep } from '../runtime/role-service.js';
import { type Logger, ROLE_LOGGER } from '../telemetry/logger.js';
import { GateMetrics } from '../telemetry/metrics.js';
import { GOVERNOR_SETTINGS, type GovernorSettings } from './governor-settings.js';
import { OwnPriceCheck } from './own-prices.js';
import { ReservationSettler } from './reservation-settler.js';

const SWEEP_EVERY_MS = 5_000;

/** P3.2: checks the limits. It has no exchange keys: the amount comes from the snapshot, the price also from the public stream. */
@Injectable()
export class GovernorService implements RoleService {
  readonly role = 'governor';
  readonly groups = [GROUPS.governor];
  readonly #runner: RoleRunner;

  constructor(
    pipeline: PermitPipeline,
    settler: ReservationSettler,
    recall: StopRecall,
    private readonly store: GovernorStore,
    @Inject(MARK_PRICES) private readonly prices: MarkPrices,
    private readonly priceCheck: OwnPriceCheck,
    consumers: StreamConsumers,
    @Inject(KEYS) keys: Keys,
    @Inject(GOVERNOR_SETTINGS) private readonly settings: GovernorSettings,
    private readonly metrics: GateMetrics,
    @Inject(ROLE_LOGGER) private readonly logger: Logger,
  ) {
    this.#runner = new RoleRunner(consumers, logger, {
      streams: [
        {
          stream: keys.resultStream(),
          group: GROUPS.governor,
          from: '0',
          handle: (entry) => settler.handle(entry),
          orderBy: (entry) => entry.fields['symbol'] ?? '',
        },
        pipeline.stream(),
      ],
      loops: [{ name: 'reservation sweep', everyMs: SWEEP_EVERY_MS, run: () => settler.sweep() }, recall.loop()],
    });
    metrics.beforeScrape(() => this.#refreshGauges());
  }

  async start(step: StartStep): Promise<void> {
    this.logger.info({ symbols: this.settings.symbols }, 'P3.2 Governor starting (event-driven mode)');
    // Before the first plan, so that a restart denies nothing that has a price.
    await this.prices.start();
    await this.#runner.startConsumers(step);
    this.#runner.startLoops();
  }

  async stop(graceMs: number): Promise<void> {
    await this.#runner.stopConsumers(graceMs);
    await this.#runner.stopLoops();
    await this.prices.stop();
  }

  loops(): readonly LoopHealth[] {
    return this.#runner.health();
  }

  parts(): readonly PartHealth[] {
    return [this.priceCheck.part()];
  }

  async #refreshGauges(): Promise<void> {
    this.priceCheck.refreshGauges();
    for (const symbol of this.settings.symbols) {
      const usage = await this.store.usage(symbol);
      const labels = { symbol: this.metrics.symbol(symbol) };
      this.metrics.governExecHour.set(labels, usage.execHour);
      this.metrics.governExec5Min.set(labels, usage.exec5Min);
    }
  }
}
