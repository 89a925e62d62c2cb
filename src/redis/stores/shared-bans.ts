import { Inject, Injectable } from '@nestjs/common';
import { asRedisError } from '../connection/redis.errors.js';
import type { Keys } from '../keys/keys.js';
import { RedisClock } from '../connection/redis-clock.js';
import type { RedisClient } from '../connection/redis-clients.js';
import { ScriptRunner } from '../scripts/script-runner.js';
import { COMMANDS, KEYS } from '../redis.tokens.js';

/** Bans by the exchange, shared by every process under the prefix, because they share one IP address. The key expires with the ban. */
@Injectable()
export class SharedBans {
  constructor(
    @Inject(COMMANDS) private readonly client: RedisClient,
    private readonly runner: ScriptRunner,
    @Inject(KEYS) private readonly keys: Keys,
    private readonly clock: RedisClock,
  ) {}

  /** Milliseconds until calls are allowed again; 0 if they are allowed. Throws when Redis fails; then no call is made. */
  async remainingMs(): Promise<number> {
    try {
      return Math.max(0, await this.client.pttl(this.keys.ban()));
    } catch (error) {
      throw asRedisError(error, 'reading the ban');
    }
  }

  async report(forMs: number): Promise<void> {
    const wholeMs = Math.ceil(forMs);
    await this.runner.run(
      'report_ban',
      { ban: this.keys.ban() },
      { untilMs: this.clock.nowMs() + wholeMs, forMs: wholeMs },
    );
  }
}
