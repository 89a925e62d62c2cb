import { Inject, Injectable } from '@nestjs/common';
import type { Keys } from '../../redis/keys/keys.js';
import { askRedis } from '../../redis/connection/redis.errors.js';
import type { RedisClient } from '../../redis/connection/redis-clients.js';
import { COMMANDS, KEYS } from '../../redis/redis.tokens.js';

const KEPT_MS = 24 * 3_600_000;
/** After this time a call that ended without an answer may be repeated. */
const RUNNING_MS = 15_000;

interface Slot {
  readonly token: string;
  readonly key: string;
}

interface StoredAnswer {
  readonly digest: string;
  /** 0 while the call runs. */
  readonly status: number;
  readonly body: unknown;
}

export type Begun =
  | { readonly kind: 'new' }
  | { readonly kind: 'running' }
  | { readonly kind: 'other_call' }
  | { readonly kind: 'answered'; readonly status: number; readonly body: unknown };

/** Answers of calls with an `Idempotency-Key`, by token and key. */
@Injectable()
export class AnswerStore {
  constructor(
    @Inject(COMMANDS) private readonly client: RedisClient,
    @Inject(KEYS) private readonly keys: Keys,
  ) {}

  /** Reserves the key for a call, or returns the state of the call that has it. */
  async begin(slot: Slot, digest: string): Promise<Begun> {
    const running: StoredAnswer = { digest, status: 0, body: null };
    const there = await this.#asking(() =>
      this.client.set(this.#key(slot), JSON.stringify(running), 'PX', RUNNING_MS, 'NX', 'GET'),
    );
    if (there === null) return { kind: 'new' };
    const known = JSON.parse(there) as StoredAnswer;
    if (known.digest !== digest) return { kind: 'other_call' };
    return known.status === 0 ? { kind: 'running' } : { kind: 'answered', status: known.status, body: known.body };
  }

  async finish(slot: Slot, digest: string, status: number, body: unknown): Promise<void> {
    const answer: StoredAnswer = { digest, status, body };
    await this.#asking(() => this.client.set(this.#key(slot), JSON.stringify(answer), 'PX', KEPT_MS));
  }

  async forget(slot: Slot): Promise<void> {
    await this.#asking(() => this.client.del(this.#key(slot)));
  }

  #key({ token, key }: Slot): string {
    return this.keys.idempotency(token, key);
  }

  #asking<T>(ask: () => Promise<T>): Promise<T> {
    return askRedis('storing the answer of a call', ask);
  }
}
