import { Inject, Injectable } from '@nestjs/common';
import { askRedis, unlessWrongType } from '../connection/redis.errors.js';
import type { RedisClient } from '../connection/redis-clients.js';
import type { Keys } from '../keys/keys.js';
import { COMMANDS, KEYS } from '../redis.tokens.js';

/** What a process said about itself with the last renewal of its lease. */
export interface Said {
  /** When, by Redis' clock. */
  readonly atMs: number;
  /** As it was written; another version may write other members. */
  readonly about: Readonly<Record<string, unknown>>;
}

/** Reads which processes live, by the leases that they renew, and what they say about themselves. */
@Injectable()
export class Leases {
  constructor(
    @Inject(COMMANDS) private readonly client: RedisClient,
    @Inject(KEYS) private readonly keys: Keys,
  ) {}

  async isHeld(group: string, instance: string): Promise<boolean> {
    const key = this.keys.lease(group, instance);
    return (await askRedis('reading the lease of a process', () => this.client.exists(key))) === 1;
  }

  /** By instance; also of those whose lease ended in the last ten minutes. */
  async said(group: string): Promise<ReadonlyMap<string, Said>> {
    const hash = await unlessWrongType(() =>
      askRedis('reading what the processes say about themselves', () => this.client.hgetall(this.keys.fleet(group))),
    );
    const read = Object.entries(hash ?? {}).map(([instance, text]) => [instance, saidIn(text)] as const);
    return new Map(read.flatMap(([instance, said]) => (said === undefined ? [] : [[instance, said]])));
  }
}

/** `undefined` for what no process writes. */
function saidIn(text: string): Said | undefined {
  const [, atMs = '', json = ''] = /^(\d{1,15}) (.*)$/s.exec(text) ?? [];
  try {
    const about: unknown = JSON.parse(json);
    if (typeof about !== 'object' || about === null || Array.isArray(about)) return undefined;
    return { atMs: Number(atMs), about: about as Said['about'] };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
