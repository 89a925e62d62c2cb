import { Inject, Injectable } from '@nestjs/common';
import { asRedisError } from '../../redis/connection/redis.errors.js';
import type { RedisClient } from '../../redis/connection/redis-clients.js';
import { COMMANDS } from '../../redis/redis.tokens.js';

/** Redis' clock, read each time, for the time stamps of operators' actions. */
@Injectable()
export class RedisTime {
  constructor(@Inject(COMMANDS) private readonly client: RedisClient) {}

  async nowMs(): Promise<number> {
    try {
      // Both come as text; the arithmetic makes numbers of them.
      const [seconds = 0, micros = 0] = await this.client.time();
      return seconds * 1000 + Math.floor(micros / 1000);
    } catch (error) {
      throw asRedisError(error, 'reading the time from Redis');
    }
  }
}
