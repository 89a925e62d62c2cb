import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Environment } from '../../config/environment.js';
import { GROUPS } from '../../redis/keys/groups.js';
import type { Keys } from '../../redis/keys/keys.js';
import type { RedisClient } from '../../redis/connection/redis-clients.js';
import { COMMANDS, KEYS } from '../../redis/redis.tokens.js';
import { fieldsOf } from '../../redis/streams/stream-entry.js';
import { LOGGER, type Logger } from '../../telemetry/logger.js';

const LOOK_EVERY_MS = 5_000;
/** Until it was read once. */
const FIRST_LOOK_EVERY_MS = 500;
/** A consumer that has not read for this long is no running process. */
const FORGOTTEN_MS = 24 * 3_600_000;

/** A process that can send orders. */
export interface TradingInstance {
  readonly instance: string;
  readonly role: 'apply';
  /** Epoch ms by the clock of this process. */
  readonly last_seen_ms: number;
}

/** Which other processes can send orders, as Redis last reported; known also while Redis cannot be read. */
@Injectable()
export class TradingInstances implements OnApplicationBootstrap, OnApplicationShutdown {
  #seen: readonly TradingInstance[] = [];
  #asOfMs: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(
    @Inject(COMMANDS) private readonly client: RedisClient,
    @Inject(KEYS) private readonly keys: Keys,
    private readonly environment: Environment,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    void this.#keepLooking();
  }

  onApplicationShutdown(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  /** The name of this process. */
  get own(): string {
    return this.environment.instanceId;
  }

  /** All but this process. */
  get others(): readonly TradingInstance[] {
    return this.#seen;
  }

  /** When they were read; `undefined` if they never were. */
  get asOfMs(): number | undefined {
    return this.#asOfMs;
  }

  async #keepLooking(): Promise<void> {
    await this.#look();
    const inMs = this.#asOfMs === undefined ? FIRST_LOOK_EVERY_MS : LOOK_EVERY_MS;
    if (!this.#isClosed) this.#timer = setTimeout(() => void this.#keepLooking(), inMs).unref();
  }

  async #look(): Promise<void> {
    const { client, keys, environment } = this;
    try {
      const rows = (await client.xinfo('CONSUMERS', keys.planStream(), GROUPS.apply)) as unknown[];
      const nowMs = Date.now();
      this.#seen = rows.flatMap((row) => {
        const { name = '', idle = '0' } = fieldsOf((row as unknown[]).map(String));
        const instance = name.startsWith(`${GROUPS.apply}-`) ? name.slice(GROUPS.apply.length + 1) : name;
        const isThis = environment.hasRole('apply') && instance === environment.instanceId;
        if (isThis || Number(idle) > FORGOTTEN_MS) return [];
        return [{ instance, role: 'apply' as const, last_seen_ms: nowMs - Number(idle) }];
      });
      this.#asOfMs = nowMs;
    } catch (error) {
      // No stream or no group: nobody has run Apply on this prefix yet.
      const isNobody = error instanceof Error && /no such key|NOGROUP/i.test(error.message);
      if (isNobody) [this.#seen, this.#asOfMs] = [[], Date.now()];
      else this.logger.debug({ err: error }, 'the processes that can send orders could not be read');
    }
  }
}
