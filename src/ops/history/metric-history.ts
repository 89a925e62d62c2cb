import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { Metric } from 'prom-client';
import { EXCHANGE, type ExchangePort } from '../../exchange/exchange.port.js';
import { LOGGER, type Logger } from '../../telemetry/logger.js';
import { GateMetrics } from '../../telemetry/metrics.js';
import { countsOf, type Minute, MinuteRing, type VerdictCount } from './minutes.js';

const EVERY_MS = 60_000;
/** A day of minutes. */
const MOST_MINUTES = 1_440;

/** All that was counted since the process started. */
interface Counted {
  /** Waits up to each bound, and all of them last. */
  readonly waits: readonly number[];
  readonly verdicts: ReadonlyMap<string, VerdictCount>;
  readonly closedUsd: number;
}

const NOTHING: Counted = { waits: [], verdicts: new Map(), closedUsd: 0 };

/** What this process did in the last day, minute by minute. From its own metrics: it asks neither Redis nor the exchange for it. */
@Injectable()
export class MetricHistory implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #ring = new MinuteRing(MOST_MINUTES);
  readonly sinceMs = Date.now();
  /** Of the waits, in seconds. */
  #bounds: readonly number[] = [];
  #last: Counted = NOTHING;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly metrics: GateMetrics,
    @Inject(EXCHANGE) private readonly exchange: ExchangePort,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.#timer = setInterval(() => void this.#record(), EVERY_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.#timer);
  }

  get mostMinutes(): number {
    return this.#ring.most;
  }

  get boundsSec(): readonly number[] {
    return this.#bounds;
  }

  /** Ends the present minute. */
  async take(): Promise<void> {
    const now = await this.#counted();
    this.#ring.push(this.#between(this.#last, now));
    this.#last = now;
  }

  /** The minutes since then, oldest first, with the present one as far as it is. */
  async since(fromMs: number): Promise<readonly Minute[]> {
    const now = await this.#counted();
    return [...this.#ring.since(fromMs), this.#between(this.#last, now)];
  }

  async #record(): Promise<void> {
    try {
      await this.take();
    } catch (error) {
      this.logger.warn({ err: error }, 'the metrics of this minute could not be kept for the charts');
    }
  }

  #between(before: Counted, now: Counted): Minute {
    const upTo = now.waits.map((count, at) => count - (before.waits[at] ?? 0));
    return {
      atMs: Date.now(),
      waits: upTo.map((count, at) => count - (upTo[at - 1] ?? 0)),
      verdicts: [...now.verdicts].flatMap(([key, { issuer, reason, count }]) => {
        const more = count - (before.verdicts.get(key)?.count ?? 0);
        return more > 0 ? [{ issuer, reason, count: more }] : [];
      }),
      closedUsd: now.closedUsd - before.closedUsd,
      weight: this.exchange.budget().usedWeight1m,
    };
  }

  async #counted(): Promise<Counted> {
    const { metrics } = this;
    const [wait, closed, governAllow, governBlock, p33Allow, p33Deny] = await Promise.all([
      valuesOf(metrics.permitWaitSeconds),
      valuesOf(metrics.closedNotional),
      valuesOf(metrics.governAllow),
      valuesOf(metrics.governBlock),
      valuesOf(metrics.p33Allow),
      valuesOf(metrics.p33Deny),
    ]);
    const buckets = wait.filter(({ labels }) => labels['le'] !== undefined);
    this.#bounds = buckets.map(({ labels }) => Number(labels['le'])).filter((bound) => Number.isFinite(bound));
    return {
      waits: buckets.map(({ value }) => value),
      verdicts: countsOf([
        ...verdictsIn('governor', [...governAllow, ...governBlock]),
        ...verdictsIn('p33', [...p33Allow, ...p33Deny]),
      ]),
      closedUsd: closed.reduce((sum, { value }) => sum + value, 0),
    };
  }
}

type Value = Awaited<ReturnType<Metric['get']>>['values'][number] & {
  readonly labels: Readonly<Record<string, string | number>>;
};

const valuesOf = async (metric: Metric): Promise<readonly Value[]> => (await metric.get()).values as readonly Value[];

/** One for each symbol and reason. */
const verdictsIn = (issuer: VerdictCount['issuer'], values: readonly Value[]): VerdictCount[] =>
  values.map(({ labels, value }) => ({ issuer, reason: String(labels['reason'] ?? ''), count: value }));
