import { parseDecimal } from '../flow/0-decimal.js';
import type { MarketSymbol } from '../flow/0-primitives.js';
import type { Keys } from '../redis/keys/keys.js';
import { GROUPS } from '../redis/keys/groups.js';
import type { PlanRecords } from '../redis/stores/plan-records.js';
import { type PositionStore, snapshotTimeMs } from '../redis/stores/position-store.js';
import type { RedisClock } from '../redis/connection/redis-clock.js';
import type { StreamConsumer } from '../redis/streams/stream-consumer.js';
import type { StreamConsumers } from '../redis/streams/stream-consumers.js';
import type { LoopHealth, RoleService } from '../runtime/role-service.js';
import { SingleFlightLoop } from '../runtime/single-flight-loop.js';
import type { Logger } from '../telemetry/logger.js';
import type { GateMetrics } from '../telemetry/metrics.js';
import type { LedgerBootstrap } from './ledger-bootstrap.js';
import type { PlanEvaluator } from './plan-evaluator.js';
import type { PushListener } from './push-listener.js';
import type { ResultApplier } from './result-applier.js';
import type { SnapshotReader } from './snapshot-reader.js';
import type { TradesBeforeChange } from './trades-before-change.js';

const CONSUMER_ALLOWED_IDLE_MS = 5_000;

export interface PositionBrainParts {
  readonly snapshots: SnapshotReader;
  readonly trades: TradesBeforeChange;
  readonly push: PushListener;
  readonly bootstrap: LedgerBootstrap;
  readonly evaluator: PlanEvaluator;
  readonly results: ResultApplier;
  readonly positions: PositionStore;
  readonly records: PlanRecords;
  readonly consumers: StreamConsumers;
  readonly clock: RedisClock;
  readonly keys: Keys;
  readonly metrics: GateMetrics;
  readonly logger: Logger;
}

/** P3.3: is it safe to shrink this position now, and by how much? Event-driven; the loop only keeps the figures fresh. */
export class PositionBrainService implements RoleService {
  readonly role = 'position-brain';
  readonly groups = [GROUPS.p33];
  readonly #loop: SingleFlightLoop;
  #consumers: StreamConsumer[] = [];

  constructor(
    private readonly parts: PositionBrainParts,
    private readonly symbols: readonly MarketSymbol[],
    pollSec: number,
  ) {
    this.#loop = new SingleFlightLoop('snapshot cycle', pollSec * 1000, () => this.#cycle(), this.#onProblem);
    parts.metrics.beforeScrape(() => this.#refreshGauges());
  }

  async start(): Promise<void> {
    const { logger, keys, consumers } = this.parts;
    logger.info({ symbols: this.symbols }, 'P3.3 Position State Brain starting (event-driven mode)');
    this.#loop.start();
    this.parts.push.start();
    const plans = await consumers.open({
      stream: keys.planStream(),
      group: GROUPS.p33,
      from: '$',
      handle: (entry) => this.parts.evaluator.handle(entry),
      onGroupRemade: () => this.#evaluateOpenPlans(),
    });
    const results = await consumers.open({
      stream: keys.resultStream(),
      group: GROUPS.p33,
      from: '0',
      handle: (entry) => this.parts.results.handle(entry),
      orderBy: (entry) => entry.fields['symbol'] ?? '',
    });
    this.#consumers = [results, plans];
    for (const consumer of this.#consumers) await consumer.start();
  }

  async stop(graceMs: number): Promise<void> {
    await Promise.all([this.parts.push.stop(), ...this.#consumers.map((consumer) => consumer.stop(graceMs))]);
    await this.#loop.stop();
  }

  loops(): readonly LoopHealth[] {
    const reading = this.#consumers.map((consumer) => ({
      name: consumer.name,
      idleMs: consumer.idleMs(),
      allowedIdleMs: CONSUMER_ALLOWED_IDLE_MS,
    }));
    return [...reading, this.#loop.health()];
  }

  readonly #onProblem = (what: string, error: unknown): void => this.parts.logger.warn({ err: error }, what);

  async #cycle(): Promise<void> {
    const reads = await this.parts.snapshots.read();
    for (const read of reads) await this.parts.bootstrap.care(read);
    await this.parts.trades.look(reads);
    await this.parts.push.afterCycle();
  }

  /** The group was deleted: plans published meanwhile are found in the set of open plans. */
  async #evaluateOpenPlans(): Promise<void> {
    for (const plan of await this.parts.records.open()) {
      if (plan.state === 'PUBLISHED' || plan.state === 'WAITING')
        await this.parts.evaluator.handle({ id: plan.entryId, fields: plan.plan });
    }
  }

  async #refreshGauges(): Promise<void> {
    const { metrics, positions, clock } = this.parts;
    for (const symbol of this.symbols) {
      const { snapshot, ledger } = await positions.stored(symbol);
      const tsMs = snapshotTimeMs(snapshot['ts_ms'], snapshot['ts_epoch']);
      const labels = { symbol: metrics.symbol(symbol) };
      if (tsMs !== undefined) metrics.p33SnapshotAge.set(labels, (clock.nowMs() - tsMs) / 1000);
      const exchangeAmt = parseDecimal(snapshot['position_amt'] ?? '');
      const ledgerAmt = parseDecimal(ledger['last_known_amt'] ?? '');
      if (exchangeAmt !== undefined) metrics.p33ExchangeAmt.set(labels, exchangeAmt.toNumber());
      if (ledgerAmt !== undefined) metrics.p33LedgerAmt.set(labels, ledgerAmt.toNumber());
    }
  }
}
