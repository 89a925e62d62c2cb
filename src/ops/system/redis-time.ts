import { Inject, Injectable } from '@nestjs/common';
import { asRedisError } from '../../redis/connection/redis.errors.js';
import { ownerOf } from '../../redis/connection/slot-owner.js';
import type { Keys } from '../../redis/keys/keys.js';
import type { RedisClient } from '../../redis/connection/redis-clients.js';
import { RedisClock } from '../../redis/connection/redis-clock.js';
import { COMMANDS, KEYS } from '../../redis/redis.tokens.js';

/** Redis' clock, read each time, for the time stamps of operators' actions. */
@Injectable()
export class RedisTime {
  constructor(
    @Inject(COMMANDS) private readonly client: RedisClient,
    private readonly clock: RedisClock,
    @Inject(KEYS) private readonly keys: Keys,
  ) {}

  async nowMs(): Promise<number> {
    try {
      // Both come as text; the arithmetic makes numbers of them.
      const [seconds = 0, micros = 0] = await ownerOf(this.client, this.keys.server()).time();
      const nowMs = seconds * 1000 + Math.floor(micros / 1000);
      this.clock.observe(nowMs);
      return nowMs;
    } catch (error) {
      throw asRedisError(error, 'reading the time from Redis');
    }
  }
}
