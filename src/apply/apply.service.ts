import { Inject, Injectable } from '@nestjs/common';
import { CredentialsRefused, ExchangeUnavailable } from '../exchange/exchange.port.js';
import { ensureConnected } from '../redis/connection/ensure-connected.js';
import type { RedisClient } from '../redis/connection/redis-clients.js';
import { GROUPS } from '../redis/keys/groups.js';
import type { Keys } from '../redis/keys/keys.js';
import { KEYS, PERMIT_EVENTS_CONNECTION } from '../redis/redis.tokens.js';
import { PlanRecords } from '../redis/stores/plan-records.js';
import { PermitEvents } from '../redis/streams/permit-events.js';
import { StreamConsumers } from '../redis/streams/stream-consumers.js';
import { RoleRunner } from '../runtime/role-runner.js';
import type { LoopHealth, RoleService, StartStep } from '../runtime/role-service.js';
import { type Logger, ROLE_LOGGER } from '../telemetry/logger.js';
import { APPLY_SETTINGS, type ApplySettings } from './apply-settings.js';
import { CellsRouter } from './cells-router.js';
import { OrderSender } from './order-sender.js';
import { PermitWaiter } from './permit-waiter.js';
import { PlanRecovery } from './plan-recovery.js';
import { PlanRetries } from './plan-retries.js';
import { PlanRunner } from './plan-runner.js';
import { PlanSlots } from './plan-slots.js';
import { ProposalWatch } from './proposal-watch.js';
import { RecentClaims } from './recent-claims.js';
import { UnrecordedOrders } from './unrecorded-orders.js';

const EVENTS_ALLOWED_IDLE_MS = 5_000;
const RECOVERY_EVERY_MS = 500;
const RETRIES_EVERY_MS = 500;
const COMPARISON_EVERY_MS = 2_000;
const COMPARE_EVERY_MS = 1_000;
const DRAIN_CHECK_MS = 20;

/** Apply: proposals become plans, plans wait for both permits, permits become one reduce-only order and a result. */
@Injectable()
export class ApplyService implements RoleService {
  readonly role = 'apply';
  readonly groups = [GROUPS.apply];
  readonly #runner: RoleRunner;

  constructor(
    watch: ProposalWatch,
    private readonly router: CellsRouter,
    recovery: PlanRecovery,
    retries: PlanRetries,
    claims: RecentClaims,
    private readonly plans: PlanRunner,
    private readonly waiter: PermitWaiter,
    private readonly slots: PlanSlots,
    private readonly sender: OrderSender,
    private readonly unrecorded: UnrecordedOrders,
    private readonly events: PermitEvents,
    @Inject(PERMIT_EVENTS_CONNECTION) private readonly eventsConnection: RedisClient,
    private readonly records: PlanRecords,
    consumers: StreamConsumers,
    @Inject(KEYS) keys: Keys,
    @Inject(APPLY_SETTINGS) private readonly settings: ApplySettings,
    @Inject(ROLE_LOGGER) private readonly logger: Logger,
  ) {
    const group = GROUPS.apply;
    this.#runner = new RoleRunner(consumers, logger, {
      streams: [
        {
          stream: keys.planStream(),
          group,
          from: '$',
          handle: (entry) => plans.handle(entry),
          onGroupRemade: () => this.#runOpenPlans(),
        },
        { stream: keys.proposalStream(), group, from: '$', handle: (entry) => watch.handle(entry) },
        ...router.streams(),
      ],
      loops: [
        { name: 'proposal poll', everyMs: settings.pollMs, run: () => watch.poll() },
        { name: 'plan recovery', everyMs: RECOVERY_EVERY_MS, run: () => recovery.walk() },
        { name: 'comparison with the exchange', everyMs: COMPARISON_EVERY_MS, run: () => this.unrecorded.compare() },
        { name: 'claims after a failover', everyMs: COMPARE_EVERY_MS, run: () => claims.compare() },
        { name: 'plan retries', everyMs: RETRIES_EVERY_MS, run: () => retries.publishDue() },
      ],
    });
  }

  async start(step: StartStep): Promise<void> {
    const { mode, symbols } = this.settings;
    this.logger.info({ mode, symbols }, 'Apply starting (event-driven mode)');
    await step(() => this.#compareFirst());
    await step(() => ensureConnected(this.eventsConnection));
    await step(() =>
      this.events.start(
        (event) => {
          this.slots.onVerdict(event);
          return this.waiter.onEvent(event);
        },
        (what, error) => this.logger.warn({ err: error }, what),
      ),
    );
    await this.#runner.startConsumers(step);
    this.#runner.startLoops();
  }

  /** Takes nothing new, leaves waiting plans to another process, and waits for orders that are being sent. */
  async stop(graceMs: number): Promise<void> {
    const until = performance.now() + graceMs;
    this.slots.stop();
    this.router.stop();
    await this.#runner.stopLoops();
    this.waiter.stopAll();
    await this.#runner.stopConsumers(graceMs);
    while (this.sender.busyCount > 0 && performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, DRAIN_CHECK_MS));
    }
    await this.events.stop();
  }

  loops(): readonly LoopHealth[] {
    const events = { name: 'permit events', idleMs: this.events.idleMs(), allowedIdleMs: EVENTS_ALLOWED_IDLE_MS };
    return [events, ...this.#runner.health()];
  }

  /** Before anything is taken in. If it cannot be done now, the loop goes on trying, and no order is sent until then. */
  async #compareFirst(): Promise<void> {
    try {
      await this.unrecorded.compare();
    } catch (error) {
      if (!(error instanceof ExchangeUnavailable || error instanceof CredentialsRefused)) throw error;
      this.logger.warn({ err: error }, 'the exchange cannot be compared with Redis yet; no order is sent until then');
    }
  }

  /** Call after the group was deleted: finds the plans that were published since in the set of open plans. */
  async #runOpenPlans(): Promise<void> {
    for (const entry of await this.records.unclaimed()) {
      // They wait in parallel. PlanRecovery ends a plan that cannot be taken now.
      this.plans.handle(entry).catch((error: unknown) => {
        this.logger.warn({ err: error, plan_id: entry.fields['plan_id'] }, 'an open plan could not be taken again');
      });
    }
  }
}
