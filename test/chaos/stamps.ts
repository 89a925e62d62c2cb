import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Keys } from '../../src/redis/keys/keys.js';

/** Something that a strategy wrote. Its write took effect between the two times, which are of one machine's clock (epoch ms). */
export interface Stamp {
  readonly symbol: string;
  readonly channel: 'hash' | 'stream';
  /** What was written; `undefined` for a hash that was deleted. */
  readonly fields: Readonly<Record<string, string>> | undefined;
  /** When it was sent. A write whose reply is lost in a restart of Redis is sent again. */
  readonly sentMs: number;
  /** Redis' clock, read in the same step as the write. */
  readonly writtenMs: number;
}

/** One step: the write, and the time of it. */
const WRITE = `local time = redis.call('TIME')
if ARGV[1] == 'delete' then redis.call('DEL', KEYS[1])
elseif ARGV[1] == 'hash' then redis.call('HSET', KEYS[1], unpack(ARGV, 2))
else redis.call('XADD', KEYS[1], '*', unpack(ARGV, 2)) end
return time`;
const AGAIN_MS = 50;

/** Writes what a strategy asks for, and keeps when. */
export class StampLog {
  readonly stamps: Stamp[] = [];

  constructor(
    private readonly redis: Redis,
    private readonly keys: Keys,
  ) {}

  hash(symbol: string, fields: Readonly<Record<string, string>>): Promise<void> {
    return this.#write({ symbol, channel: 'hash', fields }, this.keys.proposal(symbol), [
      'hash',
      ...Object.entries(fields).flat(),
    ]);
  }

  delete(symbol: string): Promise<void> {
    return this.#write({ symbol, channel: 'hash', fields: undefined }, this.keys.proposal(symbol), ['delete']);
  }

  stream(symbol: string, fields: Readonly<Record<string, string>>): Promise<void> {
    const entry = ['symbol', symbol, ...Object.entries(fields).flat()];
    return this.#write({ symbol, channel: 'stream', fields }, this.keys.proposalStream(), ['stream', ...entry]);
  }

  async #write(stamp: Omit<Stamp, 'sentMs' | 'writtenMs'>, key: string, args: readonly string[]): Promise<void> {
    const sentMs = Date.now();
    for (;;) {
      try {
        const [seconds, micros] = (await this.redis.eval(WRITE, 1, key, ...args)) as [string, string];
        const writtenMs = Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
        this.stamps.push({ ...stamp, sentMs, writtenMs });
        return;
      } catch (error) {
        // Redis is restarting: LOADING, or a server that was promoted a moment ago. A connection that was ended stays ended.
        if (this.redis.status === 'end') throw error;
        await sleep(AGAIN_MS);
      }
    }
  }
}
