import { Inject, Injectable } from '@nestjs/common';
import type { RedisClient } from '../connection/redis-clients.js';
import { askRedis } from '../connection/redis.errors.js';
import { KEY_TABLE, type KeyName, type Keys } from '../keys/keys.js';
import { SHARED_KEYS } from '../keys/symbol-keys.js';
import { COMMANDS, KEYS } from '../redis.tokens.js';

/** What else to do where deleting the key is not all. */
const INSTEAD: Partial<Record<KeyName, string>> = {
  killSwitch: 'engage the kill switch (permit-gate kill --reason <text>), which writes it anew',
  arm: 'disarm (permit-gate disarm --reason <text>), which writes it anew',
  account: 'stop every process of this prefix, delete it, and start them again',
};

/** Checks that the keys of the whole deployment have the type they are used as. Streams are left to the check of the streams. */
@Injectable()
export class SharedKeyTypes {
  constructor(
    @Inject(COMMANDS) private readonly client: RedisClient,
    @Inject(KEYS) private readonly keys: Keys,
  ) {}

  /** One sentence per key of another type, with its remedy. */
  async faults(): Promise<string[]> {
    const found = await Promise.all(SHARED_KEYS.map((name) => this.#fault(name)));
    return found.filter((fault) => fault !== undefined);
  }

  async #fault(name: KeyName): Promise<string | undefined> {
    const key = (this.keys[name] as () => string)();
    const { type: expected } = KEY_TABLE[name];
    const found = await askRedis(`checking ${key}`, () => this.client.type(key));
    if (found === 'none' || found === expected) return undefined;
    return `${key} is a ${found}, not a ${expected}: ${INSTEAD[name] ?? `delete it (redis-cli DEL ${key})`}`;
  }
}
