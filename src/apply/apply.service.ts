import type { Keys } from '../redis/keys/keys.js';
import type { PermitEvents } from '../redis/streams/permit-events.js';
import { GROUPS } from '../redis/keys/groups.js';
import type { PlanRecords } from '../redis/stores/plan-records.js';
import type { RedisClient } from '../redis/connection/redis-clients.js';
import type { StreamConsumers } from '../redis/streams/stream-consumers.js';
import { RoleRunner } from '../runtime/role-runner.js';
import type { LoopHealth, RoleService } from '../runtime/role-service.js';
import type { Logger } from '../telemetry/logger.js';
import type { ApplySettings } from './apply-settings.js';
import type { OrderSender } from './order-sender.js';
import type { PermitWaiter } from './permit-waiter.js';
import type { PlanRecovery } from './plan-recovery.js';
import type { PlanRetries } from './plan-retries.js';
import type { PlanRunner } from './plan-runner.js';
import type { PlanSlots } from './plan-slots.js';
import type { ProposalWatch } from './proposal-watch.js';

const EVENTS_ALLOWED_IDLE_MS = 5_000;
const RECOVERY_EVERY_MS = 500;
const RETRIES_EVERY_MS = 500;
const DRAIN_CHECK_MS = 20;

export interface ApplyParts {
  readonly watch: ProposalWatch;
  readonly runner: PlanRunner;
  readonly waiter: PermitWaiter;
  readonly slots: PlanSlots;
  readonly sender: OrderSender;
  readonly recovery: PlanRecovery;
  readonly retries: PlanRetries;
  readonly events: PermitEvents;
  readonly eventsConnection: RedisClient;
  readonly records: PlanRecords;
  readonly consumers: StreamConsumers;
  readonly keys: Keys;
  readonly logger: Logger;
}

/** Apply: proposals become plans, plans wait for both permits, permits become one reduce-only order and a result. */
export class ApplyService implements RoleService {
  readonly role = 'apply';
  readonly groups = [GROUPS.apply];
  readonly #runner: RoleRunner;

  constructor(
    private readonly parts: ApplyParts,
    private readonly settings: ApplySettings,
  ) {
    const { watch, runner, recovery, retries, consumers, keys, logger } = parts;
    this.#runner = new RoleRunner(consumers, logger, {
      streams: [
        {
          stream: keys.planStream(),
          group: GROUPS.apply,
          from: '$',
          handle: (entry) => runner.handle(entry),
          onGroupRemade: () => this.#runOpenPlans(),
        },
        {
          stream: keys.proposalStream(),
          group: GROUPS.apply,
          from: '$',
          handle: (entry) => watch.handle(entry),
        },
      ],
      loops: [
        { name: 'proposal poll', everyMs: settings.pollMs, run: () => watch.poll() },
        { name: 'plan recovery', everyMs: RECOVERY_EVERY_MS, run: () => recovery.walk() },
        { name: 'plan retries', everyMs: RETRIES_EVERY_MS, run: () => retries.publishDue() },
      ],
    });
  }

  async start(): Promise<void> {
    const { parts, settings } = this;
    parts.logger.info({ mode: settings.mode, symbols: settings.symbols }, 'Apply starting (event-driven mode)');
    await parts.eventsConnection.connect();
    await parts.events.start(
      (event) => {
        parts.slots.onVerdict(event);
        return parts.waiter.onEvent(event);
      },
      (what, error) => parts.logger.warn({ err: error }, what),
    );
    await this.#runner.startConsumers();
    this.#runner.startLoops();
  }

  /** Takes nothing new, leaves waiting plans to whoever takes over, and lets orders that are being sent finish. */
  async stop(graceMs: number): Promise<void> {
    const until = performance.now() + graceMs;
    this.parts.slots.stop();
    await this.#runner.stopLoops();
    this.parts.waiter.stopAll();
    await this.#runner.stopConsumers(graceMs);
    while (this.parts.sender.busyCount > 0 && performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, DRAIN_CHECK_MS));
    }
    await this.parts.events.stop();
  }

  loops(): readonly LoopHealth[] {
    const events = { name: 'permit events', idleMs: this.parts.events.idleMs(), allowedIdleMs: EVENTS_ALLOWED_IDLE_MS };
    return [events, ...this.#runner.health()];
  }

  /** The group was deleted: plans published meanwhile are found in the set of open plans. */
  async #runOpenPlans(): Promise<void> {
    for (const entry of await this.parts.records.unclaimed()) {
      // They wait side by side. One that cannot be taken now is ended by the recovery.
      this.parts.runner.handle(entry).catch((error: unknown) => {
        const planId = entry.fields['plan_id'];
        this.parts.logger.warn({ err: error, plan_id: planId }, 'an open plan could not be taken again');
      });
    }
  }
}
