import { Inject, Injectable } from '@nestjs/common';
import { decodeJson, isJsonObject } from '../../flow/0-json.js';
import { askRedis } from '../connection/redis.errors.js';
import type { RedisClient } from '../connection/redis-clients.js';
import type { Keys } from '../keys/keys.js';
import { COMMANDS, KEYS } from '../redis.tokens.js';

/** An order that a result calls executed without saying how much of it filled. */
export interface UnknownFill {
  readonly symbol: string;
  readonly planId: string;
  readonly attempt: number | undefined;
  /** What the ledger counts it under. */
  readonly identity: string;
  readonly orderId: string;
  /** When it was reported to have filled, at the latest; Redis' clock. */
  readonly timeMs: number;
}

const fieldOf = ({ symbol, identity }: UnknownFill): string => `${symbol}:${identity}`;

function fillOf(text: string): UnknownFill | undefined {
  const value = decodeJson(text);
  if (!isJsonObject(value)) return undefined;
  const { symbol, planId, attempt, identity, orderId, timeMs } = value;
  if (![symbol, planId, identity, orderId].every((each) => typeof each === 'string') || typeof timeMs !== 'number')
    return undefined;
  return { ...(value as unknown as UnknownFill), attempt: typeof attempt === 'number' ? attempt : undefined };
}

/** Fills that are to be looked up at the exchange: they outlive the process that read their results. */
@Injectable()
export class UnknownFills {
  constructor(
    @Inject(COMMANDS) private readonly client: RedisClient,
    @Inject(KEYS) private readonly keys: Keys,
  ) {}

  async add(fill: UnknownFill): Promise<void> {
    await this.#asking(() => this.client.hset(this.keys.unknownFills(), fieldOf(fill), JSON.stringify(fill)));
  }

  async remove(fill: UnknownFill): Promise<void> {
    await this.#asking(() => this.client.hdel(this.keys.unknownFills(), fieldOf(fill)));
  }

  /** Oldest first. An entry that cannot be read is taken out: only a hand can have written it. */
  async all(): Promise<UnknownFill[]> {
    const stored = await this.#asking(() => this.client.hgetall(this.keys.unknownFills()));
    const fills: UnknownFill[] = [];
    for (const [field, text] of Object.entries(stored)) {
      const fill = fillOf(text);
      if (fill === undefined) await this.#asking(() => this.client.hdel(this.keys.unknownFills(), field));
      else fills.push(fill);
    }
    return fills.toSorted((a, b) => a.timeMs - b.timeMs);
  }

  #asking<T>(ask: () => Promise<T>): Promise<T> {
    return askRedis('keeping the fills that are to be looked up', ask);
  }
}
