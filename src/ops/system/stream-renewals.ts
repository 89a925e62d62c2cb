import { Inject, Injectable } from '@nestjs/common';
import type { Keys } from '../../redis/keys/keys.js';
import { KEYS } from '../../redis/redis.tokens.js';
import { STREAM_NAMES, type StreamName, StreamRenewal } from '../../redis/streams/stream-renewal.js';
import { problem } from '../problem/problem.js';

type Json = Readonly<Record<string, unknown>>;

/** Renews one of the system's own streams by its key, or its name without the prefix. */
@Injectable()
export class StreamRenewals {
  constructor(
    private readonly renewal: StreamRenewal,
    @Inject(KEYS) private readonly keys: Keys,
  ) {}

  async renew(given: string, reason: string, actor: string): Promise<Json> {
    const name = this.#known(given);
    const stream = this.keys[name]();
    const renewed = await this.renewal.renew(name, reason, actor);
    switch (renewed.kind) {
      case 'renewed':
        return {
          stream,
          outcome: 'renewed',
          last_id: renewed.lastId,
          moved: renewed.moved,
          removed: renewed.removed,
        };
      case 'replaced':
        return { stream, outcome: 'replaced', type: renewed.type };
      case 'fine':
        return { stream, outcome: 'fine', last_id: renewed.lastId };
      case 'absent':
        return { stream, outcome: 'absent' };
    }
    return renewed satisfies never;
  }

  #known(given: string): StreamName {
    const found = STREAM_NAMES.find((name) => {
      const stream = this.keys[name]();
      return stream === given || stream.endsWith(`:${given}`);
    });
    if (found !== undefined) return found;
    const names = STREAM_NAMES.map((name) => this.keys[name]()).join(', ');
    throw problem(
      404,
      'stream-unknown',
      'There is no such stream',
      `${JSON.stringify(given.slice(0, 64))} is none of ${names}.`,
    );
  }
}
