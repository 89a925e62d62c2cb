import { Inject, Injectable } from '@nestjs/common';
import { Environment } from '../../config/environment.js';
import { EXCHANGE, type ExchangePort } from '../../exchange/exchange.port.js';
import { isArmed, isReleased } from '../../redis/stores/control-state.js';
import { ControlStore } from '../../redis/stores/control-store.js';
import { ApprovalStore } from '../../redis/stores/approval-store.js';
import { PlanRecords, unknownSinceMs } from '../../redis/stores/plan-records.js';
import { AddressLimits } from '../../redis/stores/address-limits.js';
import { DeadLetterStore } from '../../redis/streams/dead-letter-store.js';
import { build } from '../../runtime/build.js';
import { SelfDescription } from '../../runtime/self-description.js';
import { GateMetrics } from '../../telemetry/metrics.js';
import { ArchiveReport } from '../archive/archive-report.js';
import { TokensFile } from '../access/tokens-file.js';
import { RedisTime } from '../system/redis-time.js';
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
    private readonly deadLetters: DeadLetterStore,
    private readonly description: SelfDescription,
    private readonly addresses: AddressLimits,
    private readonly tokens: TokensFile,
    private readonly time: RedisTime,
    private readonly approvals: ApprovalStore,
    private readonly archive: ArchiveReport,
    @Inject(EXCHANGE) private readonly exchange: ExchangePort,
  ) {
    const { version, commit } = build();
    metrics.buildInfo.set({ version, commit: commit ?? '' }, 1);
    metrics.beforeScrape(() => this.#controlState());
    metrics.beforeScrape(() => this.#holds());
    metrics.beforeScrape(() => this.#unknownOrders());
    metrics.beforeScrape(() => this.#approvals());
    metrics.beforeScrape(() => this.#deadLetters());
    metrics.beforeScrape(() => this.#readiness());
    metrics.beforeScrape(() => this.#address());
    metrics.beforeScrape(() => this.#tokens());
    metrics.beforeScrape(() => this.#streamGroups());
    metrics.beforeScrape(() => this.#budget());
    metrics.beforeScrape(() => this.#archive());
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
    const { unknownOrders, unknownOrderAge } = this.metrics;
    const unknown = await this.records.unknown();
    unknownOrders.set(unknown.length);
    if (unknown.length === 0) return unknownOrderAge.set(0);
    const nowMs = await this.time.nowMs();
    const since = unknown.map((record) => unknownSinceMs(record) ?? nowMs);
    unknownOrderAge.set((nowMs - Math.min(...since)) / 1000);
  }

  async #approvals(): Promise<void> {
    this.metrics.approvalsWaiting.set((await this.approvals.waiting(await this.time.nowMs())).length);
  }

  async #deadLetters(): Promise<void> {
    this.metrics.deadLettersOpen.set((await this.deadLetters.unsettled()).open);
  }

  #readiness(): void {
    const faulty = this.description.parts().filter(({ fault }) => fault !== undefined);
    this.metrics.gateReady.set(faulty.length === 0 ? 1 : 0);
    this.metrics.gateFault.reset();
    for (const { part } of faulty) this.metrics.gateFault.set({ part }, 1);
  }

  async #address(): Promise<void> {
    const { exchangeAddressGroup } = this.environment;
    const use = await this.addresses.used();
    if (exchangeAddressGroup === undefined || use === undefined) return;
    const isNow = use.weight.window === Math.floor((await this.time.nowMs()) / 60_000);
    this.metrics.addressWeightUsed.set({ address: exchangeAddressGroup }, isNow ? use.weight.used : 0);
  }

  #tokens(): void {
    const first = this.tokens.firstExpiryMs;
    this.metrics.adminTokenExpires.set(first === undefined ? 0 : first / 1000);
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

  async #archive(): Promise<void> {
    if (!this.archive.isOn) return;
    const { behind_ms: behindMs, streams } = await this.archive.read();
    this.metrics.archiveBehindSeconds.set(behindMs / 1000);
    for (const { stream, behind_entries: behind, missed } of streams) {
      this.metrics.archiveBehind.set({ stream }, behind);
      this.metrics.archiveMissed.set({ stream }, missed);
    }
  }

  #budget(): void {
    const { usedWeight1m, bannedUntilMs } = this.exchange.budget();
    this.metrics.exchangeWeightUsed.set(usedWeight1m);
    this.metrics.exchangeBannedUntil.set(bannedUntilMs / 1000);
  }
}
