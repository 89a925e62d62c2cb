import { Inject, Injectable } from '@nestjs/common';
import { decodeJson, isFiniteNumber, isJsonObject } from '../../flow/0-json.js';
import type { StreamAlive } from '../../flow/5-evidence.js';
import { askRedis, unlessWrongType } from '../connection/redis.errors.js';
import type { RedisClient } from '../connection/redis-clients.js';
import type { Keys } from '../keys/keys.js';
import { COMMANDS, KEYS } from '../redis.tokens.js';

const KEEP_MS = 7 * 24 * 3_600_000;

/** When the user-data stream was alive without a gap. The Position Brain writes it, every role may read it. */
@Injectable()
export class StreamAliveStore {
  constructor(
    @Inject(COMMANDS) private readonly client: RedisClient,
    @Inject(KEYS) private readonly keys: Keys,
  ) {}

  async write({ sinceMs, lastMs }: StreamAlive): Promise<void> {
    const text = JSON.stringify({ since_ms: Math.ceil(sinceMs), last_ms: Math.floor(lastMs) });
    await askRedis('writing when the user-data stream was alive', () =>
      this.client.set(this.keys.streamAlive(), text, 'PX', KEEP_MS),
    );
  }

  /** `undefined` for none, for another type and for anything that this system did not write. */
  async read(): Promise<StreamAlive | undefined> {
    const text = await unlessWrongType(() =>
      askRedis('reading when the user-data stream was alive', () => this.client.get(this.keys.streamAlive())),
    );
    const value = decodeJson(text ?? '');
    if (!isJsonObject(value)) return undefined;
    const { since_ms: sinceMs, last_ms: lastMs } = value;
    return isFiniteNumber(sinceMs) && isFiniteNumber(lastMs) && sinceMs <= lastMs ? { sinceMs, lastMs } : undefined;
  }
}
