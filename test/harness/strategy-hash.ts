import type { Redis } from 'ioredis';
import type { Keys } from '../../src/redis/keys/keys.js';
import { proposalFields } from './proposals.js';

const STAMP_EVERY_MS = 1_000;

/** A strategy that writes what it wants into the hash of a symbol, under one `proposal_id` of the symbol. */
export class StrategyHash {
  readonly #stamping = new Map<string, NodeJS.Timeout>();

  constructor(
    private readonly redis: Redis,
    private readonly keys: Keys,
  ) {}

  /** Written once, with the present time. */
  async say(symbol: string, action: string): Promise<void> {
    await this.redis.hset(
      this.keys.proposal(symbol),
      proposalFields(action, { symbol, proposal_id: `constant-${symbol}` }),
    );
  }

  /** Written every second, with a newer stamp each time, until something else is said or {@link stop} is called. */
  async stand(symbol: string, action: string): Promise<void> {
    this.stop(symbol);
    await this.say(symbol, action);
    const again = (): void => void this.say(symbol, action).catch(() => undefined);
    this.#stamping.set(symbol, setInterval(again, STAMP_EVERY_MS));
  }

  async hold(symbol: string): Promise<void> {
    this.stop(symbol);
    await this.say(symbol, 'HOLD');
  }

  async remove(symbol: string): Promise<void> {
    this.stop(symbol);
    await this.redis.del(this.keys.proposal(symbol));
  }

  stop(symbol: string): void {
    clearInterval(this.#stamping.get(symbol));
    this.#stamping.delete(symbol);
  }

  close(): void {
    for (const symbol of this.#stamping.keys()) this.stop(symbol);
  }
}
