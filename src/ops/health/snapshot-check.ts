import { Inject, Injectable } from '@nestjs/common';
import { Environment } from '../../config/environment.js';
import { EXCHANGE, type ExchangePort } from '../../exchange/exchange.port.js';
import { asRedisError, isWrongType } from '../../redis/connection/redis.errors.js';
import type { RedisClient } from '../../redis/connection/redis-clients.js';
import type { Keys } from '../../redis/keys/keys.js';
import { COMMANDS, KEYS } from '../../redis/redis.tokens.js';
import { snapshotTimeMs } from '../../redis/stores/stored-snapshot.js';
import { RedisTime } from '../system/redis-time.js';

/** Checks that a Position Brain stores what it reads: the snapshots in Redis stay fresh. */
@Injectable()
export class SnapshotCheck {
  #fresh: string | undefined;

  constructor(
    private readonly environment: Environment,
    @Inject(EXCHANGE) private readonly exchange: ExchangePort,
    @Inject(COMMANDS) private readonly client: RedisClient,
    @Inject(KEYS) private readonly keys: Keys,
    private readonly time: RedisTime,
  ) {}

  /** Only where all are too old: a single symbol is stopped alone, and the part `symbols` names it. */
  async fault(): Promise<string | undefined> {
    const { p33Allowlist: symbols, p33StaleThresholdSec: allowedSec } = this.environment;
    if (!this.environment.hasRole('position-brain') || !this.exchange.hasCredentials || symbols.length === 0)
      return undefined;
    const nowMs = await this.time.nowMs();
    const allowedMs = allowedSec * 1000;
    // As a rule the symbol that was fresh at the last look is enough.
    if (this.#fresh !== undefined && (await this.#ageMs(this.#fresh, nowMs)) <= allowedMs) return undefined;
    const ages = await Promise.all(symbols.map((symbol) => this.#ageMs(symbol, nowMs)));
    const leastMs = Math.min(...ages);
    // Written so that NaN counts as too old.
    this.#fresh = leastMs <= allowedMs ? symbols[ages.indexOf(leastMs)] : undefined;
    if (this.#fresh !== undefined) return undefined;
    const found = Number.isFinite(leastMs)
      ? `the newest snapshot is ${Math.round(leastMs / 1000)} s old`
      : 'there is no snapshot';
    return `${found} (P33_STALE_THRESHOLD_SEC allows ${allowedSec} s): no plan gets a permit. The log says why positions cannot be read or stored`;
  }

  /** A snapshot from the future, after Redis' clock was set back, is not fresh. */
  async #ageMs(symbol: string, nowMs: number): Promise<number> {
    return Math.abs(nowMs - (await this.#readMs(symbol)));
  }

  async #readMs(symbol: string): Promise<number> {
    try {
      const { ts_ms: tsMs, ts_epoch: epochSec } = await this.client.hgetall(this.keys.snapshot(symbol));
      return snapshotTimeMs(tsMs, epochSec, 0) ?? -Infinity;
    } catch (error) {
      const sorted = asRedisError(error, `reading the snapshot of ${symbol}`);
      if (isWrongType(sorted)) return -Infinity;
      throw sorted;
    }
  }
}
