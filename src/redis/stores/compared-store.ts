import { Inject, Injectable } from '@nestjs/common';
import { parseDecimal } from '../../flow/0-decimal.js';
import { askRedis, unlessWrongType } from '../connection/redis.errors.js';
import type { RedisClient } from '../connection/redis-clients.js';
import type { Keys } from '../keys/keys.js';
import { COMMANDS, KEYS } from '../redis.tokens.js';

const KEEP_MS = 7 * 24 * 3_600_000;

/** Until when the orders of the exchange were compared with the records under this prefix. */
@Injectable()
export class ComparedStore {
  constructor(
    @Inject(COMMANDS) private readonly client: RedisClient,
    @Inject(KEYS) private readonly keys: Keys,
  ) {}

  /** Exchange's clock, epoch ms. `undefined` for never, and for a value that cannot be read: everything is compared then. */
  async untilMs(): Promise<number | undefined> {
    const text = await unlessWrongType(() =>
      askRedis('reading until when the exchange was compared', () => this.client.get(this.keys.exchangeCompared())),
    );
    return parseDecimal(text ?? '')?.toNumber();
  }

  async write(untilMs: number): Promise<void> {
    await askRedis('writing until when the exchange was compared', () =>
      this.client.set(this.keys.exchangeCompared(), String(untilMs), 'PX', KEEP_MS),
    );
  }
}
