import { Inject, Injectable } from '@nestjs/common';
import { askRedis } from '../connection/redis.errors.js';
import type { RedisClient } from '../connection/redis-clients.js';
import type { Keys } from '../keys/keys.js';
import { COMMANDS, KEYS } from '../redis.tokens.js';

/** Reads which processes live, by the leases that they renew. */
@Injectable()
export class Leases {
  constructor(
    @Inject(COMMANDS) private readonly client: RedisClient,
    @Inject(KEYS) private readonly keys: Keys,
  ) {}

  async isHeld(group: string, instance: string): Promise<boolean> {
    const key = this.keys.lease(group, instance);
    return (await askRedis('reading the lease of a process', () => this.client.exists(key))) === 1;
  }
}
