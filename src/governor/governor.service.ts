import type { MarketSymbol } from '../flow/0-primitives.js';
import type { GovernorStore } from '../redis/stores/governor-store.js';
import type { Keys } from '../redis/keys/keys.js';
import { GROUPS } from '../redis/keys/groups.js';
import type { PlanRecords } from '../redis/stores/plan-records.js';
import type { StreamConsumer } from '../redis/streams/stream-consumer.js';
import type { StreamConsumers } from '../redis/streams/stream-consumers.js';
import type { LoopHealth, RoleService } from '../runtime/role-service.js';
import { SingleFlightLoop } from '../runtime/single-flight-loop.js';
import type { Logger } from '../telemetry/logger.js';
import type { GateMetrics } from '../telemetry/metrics.js';
import type { PlanGovernor } from './plan-governor.js';
import type { ReservationSettler } from './reservation-settler.js';

const CONSUMER_ALLOWED_IDLE_MS = 5_000;
const SWEEP_EVERY_MS = 5_000;

export interface GovernorParts {
  readonly governor: PlanGovernor;
  readonly settler: ReservationSettler;
  readonly store: GovernorStore;
  readonly records: PlanRecords;
  readonly consumers: StreamConsumers;
  readonly keys: Keys;
  readonly metrics: GateMetrics;
  readonly logger: Logger;
}

/** P3.2: is this within the limits? It holds no exchange keys: amount and price come from the snapshot. */
export class GovernorService implements RoleService {
  readonly role = 'governor';
  readonly groups = [GROUPS.governor];
  readonly #sweep: SingleFlightLoop;
  #consumers: StreamConsumer[] = [];

  constructor(
    private readonly parts: GovernorParts,
    private readonly symbols: readonly MarketSymbol[],
  ) {
    this.#sweep = new SingleFlightLoop(
      'reservation sweep',
      SWEEP_EVERY_MS,
      () => this.parts.settler.sweep(),
      this.#onProblem,
    );
    parts.metrics.beforeScrape(() => this.#refreshGauges());
  }

  async start(): Promise<void> {
    const { keys, consumers } = this.parts;
    this.parts.logger.info({ symbols: this.symbols }, 'P3.2 Governor starting (event-driven mode)');
    const plans = await consumers.open({
      stream: keys.planStream(),
      group: GROUPS.governor,
      from: '$',
      handle: (entry) => this.parts.governor.handle(entry),
      onGroupRemade: () => this.#decideOpenPlans(),
    });
    const results = await consumers.open({
      stream: keys.resultStream(),
      group: GROUPS.governor,
      from: '0',
      handle: (entry) => this.parts.settler.handle(entry),
      orderBy: (entry) => entry.fields['symbol'] ?? '',
    });
    this.#consumers = [results, plans];
    for (const consumer of this.#consumers) await consumer.start();
    this.#sweep.start();
  }

  async stop(graceMs: number): Promise<void> {
    await Promise.all(this.#consumers.map((consumer) => consumer.stop(graceMs)));
    await this.#sweep.stop();
  }

  loops(): readonly LoopHealth[] {
    const reading = this.#consumers.map((consumer) => ({
      name: consumer.name,
      idleMs: consumer.idleMs(),
      allowedIdleMs: CONSUMER_ALLOWED_IDLE_MS,
    }));
    return [...reading, this.#sweep.health()];
  }

  readonly #onProblem = (what: string, error: unknown): void => this.parts.logger.warn({ err: error }, what);

  /** The group was deleted: plans published meanwhile are found in the set of open plans. */
  async #decideOpenPlans(): Promise<void> {
    for (const plan of await this.parts.records.open()) {
      if (plan.state === 'PUBLISHED' || plan.state === 'WAITING')
        await this.parts.governor.handle({ id: plan.entryId, fields: plan.plan });
    }
  }

  async #refreshGauges(): Promise<void> {
    const { metrics, store } = this.parts;
    for (const symbol of this.symbols) {
      const usage = await store.usage(symbol);
      metrics.governExecHour.set({ symbol: metrics.symbol(symbol) }, usage.execHour);
      metrics.governExec5Min.set({ symbol: metrics.symbol(symbol) }, usage.exec5Min);
    }
  }
}
