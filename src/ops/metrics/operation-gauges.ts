import { Inject, Injectable } from '@nestjs/common';
import { Environment } from '../../config/environment.js';
import { EXCHANGE, type ExchangePort } from '../../exchange/exchange.port.js';
import { isArmed, isReleased } from '../../redis/stores/control-state.js';
import { ControlStore } from '../../redis/stores/control-store.js';
import { PlanRecords } from '../../redis/stores/plan-records.js';
import { GateMetrics } from '../../telemetry/metrics.js';
import { StreamGroups } from '../system/stream-groups.js';

/** Gauges with values from Redis and the exchange, read before every scrape. */
@Injectable()
export class OperationGauges {
  constructor(
    private readonly environment: Environment,
    private readonly metrics: GateMetrics,
    private readonly control: ControlStore,
    private readonly records: PlanRecords,
    private readonly streams: StreamGroups,
    @Inject(EXCHANGE) private readonly exchange: ExchangePort,
  ) {
    metrics.beforeScrape(() => this.#controlState());
    metrics.beforeScrape(() => this.#holds());
    metrics.beforeScrape(() => this.#unknownOrders());
    metrics.beforeScrape(() => this.#streamGroups());
    metrics.beforeScrape(() => this.#budget());
  }

  /** Control state that cannot be read denies plans, so the gauges show a stop. */
  async #controlState(): Promise<void> {
    try {
      const state = await this.control.read();
      this.metrics.killSwitchEngaged.set(isReleased(state) ? 0 : 1);
      this.metrics.armed.set(isArmed(state) ? 1 : 0);
    } catch (error) {
      this.metrics.killSwitchEngaged.set(1);
      this.metrics.armed.set(0);
      throw error;
    }
  }

  async #holds(): Promise<void> {
    for (const symbol of new Set([...this.environment.applyAllowlist, ...this.environment.p33Allowlist])) {
      const hold = await this.control.hold(symbol);
      this.metrics.holdsActive.set({ symbol: this.metrics.symbol(symbol) }, hold === undefined ? 0 : 1);
    }
  }

  async #unknownOrders(): Promise<void> {
    const open = await this.records.open();
    this.metrics.unknownOrders.set(open.filter(({ state }) => state === 'UNKNOWN').length);
  }

  async #streamGroups(): Promise<void> {
    const streams = await this.streams.read();
    this.metrics.streamLag.reset();
    this.metrics.streamPending.reset();
    for (const { stream, groups } of streams) {
      for (const { group, lag, pending, exists } of groups) {
        if (lag !== undefined) this.metrics.streamLag.set({ stream, group }, lag);
        if (exists) this.metrics.streamPending.set({ stream, group }, pending);
      }
    }
  }

  #budget(): void {
    const { usedWeight1m, bannedUntilMs } = this.exchange.budget();
    this.metrics.exchangeWeightUsed.set(usedWeight1m);
    this.metrics.exchangeBannedUntil.set(bannedUntilMs / 1000);
  }
}
