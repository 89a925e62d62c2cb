import { Inject, Injectable } from '@nestjs/common';
import { Environment } from '../../config/environment.js';
import type { AddressLimitsStore, AddressUse, WindowUse } from '../../exchange/address-limits.port.js';
import { asRedisError, askRedis, unlessWrongType } from '../connection/redis.errors.js';
import { addressPrefixOf } from '../keys/address-keys.js';
import { type Keys, keysFor } from '../keys/keys.js';
import { RedisClock } from '../connection/redis-clock.js';
import type { RedisClient } from '../connection/redis-clients.js';
import { ScriptRunner } from '../scripts/script-runner.js';
import { COMMANDS } from '../redis.tokens.js';

/** Longer than the longest window. */
const KEEP_MS = 120_000;
const FIELDS = ['weight', 'orders_10s', 'orders_1m'] as const;

/**
 * What the exchange limits by address, shared by every process behind it: bans always, and the weight and orders used where
 * EXCHANGE_ADDRESS_GROUP names the other deployments behind the same address. Without it the exchange's answers to each process say
 * enough. The key of a ban expires with it.
 */
@Injectable()
export class AddressLimits implements AddressLimitsStore {
  readonly #keys: Keys;
  readonly #isShared: boolean;

  constructor(
    @Inject(COMMANDS) private readonly client: RedisClient,
    private readonly runner: ScriptRunner,
    private readonly clock: RedisClock,
    { redisKeyPrefix, exchangeAddressGroup }: Environment,
  ) {
    this.#isShared = exchangeAddressGroup !== undefined;
    this.#keys = keysFor(exchangeAddressGroup === undefined ? redisKeyPrefix : addressPrefixOf(exchangeAddressGroup));
  }

  /** Milliseconds until calls are allowed again; 0 if they are allowed. Throws when Redis fails; then no call is made. */
  async remainingMs(): Promise<number> {
    try {
      return Math.max(0, await this.client.pttl(this.#keys.ban()));
    } catch (error) {
      throw asRedisError(error, 'reading the ban');
    }
  }

  async report(forMs: number): Promise<void> {
    const wholeMs = Math.ceil(forMs);
    await this.runner.run(
      'report_ban',
      { ban: this.#keys.ban() },
      { untilMs: this.clock.nowMs() + wholeMs, forMs: wholeMs },
    );
  }

  /** What the others behind the address have used; `undefined` where nobody shares it. */
  async used(): Promise<AddressUse | undefined> {
    if (!this.#isShared) return undefined;
    const key = this.#keys.exchangeUsage();
    const found = await askRedis('reading the use of the address', () =>
      unlessWrongType(() => this.client.hmget(key, ...FIELDS)),
    );
    const [weight, orders10Sec, orders1Min] = found ?? [];
    return { weight: useOf(weight), orders10Sec: useOf(orders10Sec), orders1Min: useOf(orders1Min) };
  }

  async noteUse({ weight, orders10Sec, orders1Min }: AddressUse): Promise<void> {
    if (!this.#isShared) return;
    await this.runner.run(
      'note_usage',
      { exchangeUsage: this.#keys.exchangeUsage() },
      { weight: textOf(weight), orders10Sec: textOf(orders10Sec), orders1Min: textOf(orders1Min), keepMs: KEEP_MS },
    );
  }
}

/** `""` for none. */
const textOf = ({ window, used }: WindowUse): string => (window < 0 ? '' : `${window}:${used}`);

function useOf(text: string | null | undefined): WindowUse {
  const [, window, used] = /^(\d{1,15}):(\d{1,9})$/.exec(text ?? '') ?? [];
  return window === undefined ? { window: -1, used: 0 } : { window: Number(window), used: Number(used) };
}
