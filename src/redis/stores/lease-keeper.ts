import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { Environment } from '../../config/environment.js';
import { LOGGER, type Logger } from '../../telemetry/logger.js';
import { RedisUnavailable } from '../connection/redis.errors.js';
import type { Keys } from '../keys/keys.js';
import { ScriptRunner } from '../scripts/script-runner.js';
import { KEYS } from '../redis.tokens.js';

const LEASE_TTL_MS = 10_000;
const RENEW_EVERY_MS = 3_000;
/** The lease of a killed process expires by itself, so wait this long before reporting the name as taken. */
const PATIENCE_MS = LEASE_TTL_MS + 2_000;
const ASK_AGAIN_MS = 250;
/** How long it is known what a process said about itself. */
export const FLEET_KEEP_MS = 600_000;

/** Two live processes must not read a stream under one consumer name: pending entries would be handled twice. */
export class ConsumerNameTaken extends Error {
  override readonly name = 'ConsumerNameTaken';
}

/** Holds the lease on `<group>-<INSTANCE_ID>` while the process lives, and reports when it is lost. */
@Injectable()
export class LeaseKeeper {
  readonly #token = randomUUID();
  readonly #held = new Map<string, string>();
  #timer: NodeJS.Timeout | undefined;
  #about: (group: string, isEnding: boolean) => string = () => '';

  constructor(
    private readonly runner: ScriptRunner,
    @Inject(KEYS) private readonly keys: Keys,
    private readonly environment: Environment,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Identifies this process. */
  get token(): string {
    return this.#token;
  }

  /** What this process says about itself with each lease; `""` says nothing. It is asked whenever a lease is written. */
  describe(about: (group: string, isEnding: boolean) => string): void {
    this.#about = about;
  }

  /** Throws {@link ConsumerNameTaken} if another live process holds the name. */
  async acquire(group: string, patienceMs = PATIENCE_MS): Promise<void> {
    const { instanceId } = this.environment;
    const lease = this.keys.lease(group, instanceId);
    const until = performance.now() + patienceMs;
    while ((await this.#hold(group, lease)) === 'taken') {
      if (performance.now() >= until) {
        throw new ConsumerNameTaken(
          `another live process uses INSTANCE_ID=${instanceId} for the group ${group}; give each process of a role its own INSTANCE_ID`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
    }
    this.#held.set(group, lease);
    this.#timer ??= setInterval(() => void this.renew(), RENEW_EVERY_MS).unref();
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    const { instanceId: instance } = this.environment;
    for (const [group, lease] of this.#held) {
      try {
        const args = { token: this.#token, instance, about: this.#about(group, true) };
        await this.runner.run('drop_lease', { lease, fleet: this.keys.fleet(group) }, args);
      } catch (error) {
        this.logger.error({ err: error }, 'a lease could not be released; it expires by itself');
      }
    }
    this.#held.clear();
  }

  async #hold(group: string, lease: string): Promise<'held' | 'taken'> {
    const { instanceId: instance } = this.environment;
    const about = this.#about(group, false);
    const args = { token: this.#token, ttlMs: LEASE_TTL_MS, instance, about, keepMs: FLEET_KEEP_MS };
    return (await this.runner.run('hold_lease', { lease, fleet: this.keys.fleet(group) }, args)).word;
  }

  /** Done every 3 s; by call too, where what this process says about itself has changed. */
  async renew(): Promise<void> {
    for (const [group, lease] of this.#held) {
      try {
        if ((await this.#hold(group, lease)) === 'taken') {
          this.logger.error(
            { err: new ConsumerNameTaken(this.environment.instanceId) },
            `the consumer name of group ${group} is now used by another process`,
          );
        }
      } catch (error) {
        if (!(error instanceof RedisUnavailable))
          this.logger.error({ err: error }, `the lease of group ${group} could not be renewed`);
      }
    }
  }
}
