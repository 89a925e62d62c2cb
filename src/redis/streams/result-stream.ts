import { Inject, Injectable } from '@nestjs/common';
import type { Fields } from '../../flow/0-primitives.js';
import type { RedisClient } from '../connection/redis-clients.js';
import { askRedis } from '../connection/redis.errors.js';
import type { Keys } from '../keys/keys.js';
import { COMMANDS, KEYS } from '../redis.tokens.js';
import { entryTimeMs, fieldsOf } from './stream-entry.js';

const PAGE = 1_000;

/** Reads the results of every Apply, of this system or a foreign one. */
@Injectable()
export class ResultStream {
  constructor(
    @Inject(COMMANDS) private readonly client: RedisClient,
    @Inject(KEYS) private readonly keys: Keys,
  ) {}

  /** Since a time of Redis' clock, oldest first. */
  async *since(fromMs: number): AsyncGenerator<{ readonly fields: Fields; readonly atMs: number }> {
    let from = String(Math.max(0, Math.floor(fromMs)));
    for (;;) {
      const page = await this.#page(from);
      for (const [id, flat] of page) yield { fields: fieldsOf(flat), atMs: entryTimeMs(id) };
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) return;
      from = `(${last[0]}`;
    }
  }

  #page(from: string): Promise<[id: string, flat: string[]][]> {
    return askRedis('reading the results', () =>
      this.client.xrange(this.keys.resultStream(), from, '+', 'COUNT', PAGE),
    );
  }
}
