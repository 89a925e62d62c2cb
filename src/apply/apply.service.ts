import type { Keys } from '../redis/keys/keys.js';
import type { PermitEvents } from '../redis/streams/permit-events.js';
import { GROUPS } from '../redis/keys/groups.js';
import type { PlanRecords } from '../redis/stores/plan-records.js';
import type { RedisClient } from '../redis/connection/redis-clients.js';
import type { StreamConsumer } from '../redis/streams/stream-consumer.js';
import type { StreamConsumers } from '../redis/streams/stream-consumers.js';
import type { LoopHealth, RoleService } from '../runtime/role-service.js';
import { SingleFlightLoop } from '../runtime/single-flight-loop.js';
import type { Logger } from '../telemetry/logger.js';
import type { ApplySettings } from './apply-settings.js';
import type { OrderSender } from './order-sender.js';
import type { PermitWaiter } from './permit-waiter.js';
import type { PlanRecovery } from './plan-recovery.js';
import type { PlanRetries } from './plan-retries.js';
import type { PlanRunner } from './plan-runner.js';
import type { PlanSlots } from './plan-slots.js';
import type { ProposalWatch } from './proposal-watch.js';

const READING_ALLOWED_IDLE_MS = 5_000;
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
  readonly #loops: readonly SingleFlightLoop[];
  #consumers: StreamConsumer[] = [];

  constructor(
    private readonly parts: ApplyParts,
    private readonly settings: ApplySettings,
  ) {
    const onProblem = (what: string, error: unknown): void => parts.logger.warn({ err: error }, what);
    this.#loops = [
      new SingleFlightLoop('proposal poll', settings.pollMs, () => parts.watch.poll(), onProblem),
      new SingleFlightLoop('plan recovery', RECOVERY_EVERY_MS, () => parts.recovery.walk(), onProblem),
      new SingleFlightLoop('plan retries', RETRIES_EVERY_MS, () => parts.retries.publishDue(), onProblem),
    ];
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
    const plans = await parts.consumers.open({
      stream: parts.keys.planStream(),
      group: GROUPS.apply,
      from: '$',
      handle: (entry) => parts.runner.handle(entry),
      onGroupRemade: () => this.#runOpenPlans(),
    });
    const proposals = await parts.consumers.open({
      stream: parts.keys.proposalStream(),
      group: GROUPS.apply,
      from: '$',
      handle: (entry) => parts.watch.handle(entry),
    });
    this.#consumers = [plans, proposals];
    for (const consumer of this.#consumers) await consumer.start();
    for (const loop of this.#loops) loop.start();
  }

  /** Takes nothing new, leaves waiting plans to whoever takes over, and lets orders that are being sent finish. */
  async stop(graceMs: number): Promise<void> {
    const until = performance.now() + graceMs;
    this.parts.slots.stop();
    await Promise.all(this.#loops.map((loop) => loop.stop()));
    this.parts.waiter.stopAll();
    await Promise.all(this.#consumers.map((consumer) => consumer.stop(graceMs)));
    while (this.parts.sender.busyCount > 0 && performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, DRAIN_CHECK_MS));
    }
    await this.parts.events.stop();
  }

  loops(): readonly LoopHealth[] {
    const reading = [...this.#consumers, { name: 'permit events', idleMs: () => this.parts.events.idleMs() }];
    return [
      ...reading.map((loop) => ({ name: loop.name, idleMs: loop.idleMs(), allowedIdleMs: READING_ALLOWED_IDLE_MS })),
      ...this.#loops.map((loop) => loop.health()),
    ];
  }

  /** The group was deleted: plans published meanwhile are found in the set of open plans. */
  async #runOpenPlans(): Promise<void> {
    for (const plan of await this.parts.records.open()) {
      if (plan.state !== 'PUBLISHED' && plan.state !== 'WAITING') continue;
      // They wait side by side. One that cannot be taken now is ended by the recovery.
      this.parts.runner.handle({ id: plan.entryId, fields: plan.plan }).catch((error: unknown) => {
        this.parts.logger.warn({ err: error, plan_id: plan.planId }, 'an open plan could not be taken again');
      });
    }
  }
}
