import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { ControlStore } from '../redis/stores/control-store.js';
import { GovernorStore } from '../redis/stores/governor-store.js';
import { RedisClock } from '../redis/connection/redis-clock.js';
import { type Logger, ROLE_LOGGER } from '../telemetry/logger.js';
import { GateMetrics } from '../telemetry/metrics.js';
import { GOVERNOR_SETTINGS, type GovernorSettings } from './governor-settings.js';

/** Disarms the system after repeated evaluation errors or a burst limit breach. Only an operator can arm it again. */
@Injectable()
export class AutoDisarm {
  readonly #settings: GovernorSettings['autoDisarm'];

  constructor(
    private readonly store: GovernorStore,
    private readonly control: ControlStore,
    private readonly clock: RedisClock,
    @Inject(GOVERNOR_SETTINGS) { autoDisarm }: GovernorSettings,
    private readonly metrics: GateMetrics,
    @Inject(ROLE_LOGGER) private readonly logger: Logger,
  ) {
    this.#settings = autoDisarm;
  }

  /** Counts one evaluation error of the Governor. A second delivery of the same `entryId` is counted once. */
  async onError(symbol: string, planId: string, entryId: string): Promise<void> {
    const count = await this.store.countError(entryId === '' ? randomUUID() : entryId, this.#settings.errorWindowMs);
    if (count < this.#settings.errorCount) return;
    await this.#disarm('error_count', {
      symbol,
      plan_id: planId,
      errors: count,
      window_ms: this.#settings.errorWindowMs,
    });
  }

  async onBurstBreach(symbol: string, planId: string): Promise<void> {
    if (this.#settings.onBurstBreach) await this.#disarm('burst_breach', { symbol, plan_id: planId });
  }

  async #disarm(reason: string, context: Readonly<Record<string, string | number>>): Promise<void> {
    if (!this.#settings.enabled) return;
    if (!(await this.control.disarmAsRole({ reason, at_ms: this.clock.nowMs(), context }, 'governor'))) return;
    this.metrics.governDisarm.inc({ reason });
    this.logger.error(
      { reason, ...context },
      `AUTO_DISARM: ${reason}. Nothing is sent until an operator arms the system`,
    );
  }
}
